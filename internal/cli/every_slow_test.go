//go:build slow

package cli_test

// The slow build breaks off at sixty turns of the engine, of some seventy, at some calls between them, around every changing call.
const (
	mostTurns = 60
	mostCalls = 100
)
