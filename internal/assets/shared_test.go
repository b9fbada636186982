package assets

import (
	"strings"
	"testing"
)

// TestAnInventoryHoldsEachSetOfActionsOnce, although the wire brings a copy for each asset.
func TestAnInventoryHoldsEachSetOfActionsOnce(t *testing.T) {
	at, grants := map[string]*string{}, 0
	for _, item := range sampleOf(500).take(t).All {
		for _, g := range item.Permissions {
			key := strings.Join(g.Actions, " ")
			if first := at[key]; first != nil && first != &g.Actions[0] {
				t.Fatalf("a second list of %s", key)
			}
			at[key] = &g.Actions[0]
			grants++
		}
	}
	if len(at) != 12 || grants < 500 { // an owner's and a viewer's for each of six types
		t.Errorf("%d lists for %d grants", len(at), grants)
	}
}
