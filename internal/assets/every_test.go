//go:build !slow

package assets

const (
	spread  = 1      // how far apart the later calls are at which an import is broken off: the next one is 1 + n/spread calls on
	estates = 12     // random estates in each of four parts
	packed  = 10_000 // the largest estate whose jobs are counted
)
