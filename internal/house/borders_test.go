package house

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// room says whom a package may enter, and what would be lost if it entered anybody else.
type room struct {
	name string // directory below internal; a star stands for any one service of the twin
	may  []string
	why  string
}

func words(more ...string) []string { return append([]string{"diag", "estate"}, more...) }

// rooms is the plan of the house. Tests may enter any room; production files may enter only these.
var rooms = []room{
	{"diag", nil, "everybody speaks diag's words, so it can depend on nobody"},
	{"estate", []string{"diag"}, "the nouns stand below everything that does something with them"},
	{"document", []string{"diag"}, "it reads and writes files of any format, so it must know none"},
	{"spec", words("document"), "what is wanted must not depend on what there is or how it is done"},
	{"policy", nil, "both sides of the wire use the evaluator, so it must know neither: standard library only"},
	{"needs", words("policy"), "what documentation requires is data; whoever applies it comes to it"},
	{"knowledge", words(), "explaining an error must work without an estate, a plan or a connection"},
	{"check", words("spec", "policy", "needs", "knowledge"), "a check judges facts: no I/O, no planning, no repairing"},
	{"paths", words("spec", "check", "needs"), "the choice of a path is an opinion about facts: no I/O, no planning"},
	{"plan", words("spec", "document", "policy", "needs"), "the plan is data; the hands are in step and the walking in engine"},
	{"cloud", words(), "the door to AWS decides nothing, so it needs nobody's opinion"},
	{"identity", words("identity/token"), "the sign-in is performed and judged as it is; whoever wants one brings browser, listener and clock"},
	{"identity/token", words(), "tokens and keys are judged by what is in them: no network, no clock of its own"},
	{"identity/loopback", words("identity"), "it receives what a browser brings and leaves the judging to the sign-in"},
	{"assets", words("document"), "what is exported and what the vault holds must be judged without AWS: who speaks to it comes to this room's own doors"},
	{"sample", words(), "a sample estate is data like any other: whoever reads it must not have had a hand in it, or it would hold only what they expect"},
	{"survey", words("spec", "cloud"), "a survey says what is there and leaves the judging to check"},
	{"step", words("spec", "plan", "needs", "check", "cloud", "identity"), "a step is text, needs and hands; who calls it and when is the engine's business"},
	{"engine", []string{"diag", "plan"}, "the engine walks any plan with any hands; what a step does is none of its business"},
	{"engine/enginetest", []string{"diag", "plan", "engine"}, "the contract must hold for any driver, so it knows only the engine"},
	{"goldentest", nil, "it is for the tests of any room, so it knows none"},
	{"twin/routes", nil, "the table of operations is generated from AWS's models alone"},
	{"twin/routes/gen", nil, "the generator reads the AWS SDK's sources and nothing of rehome"},
	{"twin/kernel", words("document", "policy", "twin/routes"), "the kernel must not know what any operation does"},
	{"twin/*", words("policy", "twin/kernel"), "a service reaches another only through the kernel's Call, where it is authorized and recorded"},
	{"twin", []string{"estate", "twin/kernel", "twin/*"}, "here the services are put together; anything else would make the simulator know its user"},
	{"app", words("document", "spec", "needs", "knowledge", "check", "paths", "plan", "cloud", "identity", "identity/loopback", "survey", "assets", "sample", "step", "engine", "twin", "twin/kernel", "worlds"),
		"the use cases do the only wiring, and know no face"},
	{"view", words("document", "plan", "engine", "assets", "app"), "a view shows results; whatever it could call, it could also change"},
	{"cli", words("plan", "app", "view"), "the command line turns arguments into requests and holds no logic"},
	{"house", nil, "it is tests only"},
	{"cmd/rehome", []string{"cli"}, "main passes signals, arguments and streams on, and that is all"},
	{"worlds", nil, "worlds are data that any room may read"},
}

// walls are crossings whose reason is stronger than the room's own.
var walls = []struct {
	from, to []string
	why      string
}{
	{[]string{"twin"}, []string{"cloud"}, "both sides of the wire are written apart and meet over HTTP only, so that one mistake cannot cancel out another"},
	{[]string{"cloud"}, []string{"twin"}, "both sides of the wire are written apart and meet over HTTP only; a cloud that knows the twin could be kind to it"},
	{[]string{"twin"}, []string{"needs"}, "what a call does to KMS is written down twice on purpose and compared by a test; a shared table would agree with itself"},
	{[]string{"twin"}, []string{"spec", "plan", "step"}, "the twin answers like AWS, and AWS knows nobody's plan"},
	{[]string{"engine"}, []string{"step", "cloud"}, "an engine that knows hands or AWS cannot be tested, or driven by something else, without them"},
	{[]string{"twin"}, []string{"identity"}, "the relying party and the provider are written apart and meet over HTTP only, so that one misreading of a standard cannot hide in both"},
	{[]string{"identity"}, []string{"twin"}, "a relying party that knows the twin's provider could be kind to it"},
	{[]string{"app"}, []string{"view", "cli"}, "use cases serve several faces; one that knew its face would print"},
}

func TestNoRoomEntersAnotherItMayNot(t *testing.T) {
	used := map[string]bool{}
	for dir, files := range loadTree(t).packages() {
		name := strings.TrimPrefix(dir, "internal/")
		r, ok := roomOf(name)
		if !ok {
			t.Errorf("%s: this room is not in the plan of the house; give it a row in rooms with what it may enter and why", dir)
			continue
		}
		used[r.name] = true
		for _, f := range files {
			for _, imported := range f.imports() {
				rest, ours := strings.CutPrefix(imported, module+"/")
				to := strings.TrimPrefix(rest, "internal/")
				if ours && !r.admits(to) {
					t.Errorf("%s: %s must not enter %s: %s", f.path, name, to, r.reason(name, to))
				}
			}
		}
	}
	for _, r := range rooms {
		if !used[r.name] {
			t.Errorf("the plan of the house has a room that is not there: %s", r.name)
		}
	}
}

// TestWallsAreShut: no row of rooms opens what a wall shuts.
func TestWallsAreShut(t *testing.T) {
	for _, r := range rooms {
		for _, to := range r.may {
			if why, shut := wall(r.name, to); shut {
				t.Errorf("%s may enter %s, although %s", r.name, to, why)
			}
		}
	}
}

// TestCrossingsAreRefusedWithTheirReason tries the borders themselves, with crossings that nobody makes today.
func TestCrossingsAreRefusedWithTheirReason(t *testing.T) {
	for _, c := range []struct{ from, to, why string }{
		{"twin/kms", "needs", "written down twice on purpose"},
		{"twin/kms", "twin/sts", "only through the kernel's Call"},
		{"twin", "cloud", "meet over HTTP only"},
		{"cloud", "twin/kernel", "could be kind to it"},
		{"engine", "step", "an engine that knows hands"},
		{"engine", "estate", "any plan with any hands"},
		{"check", "cloud", "no I/O"},
		{"policy", "estate", "standard library only"},
		{"cli", "engine", "holds no logic"},
		{"app", "view", "would print"},
	} {
		r, ok := roomOf(c.from)
		if !ok || r.admits(c.to) || !strings.Contains(r.reason(c.from, c.to), c.why) {
			t.Errorf("%s -> %s: admitted %t, because %q; want a refusal that says %q", c.from, c.to, r.admits(c.to), r.reason(c.from, c.to), c.why)
		}
	}
}

func roomOf(name string) (room, bool) {
	for _, r := range rooms {
		if r.name == name {
			return r, true
		}
	}
	for _, r := range rooms {
		if ok, _ := path.Match(r.name, name); ok {
			return r, true
		}
	}
	return room{}, false
}

func (r room) admits(to string) bool {
	target, ok := roomOf(to)
	return ok && (slices.Contains(r.may, to) || slices.Contains(r.may, target.name))
}

func (r room) reason(from, to string) string {
	if why, ok := wall(from, to); ok {
		return why
	}
	return r.why
}

func wall(from, to string) (why string, shut bool) {
	for _, w := range walls {
		if within(w.from, from) && within(w.to, to) {
			return w.why, true
		}
	}
	return "", false
}

func within(rooms []string, name string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool { return name == r || strings.HasPrefix(name, r+"/") })
}
