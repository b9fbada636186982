//go:build slow

package assets

// The slow build breaks off at one call in nine of the later ones, and tries two hundred random estates.
const (
	spread  = 8
	estates = 50
)
