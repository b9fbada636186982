package ssoadmin_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// begun is a world in which a Region comes, another goes, and the key is being changed.
func begun(change func(*estate.World)) func(*kernel.Config) {
	return func(c *kernel.Config) {
		encrypted(nil)(c)
		kernel.Edit(&c.World.Estate.IdentityCenter, func(i *estate.Instance) {
			i.Regions = estate.Of(map[estate.Region]estate.ReplicaState{home: estate.RegionActive, away: estate.RegionAdding, "us-west-2": estate.RegionRemoving})
			kernel.Edit(&i.Encryption, func(e *estate.Encryption) { e.Status = estate.EncryptionUpdating })
		})
		if change != nil {
			change(&c.World)
		}
	}
}

func (w twin) control(method, path string, body any) {
	w.Helper()
	text, err := document.Encode(body)
	if err != nil {
		w.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.Context(), method, w.url+"/_twin/"+path, bytes.NewReader(text))
	if err != nil {
		w.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil || answer.StatusCode != http.StatusOK {
		w.Fatal(err, answer)
	}
	answer.Body.Close()
}

// TestWhatAWorldBeginsWithEnds, after a reset and in a world that was put there, too; a state that has lived already keeps its own events.
func TestWhatAWorldBeginsWithEnds(t *testing.T) {
	t.Parallel()
	var c kernel.Config
	begun(nil)(&c)
	w := start(t, begun(nil))
	ends := func(how string) {
		t.Helper()
		var s struct{ Events []kernel.Event }
		if w.get("world", &s); len(s.Events) != 3 {
			t.Errorf("%s: %+v", how, s.Events)
		}
		w.mustHave(away, "ADDING")
		w.mustHave("us-west-2", "REMOVING")
		w.wait(1320)
		w.mustHave(away, "ACTIVE")
		w.mustHave("us-west-2", "ResourceNotFoundException")
		if got := w.encryption(); !strings.HasPrefix(got, "ENABLED") {
			t.Errorf("%s: the change of the key is %s", how, got)
		}
	}
	ends("at start")
	w.control("POST", "reset", struct{}{})
	ends("after a reset")
	put := c.World
	put.Format = estate.WorldFormat
	w.control("PUT", "world", put)
	ends("in a world that was put")
	w.control("POST", "reset", struct{}{})
	var lived json.RawMessage
	w.get("world", &lived)
	w.control("PUT", "world", lived)
	ends("in a state that has lived")
}

// TestWhatAWorldBeginsWithAndNeverEnds is what its knobs say.
func TestWhatAWorldBeginsWithAndNeverEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*estate.World)
		want   string
	}{
		"stuck":    {func(w *estate.World) { w.Twin.AddRegion = "stuck" }, "ADDING"},
		"vanishes": {func(w *estate.World) { w.Twin.AddRegion = "vanishes" }, "ResourceNotFoundException"},
		"a missing copy hangs": {func(w *estate.World) {
			w.Twin.MissingReplica = "stuck"
			w.Estate.Accounts[account].Keys[mrk].Copies[away] = estate.Absent[estate.KeyCopy]()
		}, "ADDING"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, begun(c.change))
			w.wait(100000)
			w.mustHave(away, c.want)
			w.mustHave("us-west-2", "ResourceNotFoundException")
		})
	}
}
