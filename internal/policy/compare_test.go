//go:build slow

package policy

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// answer is the other evaluator's.
type answer struct {
	Result  string   `json:"result"`
	Error   string   `json:"error"`
	Ignored []string `json:"ignored"`
}

func (a answer) decision() Decision {
	switch a.Result {
	case "Allowed":
		return Allow
	case "ImplicitlyDenied", "ExplicitlyDenied":
		return Deny
	}
	return Unknown
}

// asker runs the other evaluator.
type asker struct {
	in  *json.Encoder
	out *json.Decoder
}

// newAsker skips the test where node or the package are missing.
func newAsker(t *testing.T) asker {
	t.Helper()
	dir := filepath.Join("testdata", "simulate")
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node to run the other evaluator")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Skip("the other evaluator is not installed: run npm ci in internal/policy/testdata/simulate")
	}
	cmd := exec.CommandContext(t.Context(), node, "simulate.mjs")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return asker{in: json.NewEncoder(in), out: json.NewDecoder(out)}
}

// ask gives one answer for each sample, in their order.
func (a asker) ask(t *testing.T, samples []sample) []answer {
	t.Helper()
	wrote := make(chan error, 1)
	go func() {
		for _, s := range samples {
			if err := a.in.Encode(s.theirs()); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- nil
	}()
	answers := make([]answer, len(samples))
	for i := range answers {
		if err := a.out.Decode(&answers[i]); err != nil {
			t.Fatalf("after %d answers: %v", i, err)
		}
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	return answers
}

// compared is one sample that both have answered.
type compared struct {
	sample
	ours   Verdict
	theirs answer
}

func (c compared) agree() bool {
	return c.ours.Decision == c.theirs.decision() && (c.ours.Decision != Deny || c.ours.Explicit == (c.theirs.Result == "ExplicitlyDenied"))
}

func compare(t *testing.T, a asker, samples []sample) []compared {
	t.Helper()
	answers := a.ask(t, samples)
	list := make([]compared, len(samples))
	for i, s := range samples {
		list[i] = compared{sample: s, ours: s.ours(t), theirs: answers[i]}
	}
	return list
}

const (
	samples = 20_000
	seed    = 12
)

// Both evaluators judge the same random policies and requests; whatever they
// disagree about has an explanation, and they agree once its cause is taken away.
func TestIndependentEvaluator(t *testing.T) {
	a := newAsker(t)
	g := generator{rand.New(rand.NewPCG(20261122, seed))}
	asked := make([]sample, samples)
	for i := range asked {
		asked[i] = g.sample()
	}
	verdicts, counts := map[Decision]int{}, map[string]int{}
	var open []compared
	for _, c := range compare(t, a, asked) {
		if c.theirs.Error != "" {
			t.Fatalf("the other evaluator refuses the sample: %s", c.theirs.Error)
		}
		verdicts[c.ours.Decision]++
		if c.agree() {
			counts["agreed"]++
		} else {
			open = append(open, c)
		}
	}
	t.Logf("%d samples; %d verdicts agree, %d do not; ours: %v", len(asked), counts["agreed"], len(open), verdicts)
	unexplained := explain(t, a, open, counts)
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%6d %s", counts[name], name)
	}
	for i, c := range unexplained {
		if i == 8 {
			break
		}
		c = shrink(t, a, c)
		t.Errorf("ours %s (%s, %s %q), theirs %s, explained by nothing:\n%s", c.ours.Decision, c.ours.Reason, c.ours.Layer, c.ours.Statement, c.theirs.Result, c.show(t))
	}
	if len(unexplained) > 0 {
		t.Errorf("%d disagreements without an explanation", len(unexplained))
	}
	if verdicts[Allow] < samples/10 || verdicts[Deny] < samples/10 {
		t.Errorf("the samples are one-sided: %v", verdicts)
	}
	for _, k := range kinds {
		if counts[k.name] == 0 {
			t.Errorf("the explanation %q explains nothing", k.name)
		}
	}
}

// explain counts each disagreement under the one kind that resolves it alone,
// or under several at once, and returns what remains.
func explain(t *testing.T, a asker, open []compared, counts map[string]int) (unexplained []compared) {
	t.Helper()
	type attempt struct{ index, kind int }
	var attempts []attempt
	var changed []sample
	for i, c := range open {
		for j, k := range kinds {
			if k.applies(c) {
				attempts, changed = append(attempts, attempt{i, j}), append(changed, k.without(c.sample))
			}
		}
	}
	resolved := map[int]bool{}
	for n, c := range compare(t, a, changed) {
		if at := attempts[n]; c.agree() && !resolved[at.index] {
			resolved[at.index] = true
			counts[kinds[at.kind].name]++
		}
	}
	for i, c := range open {
		if resolved[i] {
			continue
		}
		for _, k := range kinds {
			if !c.agree() && k.applies(c) {
				c = compare(t, a, []sample{k.without(c.sample)})[0]
			}
		}
		if c.agree() {
			counts["several at once"]++
		} else {
			unexplained = append(unexplained, open[i])
		}
	}
	return unexplained
}

// shrink leaves out whatever is not needed for the disagreement.
func shrink(t *testing.T, a asker, c compared) compared {
	t.Helper()
	for {
		open := slices.DeleteFunc(compare(t, a, c.smaller()), func(d compared) bool {
			return d.agree() || d.theirs.Error != "" || len(d.show(t)) >= len(c.show(t))
		})
		open = explain(t, a, open, map[string]int{})
		if len(open) == 0 {
			return c
		}
		c = open[0]
	}
}

func (c compared) show(t *testing.T) string {
	t.Helper()
	out, err := json.Marshal(c.sample.theirs())
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// smaller are the samples with one thing less.
func (s sample) smaller() (tries []sample) {
	without := func(change func(*sample)) {
		next := s
		next.context = maps.Clone(s.context)
		change(&next)
		tries = append(tries, next)
	}
	if s.boundary != nil {
		without(func(n *sample) { n.boundary = nil })
	}
	if s.session != nil {
		without(func(n *sample) { n.session = nil })
	}
	if len(s.rcps) > 0 {
		without(func(n *sample) { n.rcps = nil })
	}
	if len(s.scps) > 1 {
		without(func(n *sample) { n.scps = n.scps[:1] })
		without(func(n *sample) { n.scps = n.scps[1:] })
	}
	for i := range s.identity {
		without(func(n *sample) { n.identity = slices.Delete(slices.Clone(n.identity), i, i+1) })
	}
	for _, key := range slices.Sorted(maps.Keys(s.context)) {
		without(func(n *sample) { delete(n.context, key) })
	}
	count := 0
	s.edited(func(c clause) (clause, bool) { count++; return c, true })
	for i := range count {
		at := 0
		tries = append(tries, s.edited(func(c clause) (clause, bool) { at++; return c, at != i+1 }))
	}
	return tries
}
