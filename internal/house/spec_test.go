package house

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/spec"
)

const specFile = "docs/spec.md"

// TestSpecIsDocumented: docs/spec.md has a row for every key of the spec, by its whole path, and none that is not there.
func TestSpecIsDocumented(t *testing.T) {
	want := keys(reflect.TypeFor[spec.Spec](), "")
	slices.Sort(want)
	var have []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.*\\[\\]]+)` \\|").FindAllStringSubmatch(string(read(t, specFile)), -1) {
		have = append(have, m[1])
	}
	slices.Sort(have)
	for _, k := range want {
		if !slices.Contains(have, k) {
			t.Errorf("%s has no row for %s", specFile, k)
		}
	}
	for i, k := range have {
		if !slices.Contains(want, k) {
			t.Errorf("%s has a row for %s, which the spec does not know", specFile, k)
		}
		if i > 0 && have[i-1] == k {
			t.Errorf("%s has two rows for %s", specFile, k)
		}
	}
}

// TestExampleInSpecIsAccepted: the examples in docs/spec.md are specs.
func TestExampleInSpecIsAccepted(t *testing.T) {
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(read(t, specFile), -1)
	if len(examples) == 0 {
		t.Fatalf("%s shows no example", specFile)
	}
	for _, e := range examples {
		if _, err := spec.Decode(specFile, e[1]); err != nil {
			t.Errorf("%v\n%s", err, e[1])
		}
	}
}

// keys are the paths of all members that a file can hold: a dot before a member, [] after a list, .* for the keys of a map.
func keys(typ reflect.Type, prefix string) []string {
	switch typ.Kind() {
	case reflect.Pointer:
		return keys(typ.Elem(), prefix)
	case reflect.Slice:
		return keys(typ.Elem(), prefix+"[]")
	case reflect.Map:
		return keys(typ.Elem(), prefix+".*")
	case reflect.Struct:
		if typ == reflect.TypeFor[time.Time]() {
			return nil
		}
	default:
		return nil
	}
	var out []string
	for f := range typ.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous {
			out = append(out, keys(f.Type, prefix)...)
			continue
		}
		p := strings.TrimPrefix(prefix+"."+name, ".")
		out = append(out, p)
		out = append(out, keys(f.Type, p)...)
	}
	return out
}
