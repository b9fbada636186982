package engine

import (
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// TestChangedFactsAskForANewSurvey: a plan that is made from the old survey again is refused again.
func TestChangedFactsAskForANewSurvey(t *testing.T) {
	if text := diag.From("", changed(plan.Step{ID: "delete-quick"}, []string{"/organization"})).Render(); !strings.Contains(text, "rehome survey && rehome plan") {
		t.Errorf("the hint:\n%s", text)
	}
}
