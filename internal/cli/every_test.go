//go:build !slow

package cli_test

// How many places of each world the quick run breaks off at.
const (
	mostTurns = 3 // journal records
	mostCalls = 1 // changing calls, each at three moments

	killsWithAssets = 0
)
