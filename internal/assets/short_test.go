package assets

import "testing"

// seeds is how many random estates a part of a property test takes; with -short, for the race detector, few: they run the same code.
func seeds() int {
	if testing.Short() {
		return 2
	}
	return estates
}

// stride is how far the next call is at which something is broken off.
func stride(n int) int {
	if testing.Short() {
		return 1 + 3*n
	}
	return 1 + n/spread
}

// beyondShort leaves a test out with -short: one that is about order, sizes or patience, not about what runs side by side.
func beyondShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("with -short only what runs side by side is tried")
	}
}
