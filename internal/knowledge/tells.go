package knowledge

import (
	"maps"
	"regexp"
	"strings"

	"rehome/internal/estate"
)

// tells is what an entry reads in the text itself, and the sentence that it makes of it.
type tells struct {
	reads  []*regexp.Regexp               // each fills the values of its groups
	derive func(values map[string]string) // adds what can be worked out; nil: nothing
	say    string                         // ahead of the fix; holds ${name}, and is left out when the text lacks one of them
}

var wanted = regexp.MustCompile(`\$\{(\w+)\}`)

func (t *tells) sentence(plain, small string, values map[string]string) string {
	for _, r := range t.reads {
		read(r, plain, small, values)
	}
	if t.derive != nil {
		t.derive(values)
		maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	}
	for _, name := range wanted.FindAllStringSubmatch(t.say, -1) {
		if values[name[1]] == "" {
			return ""
		}
	}
	if t.say == "" {
		return ""
	}
	return fill(t.say, values) + "; "
}

// lowered is for values that are written small whatever the paste looks like, such as Regions.
func lowered(values map[string]string) {
	for name, v := range values {
		values[name] = lower(v)
	}
}

var (
	readHost = []*regexp.Regexp{
		regexp.MustCompile(`//(?P<host>[a-z0-9][a-z0-9.-]*)(?::\d+)?/(?:oauth2/|\.well-known/)`),
		regexp.MustCompile(`\b(?P<host>[a-z0-9-]+-admin\.okta[a-z-]*\.com)\b`),
		regexp.MustCompile(`(?:\b(?P<host>[a-z0-9][a-z0-9.-]*[a-z0-9])'s (?:server ip|dns) address|\btypo in (?P<typo>[a-z0-9][a-z0-9.-]*[a-z0-9])|\blookup (?P<lookup>[a-z0-9][a-z0-9.-]*[a-z0-9]))`),
	}
	readClient   = []*regexp.Regexp{regexp.MustCompile(`\bclient[_ -]?id["']?\s?[:=]\s?["']?(?P<client>[a-z0-9][a-z0-9._-]{3,})`)}
	readAddress  = []*regexp.Regexp{regexp.MustCompile(`(?P<email>[a-z0-9][a-z0-9.!#$%&'*+/=?^_{|}~-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+)`)}
	readRedirect = []*regexp.Regexp{
		regexp.MustCompile(`\bredirect uris?\)?:? ["']?(?P<redirect>http[^\s"'&<>,;]+)`), // what the provider's page lists
		regexp.MustCompile(`\bredirect[_ ]uri["']?\s?[:=]\s?["']?(?P<redirect>[a-z][a-z0-9+.-]*:/[^\s"'&<>,;]+)`),
		regexp.MustCompile(`\bredirect uri ["']?(?P<redirect>[a-z][a-z0-9+.-]*://[^\s"'&<>,;]+)`),
	}
	readUserinfo = []*regexp.Regexp{regexp.MustCompile(`https?://(?P<host>[a-z0-9.-]+)/oauth2/v1/userinfo\b`)} // of Okta's org server
	readIssuers  = []*regexp.Regexp{regexp.MustCompile(`expected "?(?P<one>https://[^\s",;]+)"?,? (?:but )?(?:got|received|is|was):? "?(?P<other>https://[^\s",;]+)`)}
)

// wholeHost works out which host of Okta's is meant by one that is incomplete, or the administrators'.
func wholeHost(values map[string]string) {
	for _, name := range []string{"typo", "lookup"} {
		if values["host"] == "" {
			values["host"] = values[name]
		}
		delete(values, name)
	}
	values["host"] = lower(values["host"])
	values["full"] = OktaHost(values["host"])
}

// OktaHost is which host of Okta's is meant by one that is incomplete, or the administrators'; empty when neither is the case.
func OktaHost(host string) string {
	label, rest, dotted := strings.Cut(lower(host), ".")
	if !dotted || rest == "okta" {
		rest = "okta.com"
	}
	full := strings.TrimSuffix(label, "-admin") + "." + rest
	if host == "" || host == "localhost" || full == lower(host) || !strings.HasPrefix(rest, "okta") {
		return ""
	}
	return full
}

// zeroForO works out the client ID that was meant when its first digit was typed as a letter.
func zeroForO(values map[string]string) {
	if c := values["client"]; strings.HasPrefix(lower(c), "ooa") {
		values["meant"] = "0" + c[1:]
	}
}

// otherRedirect keeps the redirect address only when it is not the one that Desktop sends.
func otherRedirect(values map[string]string) {
	values["redirect"] = strings.TrimRight(values["redirect"], ".")
	if values["redirect"] == estate.DesktopRedirect {
		delete(values, "redirect")
	}
}

// orgUserinfo is the address on the default server that stands for one on the org server.
func orgUserinfo(values map[string]string) {
	if h := values["host"]; h != "" {
		values["asked"], values["right"] = "https://"+h+"/oauth2/v1/userinfo", "https://"+h+"/oauth2/default/v1/userinfo"
	}
}

// difference says in what two issuers differ.
func difference(values map[string]string) {
	one, other := values["one"], values["other"]
	const suffix = "/.well-known/openid-configuration"
	switch {
	case one == other:
	case strings.TrimSuffix(one, suffix) == strings.TrimSuffix(other, suffix):
		values["difference"] = suffix + ", which is no part of an issuer"
	case strings.TrimSuffix(one, "/") == strings.TrimSuffix(other, "/"):
		values["difference"] = "the slash at the end"
	case lower(one) == lower(other):
		values["difference"] = "capital letters"
	default:
		values["difference"] = "more than a slash or a letter's case"
	}
}
