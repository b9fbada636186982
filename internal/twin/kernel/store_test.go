package kernel_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// keeper is a service that puts what it is told into the store, and fails when it is told to.
func keeper() kernel.Service {
	change := func(r *kernel.Request) (any, error) {
		var in struct{ Description string }
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		for _, word := range strings.Fields(in.Description) {
			verb, id, _ := strings.Cut(word, ":")
			switch verb {
			case "put":
				r.Assets().Put(estate.Asset{Type: "dashboard", ID: id, Name: "put"})
			case "delete":
				r.Assets().Delete("dashboard", id)
			case "drop":
				r.DropAssets()
			case "record":
				r.SetRecord("kms/"+id, map[string]string{"is": id})
			case "forget":
				r.DropRecord("kms/" + id)
			case "fail":
				return nil, kernel.Errorf("KMSInvalidStateException", "no")
			}
		}
		return nil, nil
	}
	look := func(r *kernel.Request) (any, error) {
		return map[string]any{"IDs": r.Assets().IDs("dashboard"), "Below": r.Assets().Below("dashboard", "b"), "Records": r.Records("kms/")}, nil
	}
	return kernel.Service{ID: "kms", IAM: "kms", Handlers: map[string]kernel.Handler{"UpdateKeyDescription": change, "DescribeKey": look}}
}

func stored(c *kernel.Config) {
	c.Services = []kernel.Service{keeper()}
	quick := estate.Quick{Name: "q", Status: estate.QuickCreated, Assets: map[estate.Region]estate.Known[[]estate.Asset]{
		"us-east-1": estate.Of([]estate.Asset{{Type: "theme", ID: "t", Name: "T"}, {Type: "dashboard", ID: "b2", Name: "B2", Content: []byte(`{ "x": 1.0 }`)}, {Type: "dashboard", ID: "a", Name: "A"}}),
		"us-east-2": estate.NotLooked[[]estate.Asset]("denied"),
	}}
	kernel.EditAt(c.World.Estate.Accounts, "111122223333", func(a *estate.Account) { a.Quick = estate.Of(quick) })
}

// TestAChangeOfTheStoreIsTakenBack, and only a change counts as one.
func TestAChangeOfTheStoreIsTakenBack(t *testing.T) {
	for _, tc := range []struct{ name, do, effect, ids string }{
		{"nothing", "", "noop", "[a b2]"},
		{"an asset", "put:b1", "applied", "[a b1 b2]"},
		{"an asset, refused", "put:b1 put:a delete:b2 fail", "refused", "[a b2]"},
		{"all of them, refused", "drop put:z fail", "refused", "[a b2]"},
		{"all of them", "drop", "applied", "[]"},
		{"what is not there", "delete:z", "noop", "[a b2]"},
		{"the same again", "put:a put:a", "applied", "[a b2]"},
		{"records, refused", "record:one forget:one record:two fail", "refused", "[a b2]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := start(t, stored)
			before := w.steer("GET", "/_twin/world", "").body
			w.call(admin, "us-east-1", "TrentService.UpdateKeyDescription", `{"Description":"`+tc.do+`"}`)
			if log := w.steer("GET", "/_twin/calls", "").body; !strings.Contains(log, `"effect": "`+tc.effect+`"`) {
				t.Errorf("log %s, want %s", log, tc.effect)
			}
			var got struct{ IDs []string }
			r := w.call(admin, "us-east-1", "TrentService.DescribeKey", "{}")
			unmarshal(t, r.body, &got)
			if fmt.Sprint(got.IDs) != tc.ids {
				t.Errorf("ids %v, want %s", got.IDs, tc.ids)
			}
			if after := w.steer("GET", "/_twin/world", "").body; (after == before) != (tc.effect != "applied") {
				t.Errorf("effect %s, before %s\nafter %s", tc.effect, before, after)
			}
		})
	}
}

// TestTheStoreIsPartOfTheWorld: assets sorted, records and what nobody looked at come out, go in again, and come back with a reset.
func TestTheStoreIsPartOfTheWorld(t *testing.T) {
	w := start(t, stored)
	first := w.steer("GET", "/_twin/world", "").body
	if a, b, c := strings.Index(first, `"id": "a"`), strings.Index(first, `"id": "b2"`), strings.Index(first, `"id": "t"`); a < 0 || b < a || c < b || !strings.Contains(first, `"not_looked": "denied"`) {
		t.Errorf("not sorted by type and id: %s", first)
	}
	w.call(admin, "us-east-1", "TrentService.UpdateKeyDescription", `{"Description":"put:b1 record:one"}`)
	w.call(admin, "us-east-2", "TrentService.UpdateKeyDescription", `{"Description":"put:new"}`)
	grown := w.steer("GET", "/_twin/world", "").body
	if !strings.Contains(grown, `"kms/one"`) || strings.Contains(grown, "not_looked") {
		t.Errorf("grown: %s", grown)
	}
	if timeless := w.steer("GET", "/_twin/world?times=no", "").body; strings.Contains(timeless, "kms/one") {
		t.Errorf("without times: %s", timeless)
	}
	if r := w.steer("POST", "/_twin/reset", ""); r.status != 200 || w.steer("GET", "/_twin/world", "").body != first {
		t.Errorf("reset: %+v", r)
	}
	if r := w.steer("PUT", "/_twin/world", grown); r.status != 200 || w.steer("GET", "/_twin/world", "").body != grown {
		t.Errorf("put: %+v\n%s", r, w.steer("GET", "/_twin/world", "").body)
	}
	var got struct{ IDs, Below, Records []string }
	unmarshal(t, w.call(admin, "us-east-1", "TrentService.DescribeKey", "{}").body, &got)
	if fmt.Sprint(got.IDs, got.Below, got.Records) != "[a b1 b2] [b1 b2] [kms/one]" {
		t.Errorf("got %+v", got)
	}
}

func unmarshal(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatal(err, text)
	}
}
