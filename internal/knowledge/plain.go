package knowledge

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	escapes = strings.NewReplacer(`\n`, " ", `\t`, " ", `\r`, " ", `\"`, `"`, `\/`, "/", `\u0026`, "&", `\u0027`, "'", `\u003d`, "=", `\u003c`, "<", `\u003e`, ">",
		"&quot;", `"`, "&#34;", `"`, "&#39;", "'", "&#x27;", "'", "&#x2f;", "/", "&#x2F;", "/", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&nbsp;", " ",
		"\u00a0", " ", "…", " ", "...", " ", "‘", "'", "’", "'", "“", `"`, "”", `"`)
	spaces  = regexp.MustCompile(`\s+`)
	tags    = regexp.MustCompile(`</?[a-zA-Z][a-zA-Z0-9]*(?:[\s/][^<>]{0,400})?>`) // <https://…>, <ana@example.com> and <OKTA_DOMAIN> are none
	query   = regexp.MustCompile(`\b[\w.]+=[^\s"'<>]*\+[^\s"'<>]*`)
	percent = regexp.MustCompile(`(?:%[0-9a-fA-F]{2})+`)
)

// normal makes a paste plain: one line, typewriter quotes, no JSON, HTML or URL escapes, no tags, no ellipses.
func normal(text string) string {
	if len(text) > MaxText {
		text = text[:MaxText]
	}
	for range 2 { // an address inside an address is escaped twice
		text = query.ReplaceAllStringFunc(text, func(s string) string { return strings.ReplaceAll(s, "+", " ") })
		text = percent.ReplaceAllStringFunc(text, unescape)
	}
	text = tags.ReplaceAllString(escapes.Replace(strings.ToValidUTF8(text, " ")), " ")
	return spaces.ReplaceAllString(text, " ")
}

func unescape(s string) string {
	out, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return out
}

// lower makes ASCII letters small and keeps every position, so that what is found in small letters can be read as it was written.
func lower(s string) string {
	out := []byte(s)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

// read finds a pattern in small letters and adds what its groups hold, as it was written; values that are there stay.
func read(pattern *regexp.Regexp, plain, small string, values map[string]string) bool {
	at := pattern.FindStringSubmatchIndex(small)
	if at == nil {
		return false
	}
	for i, name := range pattern.SubexpNames() {
		if name != "" && at[2*i] >= 0 && at[2*i] < at[2*i+1] && values[name] == "" {
			values[name] = plain[at[2*i]:at[2*i+1]]
		}
	}
	return true
}

// seq is a pattern of words in this order, with some dressing between them.
func seq(words ...string) *regexp.Regexp {
	return regexp.MustCompile(strings.Join(words, `.{0,400}?`))
}

// near is a pattern of two things in either order, not far from each other.
func near(a, b string) string {
	return `(?:` + a + `).{0,160}?(?:` + b + `)|(?:` + b + `).{0,160}?(?:` + a + `)`
}

// either is a pattern of several.
func either(patterns ...string) *regexp.Regexp {
	return regexp.MustCompile(strings.Join(patterns, `|`))
}

// vague is what many programs say and only sometimes means an entry. The zero value fits nothing.
type vague struct{ pattern, unless *regexp.Regexp }

func (v vague) fits(small string) bool {
	return v.pattern != nil && v.pattern.MatchString(small) && (v.unless == nil || !v.unless.MatchString(small))
}
