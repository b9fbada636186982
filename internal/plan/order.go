package plan

import (
	"fmt"
	"slices"
	"strings"

	"rehome/internal/diag"
)

// Order sorts steps so that each comes after what it needs; steps that do not depend on each other keep their order. A cycle, an
// unknown need and a duplicate id are faults of the kinds, not of the person.
func Order(steps []Step) ([]Step, error) {
	byID := map[string]bool{}
	for _, s := range steps {
		if byID[s.ID] {
			return nil, &diag.Error{Code: "plan/duplicate-step", What: "two steps have the id " + s.ID}
		}
		byID[s.ID] = true
	}
	for _, s := range steps {
		for _, n := range s.Needs {
			if !byID[n] {
				return nil, &diag.Error{Code: "plan/unknown-need", What: fmt.Sprintf("step %s needs %s, which is not in the plan", s.ID, n)}
			}
		}
	}
	out, done := make([]Step, 0, len(steps)), map[string]bool{}
	for len(out) < len(steps) {
		next, ok := Next(steps, done)
		if !ok {
			var stuck []string
			for _, s := range steps {
				if !done[s.ID] {
					stuck = append(stuck, s.ID)
				}
			}
			return nil, &diag.Error{Code: "plan/cycle", What: "steps need each other in a circle: " + strings.Join(stuck, ", ")}
		}
		out, done[next.ID] = append(out, next), true
	}
	return out, nil
}

// Next is the pure scheduler: the first step that is not done and whose needs all are. ok is false when there is none.
func Next(steps []Step, done map[string]bool) (next Step, ok bool) {
	i := slices.IndexFunc(steps, func(s Step) bool {
		return !done[s.ID] && !slices.ContainsFunc(s.Needs, func(n string) bool { return !done[n] })
	})
	if i < 0 {
		return Step{}, false
	}
	return steps[i], true
}
