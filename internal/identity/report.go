package identity

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// report collects findings in the order in which they were made. It knows what was found wrong first with each thing that can be wrong, so
// that what follows from it names it as its root and is silent in reports; and it lets no secret out.
type report struct {
	stage    string // of which every finding here is: idp without anybody signing in, sign-in with
	findings []diag.Finding
	server   string            // Okta's server of the issuer, for click paths; empty: default
	roots    map[string]string // thing, such as a value's name -> key of the first finding that stands in its way
	secrets  []string          // what must appear nowhere: codes, tokens, state, verifier
}

// pass records a check that found nothing wrong.
func (r *report) pass(code, subject, title string, seen ...diag.Evidence) {
	r.add(diag.Finding{Code: code, Subject: subject, Status: diag.Pass, Title: title, Evidence: seen})
}

// add records a finding about things. An open one that an earlier finding about one of them explains gets that as its root; else, when it
// blocks, it becomes the root of what follows. A key that is there already is not recorded again, but for one that passed and fails now.
func (r *report) add(f diag.Finding, about ...string) {
	if i := slices.IndexFunc(r.findings, func(o diag.Finding) bool { return o.Key() == f.Key() }); i >= 0 {
		if r.findings[i].Open() || !f.Open() {
			return
		}
		r.findings = slices.Delete(r.findings, i, i+1) // what was right at first and is wrong by now is wrong
	}
	f.Title, f.Cause, f.Fix = r.clean(f.Title), r.clean(f.Cause), r.clean(r.placed(f.Fix))
	for i := range f.Evidence {
		f.Evidence[i].Seen = r.clean(f.Evidence[i].Seen)
	}
	if f.Source == nil {
		f.Source = slices.Clone(sources(f.Code))
	}
	if f.Open() && f.CausedBy == "" {
		f.CausedBy = r.rootOf(about)
		if f.CausedBy == f.Key() {
			f.CausedBy = ""
		}
	}
	if f.Blocks() {
		for _, thing := range about {
			r.blame(thing, rootKey(f))
		}
	}
	r.findings = append(r.findings, f)
}

// placed completes a click path with the authorization server's name.
func (r *report) placed(text string) string {
	return strings.ReplaceAll(text, "{server}", cmp.Or(r.server, estate.DefaultServer))
}

func rootKey(f diag.Finding) string {
	if f.CausedBy != "" {
		return f.CausedBy
	}
	return f.Key()
}

// blame makes a finding the root of whatever else will be found wrong with thing; the first one stays.
func (r *report) blame(thing, key string) {
	if r.roots == nil {
		r.roots = map[string]string{}
	}
	if r.roots[thing] == "" {
		r.roots[thing] = key
	}
}

func (r *report) rootOf(things []string) string {
	for _, thing := range things {
		if key := r.roots[thing]; key != "" {
			return key
		}
	}
	return ""
}

// raise turns hints, whose keys begin so, into what stands in the way, now that something else has shown them to be right, and makes the
// first the root of thing.
func (r *report) raise(start, thing string) {
	for i := range r.findings {
		if f := &r.findings[i]; strings.HasPrefix(f.Key(), start) && f.Open() {
			f.Severity = diag.Block
			r.blame(thing, f.Key())
			return
		}
	}
}

// blocked gives the first finding that blocks and follows from no other.
func (r *report) blocked() (diag.Finding, bool) {
	for _, f := range r.findings {
		if f.Blocks() && f.CausedBy == "" {
			return f, true
		}
	}
	return diag.Finding{}, false
}

// maxText is how much is told at a time, in runes; more than that is a stranger's text.
const maxText = 1200

// clean makes a text fit to be shown: secrets are replaced, control characters and line breaks become spaces.
func (r *report) clean(text string) string {
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, "[hidden]")
	}
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text)
	if runes := []rune(text); len(runes) > maxText { // only now: half a secret is one too
		text = string(runes[:maxText]) + " …"
	}
	return text
}

// hide adds what must appear nowhere from now on, in both spellings of an address's query.
func (r *report) hide(secrets ...string) {
	for _, s := range secrets {
		if len(s) >= 8 { // a shorter text is found in innocent places
			r.secrets = append(r.secrets, s)
			if spelt := url.QueryEscape(s); spelt != s {
				r.secrets = append(r.secrets, spelt)
			}
		}
	}
}

// quoted repeats what a provider said, on one line; clean shortens it.
func quoted(text string) string { return strings.Join(strings.Fields(text), " ") }

// unreachable records why an address gave no answer. A host that cannot be reached is told once, whatever is asked of it.
func (r *report) unreachable(name, address string, f *fault) {
	host := hostOf(address)
	switch {
	case f.kind == ofHost:
		r.add(diag.Finding{Code: f.code, Subject: r.stage + "/reach/" + host, Status: diag.Fail, Title: f.title, Cause: f.cause, Fix: f.fix, Owner: f.owner,
			Evidence: []diag.Evidence{{Path: name, Seen: shown(address)}}}, name, "host "+host)
		r.blame(name, r.rootOf([]string{"host " + host}))
	case f.kind == ofAnswer:
		r.add(diag.Finding{Code: f.code, Subject: r.stage + "/" + name + "/answer", Status: diag.Fail, Title: f.title, Cause: f.cause, Fix: f.fix, Owner: f.owner,
			Evidence: []diag.Evidence{{Path: name, Seen: shown(address)}}}, name)
	default:
		r.add(diag.Finding{Code: "DSK-09", Subject: r.stage + "/" + name + "/address", Status: diag.Fail, Title: f.title, Cause: cmp.Or(f.cause, "it is not an address with a scheme and a host, or holds a password"), Fix: "correct the value " + name,
			Evidence: []diag.Evidence{{Path: name, Seen: shown(address)}}}, name)
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
