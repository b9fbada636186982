// Package worlds holds the built-in worlds: estates that a twin starts from, each with what a rehearsal must find there. A world
// that names a base is laid over it. It must import nothing of rehome, so that any room may read a world.
package worlds

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.yaml overlays/*.yaml
var files embed.FS

// Default is the world that a rehearsal uses when none is named.
const Default = "bom"

// Names lists the built-in worlds, overlays last, each part sorted.
func Names() []string {
	var out []string
	for _, pattern := range []string{"*.yaml", "overlays/*.yaml"} {
		paths, _ := fs.Glob(files, pattern) // the pattern is well formed
		slices.Sort(paths)
		for _, p := range paths {
			out = append(out, strings.TrimSuffix(strings.TrimPrefix(p, "overlays/"), ".yaml"))
		}
	}
	return out
}

// Text gives the YAML of a built-in world; ok is false when there is none of that name.
func Text(name string) (text []byte, ok bool) {
	for _, dir := range []string{"", "overlays/"} {
		if b, err := files.ReadFile(dir + name + ".yaml"); err == nil {
			return b, true
		}
	}
	return nil, false
}
