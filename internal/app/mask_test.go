package app

import (
	"fmt"
	"strings"
	"testing"

	"rehome/internal/diag"
)

func TestNoAddressIsWhole(t *testing.T) {
	f := diag.Finding{Title: `the token says "Ana.Admin@example.com"`, Cause: "nearly the same: ana.admin@example.com, <ben@example.co.uk>", Fix: "write to it@example.com.",
		Evidence: []diag.Evidence{{Path: "/users", Seen: "chi@example.com of chi"}}}
	got := masked([]diag.Finding{f})
	for _, whole := range []string{"Ana.Admin@", "ana.admin@", "ben@", "it@", "chi@"} {
		if strings.Contains(fmt.Sprint(got), whole) {
			t.Errorf("%s is told: %v", whole, got)
		}
	}
	if !strings.Contains(got[0].Title, `says "A***@example.com"`) || !strings.Contains(got[0].Evidence[0].Seen, " of chi") || f.Evidence[0].Seen != "chi@example.com of chi" {
		t.Errorf("got %v, and the original %v", got, f)
	}
}
