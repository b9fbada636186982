package token

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
)

// opinion is what a relying party makes of a token.
type opinion string

const (
	accept opinion = "accept"
	refuse opinion = "refuse"
	crash  opinion = "crash" // it panics
)

// attack is a token, the key set it is verified with, and what is made of it. What is not said is as it should be.
type attack struct {
	name                  string
	header, claims        members             // changes
	rawHeader, rawPayload func(string) string // edits what is encoded
	sign                  func(string) []byte // nil: with our key, RS256
	edit                  func(string) string // of the whole token
	keys                  string              // empty: our key as k1
	rotated               string              // what a second look at the key set gives; empty: the same
	expect                func(*Expect)       // changes
	want                  []string            // the flaws in the order in which they are told, those of the key set first
	ours                  opinion
	goOIDC, zitadel       opinion // go-oidc v3.21.0 and rp of zitadel/oidc v3.51.17
	why                   string  // where we differ from both
}

func (a attack) token(now time.Time) string {
	h, p := header(a.header), claims(now, a.claims)
	if a.rawHeader != nil {
		h = a.rawHeader(h)
	}
	if a.rawPayload != nil {
		p = a.rawPayload(p)
	}
	sign := a.sign
	if sign == nil {
		sign = rs256(ours())
	}
	raw := signed(h, p, sign)
	if a.edit != nil {
		raw = a.edit(raw)
	}
	return raw
}

// looks are the answers of the key set's address, in order.
func (a attack) looks() []string {
	first := cmp.Or(a.keys, jwks(jwk(ours(), "k1", nil)))
	return []string{first, cmp.Or(a.rotated, first)}
}

// judge does what whoever signs in has to do: one more look at the key set, when that can help.
func (a attack) judge(now time.Time) (Verdict, []diag.Finding) {
	e := expect(now)
	if a.expect != nil {
		a.expect(&e)
	}
	looks := a.looks()
	set, findings := ParseKeys([]byte(looks[0]))
	v := Verify(a.token(now), set, e)
	if v.Refetch {
		set, findings = ParseKeys([]byte(looks[1]))
		v = Verify(a.token(now), set, e)
	}
	return v, slices.Concat(findings, v.Findings)
}

func attacks() []attack {
	return slices.Concat(formAttacks(), headerAttacks(), keyAttacks(), claimAttacks(), timeAttacks(), personAttacks())
}

// TestAttacks holds every verdict of ours, and of two relying parties of others beside it, against what was written down by hand.
func TestAttacks(t *testing.T) {
	rows := attacks()
	if len(rows) < 60 {
		t.Fatalf("%d rows", len(rows))
	}
	names := map[string]bool{}
	for _, a := range rows {
		if names[a.name] {
			t.Errorf("%s: two rows with this name", a.name)
		}
		names[a.name] = true
		t.Run(a.name, func(t *testing.T) {
			now := time.Now()
			v, findings := a.judge(now)
			got := refuse
			if v.Passed() {
				got = accept
			}
			if got != a.ours {
				t.Errorf("we %s, want %s", got, a.ours)
			}
			if told := named(t, findings); !slices.Equal(told, a.want) {
				t.Errorf("told %v, want %v", told, a.want)
			}
			if got == accept && slices.ContainsFunc(v.Findings, diag.Finding.Blocks) || got == refuse && !slices.ContainsFunc(findings, diag.Finding.Blocks) {
				t.Errorf("the verdict and the findings disagree: %v", a.want)
			}
			raw := a.token(now)
			wellFormed(t, findings)
			silent(t, raw, findings)
			second(t, a, raw, now)
		})
	}
	for name := range flaws {
		if !slices.ContainsFunc(append(rows, refreshAttacks()...), func(a attack) bool { return slices.Contains(a.want, name) }) {
			t.Errorf("no row is refused or warned of for %s", name)
		}
	}
}

func second(t *testing.T, a attack, raw string, now time.Time) {
	t.Helper()
	for _, o := range []struct {
		whose     string
		want, got opinion
	}{{"go-oidc", a.goOIDC, askGoOIDC(t, a, raw, now)}, {"zitadel", a.zitadel, askZitadel(t, a, raw)}} {
		if o.got != o.want {
			t.Errorf("%s: %s, want %s", o.whose, o.got, o.want)
		}
	}
	if differs := a.ours != a.goOIDC && a.ours != a.zitadel; differs != (a.why != "") {
		t.Errorf("why: %q, and we differ from both: %t", a.why, differs)
	}
}

// named gives the flaws that findings tell of.
func named(t *testing.T, findings []diag.Finding) []string {
	t.Helper()
	var out []string
	for _, f := range findings {
		for name, flaw := range flaws {
			if flaw.title == f.Title {
				out = append(out, name)
			}
		}
	}
	for _, f := range findings {
		if f.Status == diag.Fail && !slices.ContainsFunc(out, func(name string) bool { return flaws[name].title == f.Title }) {
			t.Errorf("an open finding that no flaw explains: %s %q", f.Key(), f.Title)
		}
	}
	return out
}

// wellFormed: whoever reads a finding learns what is, why, and what to do.
func wellFormed(t *testing.T, findings []diag.Finding) {
	t.Helper()
	keys := map[string]bool{}
	for _, f := range findings {
		if keys[f.Key()] {
			t.Errorf("two findings have the key %s", f.Key())
		}
		keys[f.Key()] = true
		if f.Code == "" || f.Title == "" || f.Status == diag.Unknown || len(f.Source) == 0 || f.Source[0].Doc == "" {
			t.Errorf("incomplete: %+v", f)
		}
		if f.Status == diag.Fail && (f.Cause == "" || f.Fix == "") {
			t.Errorf("%s: no cause or fix", f.Key())
		}
	}
}

// silent: no finding holds a piece of a token, or what it says about a person.
func silent(t *testing.T, raw string, findings []diag.Finding) {
	t.Helper()
	told := fmt.Sprintf("%+v", findings)
	for _, secret := range []string{nonce, access, subject, "ana.planted", "Planted Person", "planted-jti"} {
		if strings.Contains(told, secret) {
			t.Errorf("%q is told", secret)
		}
	}
	const piece = 16
	for _, part := range strings.Split(raw, ".") {
		for i := 0; i+piece <= min(len(part), 4096); i++ {
			if strings.Contains(told, part[i:i+piece]) {
				t.Fatalf("a piece of the token is told: %s", part[i:i+piece])
			}
		}
	}
}

func TestFlawsAreToldApart(t *testing.T) {
	titles := map[string]string{}
	for name, f := range flaws {
		if other := titles[f.title]; other != "" {
			t.Errorf("%s and %s have the same title", name, other)
		}
		titles[f.title] = name
		if f.title == "" || f.fix == "" || f.cause == "" && f.severity != diag.Note {
			t.Errorf("%s: incomplete", name)
		}
	}
}
