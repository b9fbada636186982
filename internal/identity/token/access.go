package token

import (
	"fmt"
	"strings"
)

// Describe says what kind of token an access token is, without repeating it. It is for a report only: nothing of it is proven, and nothing
// follows from it.
func Describe(accessToken string) string {
	switch strings.Count(accessToken, ".") {
	case 4:
		if header, ok := canonical(accessToken[:strings.Index(accessToken, ".")]); ok {
			if _, err := readObject(header); err == nil {
				return "encrypted (JWE): only who it is for can read it"
			}
		}
	case 2:
		if t, flaw, _ := open(accessToken); flaw == "" {
			aud, _ := t.claims.texts("aud")
			return fmt.Sprintf("a JWT, alg %s, typ %s, iss %s, aud %s", one(t.header.text("alg")), one(t.header.text("typ")), one(t.claims.text("iss")), one(aud...))
		}
	}
	if accessToken == "" {
		return "none"
	}
	return "opaque: it says nothing to anybody but its provider"
}

func one(said ...string) string { return seen("", said...)[0].Seen }
