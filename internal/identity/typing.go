package identity

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// wellKnown is where OpenID Connect Discovery 1.0 (section 4) puts the document, below the issuer.
const wellKnown = "/.well-known/openid-configuration"

// slip is one thing that is wrong with how a value was typed.
type slip struct {
	what string
	warn bool // it may be meant so
}

// field is one of the five values as it was typed.
type field struct {
	estate.SignInField
	value string
	url   *url.URL // nil: it is no address that can be asked
}

func fields(v estate.SignInValues) []field {
	var out []field
	for _, f := range estate.SignInFields {
		in := field{SignInField: f, value: *f.Of(&v)}
		if u, err := url.Parse(in.value); err == nil && u.Host != "" && u.User == nil && f.Name != "client_id" && insecure(u) == nil {
			in.url = u
		}
		out = append(out, in)
	}
	return out
}

// typing judges the five strings by themselves.
func (r *report) typing(v estate.SignInValues) {
	for _, f := range fields(v) {
		code := "DSK-09"
		if f.Name == "issuer" {
			code = "TTI-05"
		}
		subject := "idp/" + f.Name + "/typing"
		if strings.TrimSpace(f.value) == "" {
			r.add(diag.Finding{Code: "DSK-08", Subject: subject, Status: diag.Fail, Title: "the " + f.Label + " is missing",
				Cause: "Quick asks for five values, and none can be left out", Fix: "copy it from the identity provider's page of the application"}, f.Name)
			continue
		}
		slips, better := f.slips()
		if len(slips) == 0 {
			r.pass(code, subject, "the "+f.Label+" is typed without a slip", diag.Evidence{Path: f.Name, Seen: f.value})
			continue
		}
		r.add(slipped(code, subject, f, slips, better), f.Name)
	}
	if v.TokenEndpoint != "" && v.TokenEndpoint == v.AuthorizationEndpoint {
		r.add(diag.Finding{Code: "DSK-09", Subject: "idp/token_endpoint/same", Status: diag.Fail, Title: "the Token Endpoint is the Authorization Endpoint",
			Cause: "the same address was pasted twice", Fix: "copy token_endpoint from the discovery document"}, "token_endpoint")
	}
}

func slipped(code, subject string, f field, slips []slip, better string) diag.Finding {
	out := diag.Finding{Code: code, Subject: subject, Status: diag.Fail, Severity: diag.Warn,
		Evidence: []diag.Evidence{{Path: f.Name, Seen: shown(f.value)}}, Cause: "values are used as they are typed and cannot be edited in the Quick console"}
	var what []string
	for _, s := range slips {
		what = append(what, s.what)
		if !s.warn {
			out.Severity = diag.Block
		}
	}
	out.Title = "the " + f.Label + " " + strings.Join(what, ", and ")
	out.Fix = "copy it again from the provider"
	if better != f.value && better != "" {
		out.Fix = "write " + better
	}
	return out
}

// shown is a value as it can be repeated: what cannot be seen is spelled out, a password is not.
func shown(value string) string {
	if u, err := url.Parse(strings.TrimSpace(value)); err == nil && u.User != nil {
		value = u.Redacted()
	}
	var b strings.Builder
	for _, c := range value {
		if invisible(c) {
			fmt.Fprintf(&b, "<U+%04X>", c)
		} else {
			b.WriteRune(c)
		}
	}
	return `"` + b.String() + `"`
}

func invisible(c rune) bool {
	return unicode.Is(unicode.Cf, c) || unicode.IsControl(c) || c != ' ' && unicode.IsSpace(c)
}

const quotes = "\"'`“”„‟‘’‚‛«»″′"

// slips lists what is wrong, and gives the value as it was probably meant.
func (f field) slips() ([]slip, string) {
	var out []slip
	bad := func(found bool, what string) {
		if found {
			out = append(out, slip{what: what})
		}
	}
	better := strings.Map(func(c rune) rune {
		if invisible(c) || strings.ContainsRune(quotes, c) || c == ' ' {
			return -1
		}
		return c
	}, f.value)
	bad(strings.ContainsFunc(f.value, invisible), "holds characters that cannot be seen")
	bad(strings.ContainsAny(f.value, quotes), "holds quotation marks")
	bad(strings.Contains(f.value, " "), "holds a space")
	if strings.ContainsAny(better, "<>{}[]") && !strings.Contains(better, "//[") {
		return append(out, slip{what: "still holds a placeholder of the instructions"}), ""
	}
	if f.Name == "client_id" {
		bad(strings.Contains(better, "://"), "is an address, not an identifier")
		return out, better
	}
	u, err := url.Parse(better)
	if err != nil || u.Host == "" {
		return append(out, slip{what: "is no address that begins with https:// and a host"}), ""
	}
	more, better := f.slipsOf(u)
	return append(out, more...), better
}

// slipsOf judges the parts of an address; u becomes the address as it was probably meant.
func (f field) slipsOf(u *url.URL) ([]slip, string) {
	var out []slip
	note := func(found, warn bool, what string) {
		if found {
			out = append(out, slip{what, warn})
		}
	}
	issuer := f.Name == "issuer"
	local := onThisComputer(u.Hostname())
	note(u.Scheme == "http" && local, true, "is plain http, which is for trials on this computer only")
	note(u.Scheme != "https" && !local, false, "is not https")
	note(u.User != nil, false, "holds a user name or password")
	note(u.Fragment != "" || strings.HasSuffix(f.value, "#"), false, "holds a fragment (#)")
	note(issuer && (u.RawQuery != "" || u.ForceQuery), false, "holds a query (?)")
	note(u.Host != strings.ToLower(u.Host), !issuer, "has a host in upper case, which other parties compare byte for byte")
	note(strings.ContainsFunc(u.Host, func(c rune) bool { return c > unicode.MaxASCII }), true, "has letters in its host that are not ASCII and may only look like the right ones")
	note(u.Scheme == "https" && u.Port() == "443", !issuer, "names the port 443, which is the default and makes the text another one")
	suffixed := issuer && strings.Contains(u.Path, "/.well-known/")
	note(suffixed, false, "is the address of the discovery document, not of the issuer")
	note(!issuer && strings.HasSuffix(u.Path, "/"), true, "ends with a slash")

	if !local {
		u.Scheme = "https"
	}
	u.User, u.Fragment, u.Host, u.ForceQuery = nil, "", strings.ToLower(u.Host), false
	if u.Port() == "443" {
		u.Host = strings.TrimSuffix(u.Host, ":443")
	}
	if issuer {
		u.RawQuery = ""
		u.Path, _, _ = strings.Cut(u.Path, "/.well-known/")
	}
	return out, u.String()
}
