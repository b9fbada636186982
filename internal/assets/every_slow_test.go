//go:build slow

//slow:again ^TestExport ^TestImport ^TestIngest ^TestTrial ^TestPack

package assets

// The slow build breaks off at one call in nine of the later ones, tries two hundred random estates, and packs a hundred thousand assets.
const (
	spread  = 8
	estates = 50
	packed  = 100_000
)
