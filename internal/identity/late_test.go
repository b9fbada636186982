package identity_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/identity"
)

// TestWhatIsWrongByNowIsWrong: a check that passed and fails later is told as failed, and is nobody's silent root.
func TestWhatIsWrongByNowIsWrong(t *testing.T) {
	s := newScene(t)
	asked := 0
	s.paths[keysPath] = func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			s.serveKeys(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"keys":[]}`)
	}
	r, err := s.signIn()
	if err != nil {
		t.Fatal(err)
	}
	if got := roots(r.Findings); r.Passed() || len(got) == 0 || !strings.HasPrefix(got[0], "! DSK-15 ") {
		t.Errorf("passed %t, roots %q", r.Passed(), got)
	}
	for _, f := range r.Findings {
		if f.CausedBy != "" && !slices.ContainsFunc(r.Findings, func(o diag.Finding) bool { return o.Key() == f.CausedBy && o.Open() }) {
			t.Errorf("%s is explained by %s, which is no fault", f.Key(), f.CausedBy)
		}
	}
}

// TestALongSecretIsHiddenWhole: a provider that repeats a long code, as it is or as an address spells it, has none of it shown.
func TestALongSecretIsHiddenWhole(t *testing.T) {
	long := strings.Repeat("a+secret/code", 150)
	for name, spelt := range map[string]string{"as it is": long, "as an address spells it": url.QueryEscape(long)} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.paths[tokenPath] = oauth(400, "invalid_grant", "the code "+spelt+" is bad")
			s.browser = func(c identity.Callback) []identity.Callback {
				c.Values = url.Values{"code": {long}, "state": c.Values["state"]}
				c.Query = c.Values
				return []identity.Callback{c}
			}
			r, err := s.signIn()
			if err != nil {
				t.Fatal(err)
			}
			if text := fmt.Sprint(r.Findings); strings.Contains(text, "secret") || !strings.Contains(text, "[hidden]") {
				t.Errorf("told:\n%.600s", text)
			}
		})
	}
}

// TestAnAnswerInTheFragmentIsNone: what a browser keeps to itself proves nothing of the redirect address.
func TestAnAnswerInTheFragmentIsNone(t *testing.T) {
	for _, to := range []string{"http://localhost:18080#error=login_required", "http://localhost:18080/?error=login"} {
		s := newScene(t)
		s.paths[authorizePath] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", strings.Replace(to, "?", "?state="+r.URL.Query().Get("state")+"&", 1))
			w.WriteHeader(http.StatusFound)
		}
		for _, f := range s.preflight().Findings {
			if f.Key() == "DSK-04 idp/redirect" && !f.Open() {
				t.Errorf("%s: %s", to, f.Title)
			}
		}
	}
}
