//go:build slow

//slow:again ^TestKillAnywhere$ ^TestKillAnUndoAnywhere$ ^TestFaultAtEveryChange$ ^TestScripts$/^awscli

package cli_test

import (
	"os"
	"strconv"
)

// The slow build breaks off at sixty turns of the engine, of some seventy, at some calls between them, around every changing call.
const (
	mostTurns = 60
	mostCalls = 100
)

// killsWithAssets is how many turns of the engine a move with assets is broken off at; REHOME_KILLS says how many else.
var killsWithAssets = func() int {
	if n, err := strconv.Atoi(os.Getenv("REHOME_KILLS")); err == nil {
		return n
	}
	return 12
}()
