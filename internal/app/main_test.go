package app

import (
	"os"
	"runtime/debug"
	"testing"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // hundreds of short rehearsals: there is memory, and no time to collect it often
	os.Exit(m.Run())
}
