package identity

import (
	"crypto/subtle"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// outcome is what a browser's request to the redirect address was.
type outcome int

const (
	ignored outcome = iota // not the provider's answer: the person sees the page, and waiting goes on
	code                   // the provider's answer, with a code
	ended                  // the provider's answer, and the sign-in is over
)

// homes are the hosts under which a browser may come back: the registered one, and what it stands for.
var homes = []string{
	fmt.Sprintf("localhost:%d", estate.DesktopPort), fmt.Sprintf("127.0.0.1:%d", estate.DesktopPort), fmt.Sprintf("[::1]:%d", estate.DesktopPort),
}

// received judges one request to the redirect address, in the order in which a stranger's request is told from the provider's. The code
// is given for outcome code only.
func (s *session) received(c Callback) (outcome, string, Verdict) {
	if c.Path != "/" && c.Path != "" {
		return ignored, "", Verdict{Status: 404, Title: "Nothing is here", Text: "The sign-in comes back to the address without a path."}
	}
	if v, strange := s.stranger(c); strange {
		return ignored, "", v
	}
	if len(c.Values) == 0 {
		s.notice("empty", "a browser came back without anything", "what came back stood behind a # (response_mode=fragment), which browsers do not send, or somebody opened the address by hand", "let the provider answer with a query or a form (response_mode query or form_post)")
		return ignored, "", Verdict{Status: 400, Title: "Nothing came back", Text: "This address is waiting for the identity provider's answer, and none came with this request. If the address bar holds something behind a # sign, the provider answers in a way that no application on this computer can read: it has to use response_mode query. Else begin the sign-in again from rehome."}
	}
	if !s.ours(c) {
		s.notice("state", "a request with a missing or wrong state came back and was refused", "somebody else's request, an older sign-in's page that was opened again, or a forged answer", "close older sign-in pages; if nothing else comes, look what the provider does with the parameter state")
		return ignored, "", Verdict{Status: 400, Title: "This answer belongs to another sign-in", Text: "Its state is not the one that was sent. Close this page and use the newest sign-in page; rehome is still waiting."}
	}
	if f, bad := s.unsound(c); bad {
		s.add(f, "callback")
		return ended, "", Verdict{}
	}
	return s.answered(c.Values)
}

// stranger finds requests that no browser sends that a provider sent back.
func (s *session) stranger(c Callback) (Verdict, bool) {
	switch {
	case !slices.Contains(homes, strings.ToLower(c.Host)):
		s.notice("host", "a request for another host than localhost was refused", "the page of a stranger made this browser ask (DNS rebinding), or a proxy stands before this computer's own addresses", "take localhost out of the browser's proxy settings")
		return Verdict{Status: 400, Title: "Wrong address", Text: "Only " + estate.DesktopRedirect + " is served here."}, true
	case c.Method != "GET" && c.Method != "POST":
		s.notice("method", "a request that was neither GET nor POST was refused", "a program looked at the address, not a browser", "sign in with the browser that rehome opened")
		return Verdict{Status: 405, Title: "Wrong kind of request", Text: "The provider's answer comes with GET or POST."}, true
	case c.Method == "GET" && c.Origin != "":
		s.notice("origin", "a request that a web page's script made was refused", "a page in this browser tries to pass for the provider's answer", "close other pages and sign in again")
		return Verdict{Status: 400, Title: "Not from a script", Text: "The browser itself has to come back here."}, true
	}
	return Verdict{}, false
}

// ours reports whether the request holds the state that was sent, exactly once.
func (s *session) ours(c Callback) bool {
	got := c.Values["state"]
	return len(got) == 1 && subtle.ConstantTimeCompare([]byte(got[0]), []byte(s.start.state)) == 1
}

// unsound finds what makes the provider's own answer useless (RFC 6749 section 3.1, RFC 9207 section 2.4).
func (s *session) unsound(c Callback) (diag.Finding, bool) {
	f := diag.Finding{Code: "DSK-20", Subject: "sign-in/callback", Status: diag.Fail, Owner: diag.IdPAdmin, Fix: "look for this moment in the provider's log; a proxy in between may have changed the answer"}
	for _, name := range []string{"code", "error", "iss"} {
		if len(c.Values[name]) > 1 || c.Method == "POST" && c.Query.Has(name) {
			f.Title, f.Cause = "the provider's answer holds "+name+" more than once", "readers differ in which one they take, so none is taken"
			return f, true
		}
	}
	iss, want := c.Values["iss"], s.Values.Issuer
	switch {
	case c.Values.Has("code") && c.Values.Has("error"):
		f.Title, f.Cause = "the provider's answer holds a code and an error", "it says yes and no at once, so neither is believed"
	case !c.Values.Has("code") && !c.Values.Has("error"):
		f.Title, f.Cause = "the provider's answer holds neither a code nor an error", "the application may be set to another response type than code"
	case len(iss) == 1 && iss[0] != want:
		f.Code, f.Title = "DSK-09", "the answer comes from another issuer than the one typed: "+difference(want, iss[0])
		f.Cause = "the authorization endpoint belongs to another server, or somebody mixes up two providers (RFC 9207)"
		f.Fix = "copy issuer and authorization_endpoint from one discovery document"
		f.Evidence = []diag.Evidence{{Path: "typed", Seen: shown(want)}, {Path: "iss", Seen: quoted(shown(iss[0]))}}
	case len(iss) == 0 && s.issPromised():
		f.Title, f.Cause = "the provider promises to name itself in its answer (iss), and does not", "the answer may come from somebody else (RFC 9207)"
	default:
		return diag.Finding{}, false
	}
	return f, true
}

// issPromised: the discovery document of this very issuer says that answers hold iss.
func (s *session) issPromised() bool {
	d := s.found.doc
	return d != nil && d.IssSent && d.Issuer == s.Values.Issuer
}

// answered takes the provider's sound answer.
func (s *session) answered(v url.Values) (outcome, string, Verdict) {
	if e := v.Get("error"); e != "" || v.Has("error") {
		s.refused(s.vendor, atAuthorize, "sign-in/callback", orNone(e), v.Get("error_description"))
		return ended, "", Verdict{}
	}
	if v.Get("code") == "" {
		s.add(diag.Finding{Code: "DSK-20", Subject: "sign-in/callback", Status: diag.Fail, Owner: diag.IdPAdmin, Title: "the provider's answer holds an empty code", Cause: "the provider met a fault of its own", Fix: "look for this moment in the provider's log"}, "callback")
		return ended, "", Verdict{}
	}
	seen := []diag.Evidence{{Path: "answer", Seen: "code and state, as sent"}}
	if v.Has("iss") {
		seen = append(seen, diag.Evidence{Path: "iss", Seen: "equal to the Issuer URL"})
	}
	s.pass("DSK-04", "sign-in/redirect", "the browser came back to "+estate.DesktopRedirect)
	s.pass("DSK-20", "sign-in/callback", "the answer is the one to this sign-in", seen...)
	return code, v.Get("code"), Verdict{}
}

// notice records, once of each kind, a request that was refused while waiting went on.
func (s *session) notice(kind, title, cause, fix string) {
	s.add(diag.Finding{Code: "DSK-20", Subject: "sign-in/stranger/" + kind, Status: diag.Fail, Severity: diag.Warn, Title: title, Cause: cause, Fix: fix})
}
