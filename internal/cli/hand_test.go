package cli_test

import (
	"encoding/json"
	"regexp"
	"strings"

	"rehome/internal/estate"
)

var asksForWord = regexp.MustCompile(`rehome done (\S+) --by NAME`)

// handed does what a by-hand step of the Quick console asks for, with what the command printed and nothing else, and says that it is done.
// It reports whether the output asked for that.
func (s *side) handed(out string) bool {
	s.t.Helper()
	asked := asksForWord.FindStringSubmatch(out)
	if asked == nil {
		return false
	}
	switch step, _, _ := strings.Cut(asked[1], "/"); step {
	case "extension-access":
		s.console("CreateExtensionAccess", s.card(out))
	case "extension":
		s.console("CreateExtension", map[string]string{"name": "Amazon Quick Desktop"})
	case "delete-extension-access":
		s.console("DeleteExtension", map[string]string{"name": "Amazon Quick Desktop"})
		s.console("DeleteExtensionAccess", map[string]string{"name": "Amazon Quick Desktop"})
	}
	s.must("done", asked[1], "--by", "tess")
	return true
}

// card is the values card as it was printed.
func (s *side) card(out string) estate.ExtensionAccess {
	s.t.Helper()
	field := func(label string) string {
		_, rest, ok := strings.Cut(out, label+": ")
		if !ok {
			s.t.Fatalf("the card has no %s:\n%s", label, out)
		}
		value, _, _ := strings.Cut(rest, "\n")
		return strings.TrimSpace(value)
	}
	card := estate.ExtensionAccess{Name: field("  Name")}
	for _, f := range estate.SignInFields {
		*f.Of(&card.Values) = field("  " + f.Label)
	}
	if strings.Contains(out, "Trusted Token Issuer ARN") {
		card.TrustedTokenIssuer, card.Audience = estate.ARN(field("Trusted Token Issuer ARN")), field("Aud claim")
	}
	return card
}

// console does one thing in the Quick console, unless it is done already: a person looks before they type.
func (s *side) console(operation string, input any) {
	s.t.Helper()
	text, err := json.Marshal(map[string]any{"account": s.quickAccount(), "region": "us-east-1", "service": "quick-console", "operation": operation, "input": input})
	if err != nil {
		s.t.Fatal(err)
	}
	s.post("/_twin/person", string(text))
}

func (s *side) quickAccount() estate.AccountID { return s.spec.Wants.Quick.Account }
