package ssoadmin

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// The only values that there are (idc-kms 5.2).
const (
	issuerType = "OIDC_JWT"
	retrieval  = "OPEN_ID_DISCOVERY"
)

// The patterns of the service's model (idc-kms 5.2).
var (
	issuerName    = regexp.MustCompile(`^[\w+=,.@-]{1,255}$`)
	issuerURL     = regexp.MustCompile(`^https?://[-a-zA-Z0-9+&@/%=~_|!:,.;]*[-a-zA-Z0-9+&@/%=~_|]$`)
	claimPath     = regexp.MustCompile(`^\p{L}+([._]\p{L}+){0,2}$`)
	attributePath = regexp.MustCompile(`^\p{L}+(\.\p{L}+){0,2}$`)
)

// issuerInput holds the members of all operations on token issuers. What an update does not name it leaves as it is.
type issuerInput struct {
	InstanceArn                               estate.InstanceARN
	TrustedTokenIssuerArn                     estate.ARN
	Name, TrustedTokenIssuerType, ClientToken string
	TrustedTokenIssuerConfiguration           struct{ OidcJwtConfiguration jwtConfiguration }
}

type jwtConfiguration struct {
	IssuerUrl, ClaimAttributePath, IdentityStoreAttributePath, JwksRetrievalOption string
}

// consulted: AWS's own services look an issuer up for applications of any account (INFERRED); of the accounts only those that administer the
// instance do.
func (s seat) consulted(r *kernel.Request) error {
	if r.Caller.IsService() {
		return nil
	}
	return s.administered(r)
}

// trusting is the beginning of operations on token issuers: the instance, and the issuers that this Region sees.
func trusting(r *kernel.Request, more ...check) (in issuerInput, s seat, seen map[estate.ARN]estate.TrustedTokenIssuer, err error) {
	if err = r.Decode(&in); err != nil {
		return in, s, nil, err
	}
	arn := in.InstanceArn
	if in.TrustedTokenIssuerArn != "" {
		arn = instanceOf(in.TrustedTokenIssuerArn, "trustedTokenIssuer")
	}
	if s, err = find(r, arn); err == nil {
		err = s.pass(r, append(append([]check{seat.hosted}, more...), seat.readable)...)
	}
	if err == nil {
		seen, err = s.issuersSeen(r)
	}
	return in, s, seen, err
}

// one is trusting for operations on one issuer.
func one(r *kernel.Request, more ...check) (in issuerInput, s seat, seen map[estate.ARN]estate.TrustedTokenIssuer, err error) {
	in, s, seen, err = trusting(r, more...)
	if _, there := seen[in.TrustedTokenIssuerArn]; err == nil && !there {
		err = kernel.Errorf("ResourceNotFoundException", "Trusted token issuer with ARN %s not found.", in.TrustedTokenIssuerArn)
	}
	return in, s, seen, err
}

func listTrustedTokenIssuers(r *kernel.Request) (any, error) {
	_, _, seen, err := trusting(r, seat.consulted)
	if err != nil {
		return nil, err
	}
	var in input
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, arn := range slices.Sorted(maps.Keys(seen)) {
		list = append(list, map[string]any{"TrustedTokenIssuerArn": arn, "Name": seen[arn].Name, "TrustedTokenIssuerType": issuerType})
	}
	return page(r, "TrustedTokenIssuers", list, in, 100)
}

func describeTrustedTokenIssuer(r *kernel.Request) (any, error) {
	in, _, seen, err := one(r, seat.consulted)
	t := seen[in.TrustedTokenIssuerArn]
	return map[string]any{"TrustedTokenIssuerArn": in.TrustedTokenIssuerArn, "Name": t.Name, "TrustedTokenIssuerType": issuerType,
		"TrustedTokenIssuerConfiguration": map[string]any{"OidcJwtConfiguration": jwtConfiguration{t.Issuer, t.Claim, t.Attribute, retrieval}}}, err
}

// createTrustedTokenIssuer does not look whether the issuer is there: a wrong one fails when its first token comes (idc-kms 5.2). That a
// name is given once only is INFERRED: AWS documents a conflict and does not say of what. Texts are INFERRED.
func createTrustedTokenIssuer(r *kernel.Request) (any, error) {
	in, s, all, err := trusting(r, seat.administered, seat.atHome)
	if err == nil {
		err = in.check()
	}
	if err != nil {
		return nil, err
	}
	c := in.TrustedTokenIssuerConfiguration.OidcJwtConfiguration
	made := estate.TrustedTokenIssuer{Name: in.Name, Issuer: c.IssuerUrl, Claim: c.ClaimAttributePath, Attribute: c.IdentityStoreAttributePath}
	arn := s.issuerARN(r, in.ClientToken)
	out := map[string]any{"TrustedTokenIssuerArn": arn}
	before, repeated := all[arn]
	switch {
	case repeated && before == made:
		return out, nil
	case repeated: // the model's text on client tokens names this type
		return nil, kernel.Errorf("IdempotentParameterMismatch", "The client token was used with other parameters.")
	case named(all, in.Name):
		return nil, conflict("A trusted token issuer with the name %s exists already.", in.Name)
	case len(all) >= estate.MaxTokenIssuers:
		return nil, kernel.Errorf("ServiceQuotaExceededException", "The instance has the most trusted token issuers that it may have: %d.", estate.MaxTokenIssuers)
	}
	return out, s.changeIssuers(r, func(all map[estate.ARN]estate.TrustedTokenIssuer) { all[arn] = made })
}

func (in issuerInput) check() error {
	c := in.TrustedTokenIssuerConfiguration.OidcJwtConfiguration
	switch {
	case in.TrustedTokenIssuerType != issuerType:
		return invalid("TrustedTokenIssuerType must be %s.", issuerType)
	case !issuerName.MatchString(in.Name):
		return invalid("The name %q is not valid.", in.Name)
	case len(c.IssuerUrl) > 512 || !issuerURL.MatchString(c.IssuerUrl):
		return invalid("IssuerUrl %q is not valid.", c.IssuerUrl)
	}
	return c.checkMapping()
}

func (c jwtConfiguration) checkMapping() error {
	switch {
	case len(c.ClaimAttributePath) > 255 || !claimPath.MatchString(c.ClaimAttributePath):
		return invalid("ClaimAttributePath %q is not valid.", c.ClaimAttributePath)
	case len(c.IdentityStoreAttributePath) > 255 || !attributePath.MatchString(c.IdentityStoreAttributePath):
		return invalid("IdentityStoreAttributePath %q is not valid.", c.IdentityStoreAttributePath)
	case c.JwksRetrievalOption != retrieval:
		return invalid("JwksRetrievalOption must be %s.", retrieval)
	}
	return nil
}

func named(all map[estate.ARN]estate.TrustedTokenIssuer, name string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(all)), func(t estate.TrustedTokenIssuer) bool { return t.Name == name })
}

// issuerARN follows from the client token, so that a call that is repeated names the same issuer; without a token each call is a new one.
// For how long AWS remembers a token is not documented; here it is as long as the issuer is there (INFERRED).
func (s seat) issuerARN(r *kernel.Request, token string) estate.ARN {
	if token == "" {
		token = "call " + strconv.Itoa(r.Count("sso-admin/token-issuers"))
	}
	id := strings.TrimPrefix(string(s.ARN), "arn:aws:sso:::instance/")
	return estate.ARN("arn:aws:sso::" + string(s.Owner) + ":trustedTokenIssuer/" + id + "/tti-" + kernel.UUID("trusted token issuer", string(s.ARN), token))
}

// updateTrustedTokenIssuer changes name and mapping; the issuer itself is no member of the request (idc-kms 5.2).
func updateTrustedTokenIssuer(r *kernel.Request) (any, error) {
	in, s, all, err := one(r, seat.administered, seat.atHome)
	if err != nil {
		return nil, err
	}
	is, c := all[in.TrustedTokenIssuerArn], in.TrustedTokenIssuerConfiguration.OidcJwtConfiguration
	switch {
	case in.Name != "" && !issuerName.MatchString(in.Name):
		return nil, invalid("The name %q is not valid.", in.Name)
	case in.Name != "" && in.Name != is.Name && named(all, in.Name):
		return nil, conflict("A trusted token issuer with the name %s exists already.", in.Name)
	}
	for _, m := range []struct {
		wanted string
		is     *string
	}{{in.Name, &is.Name}, {c.ClaimAttributePath, &is.Claim}, {c.IdentityStoreAttributePath, &is.Attribute}} {
		if m.wanted != "" {
			*m.is = m.wanted
		}
	}
	option := retrieval
	if c.JwksRetrievalOption != "" {
		option = c.JwksRetrievalOption
	}
	if err := (jwtConfiguration{is.Issuer, is.Claim, is.Attribute, option}).checkMapping(); err != nil {
		return nil, err
	}
	return nil, s.changeIssuers(r, func(all map[estate.ARN]estate.TrustedTokenIssuer) { all[in.TrustedTokenIssuerArn] = is })
}

func deleteTrustedTokenIssuer(r *kernel.Request) (any, error) {
	in, s, _, err := one(r, seat.administered, seat.atHome)
	if err != nil {
		return nil, err
	}
	return nil, s.changeIssuers(r, func(all map[estate.ARN]estate.TrustedTokenIssuer) { delete(all, in.TrustedTokenIssuerArn) })
}
