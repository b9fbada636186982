package plan

import (
	"strings"
	"testing"

	"rehome/internal/estate"
)

func TestFactHash(t *testing.T) {
	tree := `{"a": {"b": {"c": 1, "d": [1, 2]}, "e/f": {"g~h": true}, "n": null}, "z": ""}`
	same := [][]string{ // pointers whose facts are equal
		{"/a/b/c"}, {"/a/b"}, {"/a/b/d"}, {"/a/e~1f/g~0h"}, {"/a/n"}, {"/z"}, {""},
		{"/missing", "/a/missing", "/a/b/c/deeper", "/a/n/deeper", "/a/e/f"},
	}
	seen := map[string]string{}
	for _, group := range same {
		for _, ptr := range group {
			got, err := FactHash([]byte(tree), ptr)
			if err != nil {
				t.Fatal(err)
			}
			missing := strings.Contains(ptr, "missing") || strings.Contains(ptr, "deeper") || ptr == "/a/e/f"
			if (got == "missing") != missing || !missing && len(got) != 64 {
				t.Errorf("%s: %s", ptr, got)
			}
			if other, ok := seen[got]; ok && other != group[0] {
				t.Errorf("%s has the hash of %s", ptr, other)
			}
			seen[got] = group[0]
		}
	}
	shuffled := `{"z": "", "a": {"n": null, "e/f": {"g~h": true}, "b": {"d": [1,2], "c": 1.0}}}`
	for _, ptr := range []string{"", "/a", "/a/b", "/a/b/c"} {
		one, _ := FactHash([]byte(tree), ptr)
		two, err := FactHash([]byte(shuffled), ptr)
		if err != nil || one != two {
			t.Errorf("%q depends on how the text is written", ptr)
		}
	}
	if _, err := FactHash([]byte("{"), "/a"); err == nil {
		t.Error("broken text has no facts")
	}
}

// TestFactHashTellsKnowledgeApart: absent, not looked and empty are three facts, not one.
func TestFactHashTellsKnowledgeApart(t *testing.T) {
	seen := map[string]string{}
	for name, text := range map[string]string{"absent": `{"q": null}`, "not looked": `{"q": {"not_looked": "denied"}}`, "for another reason": `{"q": {"not_looked": "throttled"}}`, "empty": `{"q": {}}`, "empty list": `{"q": []}`, "missing": `{}`} {
		h, err := FactHash([]byte(text), "/q")
		if other, ok := seen[h]; ok || err != nil {
			t.Errorf("%s looks like %s (%v)", name, other, err)
		}
		seen[h] = name
	}
}

func TestChanged(t *testing.T) {
	reads := []string{"/accounts/111122223333/quick/name", "/accounts/111122223333/quick/identity_region", "/accounts/111122223333/quick/assets/eu-west-1", "/organization", "/identity_center"}
	p := build(t, input(), Step{ID: "a", Reads: reads})
	quick := func(change func(*estate.Quick)) estate.Estate {
		e := anEstate("ap-south-1")
		q, _ := e.Accounts[account].Quick.Get()
		change(&q)
		e.Accounts[account] = estate.Account{Quick: estate.Of(q)}
		return e
	}
	both := quick(func(q *estate.Quick) { q.Name, q.IdentityRegion = "new", estate.Of[estate.Region]("us-east-1") })
	for name, c := range map[string]struct {
		now     estate.Estate
		written string
		want    string
	}{
		"nothing changed":                 {anEstate("ap-south-1"), "", ""},
		"something that no step rests on": {quick(func(q *estate.Quick) { q.Email = "x" }), "", ""},
		"one fact":                        {anEstate("us-east-1"), "", "/accounts/111122223333/quick/identity_region"},
		"several, sorted":                 {both, "", "/accounts/111122223333/quick/identity_region /accounts/111122223333/quick/name"},
		"written by the run":              {both, "/accounts/111122223333/quick/name", "/accounts/111122223333/quick/identity_region"},
		"written above":                   {both, "/accounts/111122223333/quick", ""},
		"written below": {quick(func(q *estate.Quick) {
			q.Assets = map[estate.Region]estate.Known[[]estate.Asset]{"eu-west-1": estate.Of([]estate.Asset{{ID: "d"}})}
		}), "/accounts/111122223333/quick/assets/eu-west-1/0", ""},
		"written beside, same beginning": {both, "/accounts/111122223333/quick/nam", "/accounts/111122223333/quick/identity_region /accounts/111122223333/quick/name"},
		"gone":                           {estate.Estate{Organization: estate.NotLooked[estate.Organization]("denied")}, "", strings.Join([]string{reads[2], reads[1], reads[0]}, " ")},
		"absence is no longer certain": {quick(func(q *estate.Quick) {
			q.Assets = map[estate.Region]estate.Known[[]estate.Asset]{"eu-west-1": estate.NotLooked[[]estate.Asset]("denied")}
		}), "", "/accounts/111122223333/quick/assets/eu-west-1"},
		"what was not looked at is there": {estate.Estate{Organization: estate.Of(estate.Organization{ID: "o-1"}), Accounts: anEstate("ap-south-1").Accounts}, "", "/organization"},
		"what was not there at all is":    {estate.Estate{Organization: estate.NotLooked[estate.Organization]("denied"), IdentityCenter: estate.Absent[estate.Instance](), Accounts: anEstate("ap-south-1").Accounts}, "", "/identity_center"},
	} {
		t.Run(name, func(t *testing.T) {
			var written []string
			if c.written != "" {
				written = strings.Fields(c.written)
			}
			got, err := p.Changed(&c.now, written)
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("got %v, %v; want %s", got, err, c.want)
			}
		})
	}
}
