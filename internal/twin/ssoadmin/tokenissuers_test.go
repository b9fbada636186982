package ssoadmin_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sso "github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	okta    = "https://example.okta.com/oauth2/default"
	strange = "arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-00000000-0000-4000-8000-000000000000"
)

// replicated has the instance in both Regions, with a key that everybody may use.
func replicated(change func(*estate.World)) func(*kernel.Config) {
	return encrypted(func(w *estate.World) {
		policy(away, baseline)(w)
		editInstance(w, func(i *estate.Instance) {
			i.Regions = estate.Of(map[estate.Region]estate.ReplicaState{home: estate.RegionActive, away: estate.RegionActive})
		})
		if change != nil {
			change(w)
		}
	})
}

// wanted is the request that the Desktop guide shows (TTI-02), with changes.
func wanted(change func(*sso.CreateTrustedTokenIssuerInput, *types.OidcJwtConfiguration)) *sso.CreateTrustedTokenIssuerInput {
	in := &sso.CreateTrustedTokenIssuerInput{InstanceArn: aws.String(instance), Name: aws.String("AmazonQuickDesktop"), TrustedTokenIssuerType: types.TrustedTokenIssuerTypeOidcJwt}
	c := types.OidcJwtConfiguration{IssuerUrl: aws.String(okta), ClaimAttributePath: aws.String("email"), IdentityStoreAttributePath: aws.String("emails.value"),
		JwksRetrievalOption: types.JwksRetrievalOptionOpenIdDiscovery}
	if change != nil {
		change(in, &c)
	}
	in.TrustedTokenIssuerConfiguration = &types.TrustedTokenIssuerConfigurationMemberOidcJwtConfiguration{Value: c}
	return in
}

func (w twin) trust(c *sso.Client, change func(*sso.CreateTrustedTokenIssuerInput, *types.OidcJwtConfiguration)) (string, error) {
	out, err := c.CreateTrustedTokenIssuer(w.Context(), wanted(change))
	if err != nil {
		return "", err
	}
	return *out.TrustedTokenIssuerArn, nil
}

func (w twin) mustTrust(change func(*sso.CreateTrustedTokenIssuerInput, *types.OidcJwtConfiguration)) string {
	w.Helper()
	arn, err := w.trust(w.in(home), change)
	if err != nil {
		w.Fatal(fault(err))
	}
	return arn
}

func (w twin) distrust(c *sso.Client, arn string) error {
	_, err := c.DeleteTrustedTokenIssuer(w.Context(), &sso.DeleteTrustedTokenIssuerInput{TrustedTokenIssuerArn: &arn})
	return err
}

// trusted is what a Region tells of an issuer: "name issuer claim attribute", or the code of the refusal.
func (w twin) trusted(region, arn string) string {
	w.Helper()
	out, err := w.in(region).DescribeTrustedTokenIssuer(w.Context(), &sso.DescribeTrustedTokenIssuerInput{TrustedTokenIssuerArn: &arn})
	if err != nil {
		code, _, _ := strings.Cut(fault(err), " ")
		return code
	}
	c := out.TrustedTokenIssuerConfiguration.(*types.TrustedTokenIssuerConfigurationMemberOidcJwtConfiguration).Value
	if *out.TrustedTokenIssuerArn != arn || out.TrustedTokenIssuerType != "OIDC_JWT" || c.JwksRetrievalOption != "OPEN_ID_DISCOVERY" {
		w.Errorf("%s: %+v %+v", region, out, c)
	}
	return strings.Join([]string{*out.Name, *c.IssuerUrl, *c.ClaimAttributePath, *c.IdentityStoreAttributePath}, " ")
}

func (w twin) names(region string) (names []string) {
	w.Helper()
	p := sso.NewListTrustedTokenIssuersPaginator(w.in(region), &sso.ListTrustedTokenIssuersInput{InstanceArn: aws.String(instance), MaxResults: aws.Int32(3)})
	for p.HasMorePages() {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(fault(err))
		}
		for _, t := range page.TrustedTokenIssuers {
			if t.TrustedTokenIssuerType != "OIDC_JWT" || *t.TrustedTokenIssuerArn == "" {
				w.Errorf("%+v", t)
			}
			names = append(names, *t.Name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

func (w twin) mustName(region string, want ...string) {
	w.Helper()
	if got := w.names(region); !slices.Equal(got, want) {
		w.Errorf("%s lists %v, want %v", region, got, want)
	}
}

const asWanted = "AmazonQuickDesktop " + okta + " email emails.value"

// TestTokenIssuersAreMadeAtHomeAndReadElsewhereLater: three seconds is how long later changes take (times: idc_change_visible).
func TestTokenIssuersAreMadeAtHomeAndReadElsewhereLater(t *testing.T) {
	t.Attr("requirement", "TTI-03")
	w := start(t, replicated(nil))
	_, err := w.trust(w.in(away), nil)
	w.mustBe(err, "AccessDeniedException []: twin: sso:CreateTrustedTokenIssuer is served in the primary Region ap-south-1 only, not in us-east-1")
	w.mustName(home)

	arn := w.mustTrust(nil)
	if !regexp.MustCompile(`^arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1234567890abcdef/tti-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(arn) {
		t.Error(arn)
	}
	w.mustName(home, "AmazonQuickDesktop")
	w.wait(2)
	w.mustName(away)
	if got := w.trusted(away, arn); got != "ResourceNotFoundException" {
		t.Errorf("before it is replicated: %s", got)
	}
	w.wait(1)
	w.mustName(away, "AmazonQuickDesktop")
	for _, region := range []string{home, away} {
		if got := w.trusted(region, arn); got != asWanted {
			t.Errorf("%s: %s", region, got)
		}
	}
}

// TestChangesOfTokenIssuersArriveInTheirOrder: changed, changed again within the same second, deleted.
func TestChangesOfTokenIssuersArriveInTheirOrder(t *testing.T) {
	w := start(t, replicated(nil))
	arn := w.mustTrust(nil)
	w.wait(3)
	change := func(c *sso.Client, name, claim string) error {
		in := &sso.UpdateTrustedTokenIssuerInput{TrustedTokenIssuerArn: &arn, Name: &name}
		if claim != "" {
			in.TrustedTokenIssuerConfiguration = &types.TrustedTokenIssuerUpdateConfigurationMemberOidcJwtConfiguration{Value: types.OidcJwtUpdateConfiguration{ClaimAttributePath: &claim}}
		}
		_, err := c.UpdateTrustedTokenIssuer(t.Context(), in)
		return err
	}
	w.mustBe(change(w.in(away), "x", ""), "AccessDeniedException []: twin: sso:UpdateTrustedTokenIssuer is served in the primary Region")
	for n := range 12 {
		w.mustBe(change(w.in(home), "name"+strconv.Itoa(n), "sub"), "ok")
	}
	want := "name11 " + okta + " sub emails.value"
	if got := w.trusted(home, arn); got != want {
		t.Errorf("home: %s", got)
	}
	if got := w.trusted(away, arn); got != asWanted {
		t.Errorf("away, too early: %s", got)
	}
	w.wait(1)
	w.mustBe(w.distrust(w.in(away), arn), "AccessDeniedException []: twin: sso:DeleteTrustedTokenIssuer is served in the primary Region")
	w.mustBe(w.distrust(w.in(home), arn), "ok")
	w.mustBe(w.distrust(w.in(home), arn), "ResourceNotFoundException []: Trusted token issuer with ARN "+arn+" not found.")
	w.wait(2)
	if got := w.trusted(away, arn); got != want {
		t.Errorf("away, between: %s", got)
	}
	w.wait(1)
	w.mustName(away)
	w.mustName(home)
}

// TestWhatAWorldSaysThatARegionShows hides the others, and takes in what is made and deleted later.
func TestWhatAWorldSaysThatARegionShows(t *testing.T) {
	w := start(t, replicated(func(w *estate.World) {
		editInstance(w, func(i *estate.Instance) {
			i.TokenIssuers = estate.Of(map[estate.ARN]estate.TrustedTokenIssuer{strange: {Name: "late", Issuer: okta, Claim: "email", Attribute: "emails.value"}})
			i.TokenIssuersAt = map[estate.Region]estate.Known[[]estate.ARN]{away: estate.Of([]estate.ARN{}), home: estate.NotLooked[[]estate.ARN]("skipped")}
		})
	}))
	w.mustName(home, "late")
	w.mustName(away)
	arn := w.mustTrust(nil)
	w.mustName(away)
	w.wait(3)
	w.mustName(away, "AmazonQuickDesktop")
	w.mustBe(w.distrust(w.in(home), arn), "ok")
	w.mustName(away, "AmazonQuickDesktop")
	w.wait(3)
	w.mustName(away)
	var state struct {
		Estate struct {
			Center struct {
				At map[string]any `json:"trusted_token_issuers_at"`
			} `json:"identity_center"`
		}
	}
	w.get("world", &state)
	if list, ok := state.Estate.Center.At[away].([]any); !ok || len(list) != 0 {
		t.Errorf("%+v", state)
	}
}

// TestWhatATokenIssuerMustBe is idc-kms 5.2. Whether the issuer answers, or is one, nobody asks.
func TestWhatATokenIssuerMustBe(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, c := range []struct {
		name   string
		change func(*sso.CreateTrustedTokenIssuerInput, *types.OidcJwtConfiguration)
		want   string
	}{
		{"as the guide says", nil, "ok"},
		{"an issuer that nobody can reach", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.IssuerUrl = aws.String("https://nowhere.invalid")
		}, "ok"},
		{"the address of the discovery document", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.IssuerUrl = aws.String(okta + "/.well-known/openid-configuration")
		}, "ok"},
		{"another mapping", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.ClaimAttributePath, c.IdentityStoreAttributePath = aws.String("preferred_username"), aws.String("userName")
		}, "ok"},
		{"a name with a space", func(in *sso.CreateTrustedTokenIssuerInput, _ *types.OidcJwtConfiguration) {
			in.Name = aws.String("my okta")
		}, "ValidationException []: The name"},
		{"an empty name", func(in *sso.CreateTrustedTokenIssuerInput, _ *types.OidcJwtConfiguration) { in.Name = aws.String("") }, "ValidationException []: The name"},
		{"a long name", func(in *sso.CreateTrustedTokenIssuerInput, _ *types.OidcJwtConfiguration) { in.Name = &long }, "ValidationException []: The name"},
		{"another type", func(in *sso.CreateTrustedTokenIssuerInput, _ *types.OidcJwtConfiguration) {
			in.TrustedTokenIssuerType = "SAML"
		}, "ValidationException []: TrustedTokenIssuerType"},
		{"no address", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.IssuerUrl = aws.String("example.okta.com")
		}, "ValidationException []: IssuerUrl"},
		{"a query", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.IssuerUrl = aws.String(okta + "?x=y")
		}, "ValidationException []: IssuerUrl"},
		{"a fragment", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.IssuerUrl = aws.String(okta + "#x")
		}, "ValidationException []: IssuerUrl"},
		{"a long address", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.IssuerUrl = aws.String("https://" + long + long)
		}, "ValidationException []: IssuerUrl"},
		{"a claim that is no path", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.ClaimAttributePath = aws.String("e-mail")
		}, "ValidationException []: ClaimAttributePath"},
		{"a claim too deep", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.ClaimAttributePath = aws.String("a.b.c.d")
		}, "ValidationException []: ClaimAttributePath"},
		{"an attribute that is no path", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.IdentityStoreAttributePath = aws.String("emails_value")
		}, "ValidationException []: IdentityStoreAttributePath"},
		{"keys by another way", func(_ *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
			c.JwksRetrievalOption = "STATIC"
		}, "ValidationException []: JwksRetrievalOption"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, replicated(nil))
			_, err := w.trust(w.in(home), c.change)
			w.mustBe(err, c.want)
		})
	}
}

// TestTokenIssuersAreCountedAndNamedOnce: ten at most, of different names.
func TestTokenIssuersAreCountedAndNamedOnce(t *testing.T) {
	w := start(t, replicated(nil))
	var want []string
	for n := range estate.MaxTokenIssuers {
		name := fmt.Sprintf("issuer-%d", n)
		w.mustTrust(func(in *sso.CreateTrustedTokenIssuerInput, _ *types.OidcJwtConfiguration) { in.Name = &name })
		want = append(want, name)
	}
	w.mustName(home, want...)
	_, err := w.trust(w.in(home), nil)
	w.mustBe(err, "ServiceQuotaExceededException []: The instance has the most trusted token issuers that it may have: 10.")
	_, err = w.trust(w.in(home), func(in *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
		in.Name, c.IssuerUrl = aws.String("issuer-3"), aws.String("https://other.okta.com")
	})
	w.mustBe(err, "ConflictException []: A trusted token issuer with the name issuer-3 exists already.")
}

// TestAClientTokenMakesARepeatedCallTheSameCall.
func TestAClientTokenMakesARepeatedCallTheSameCall(t *testing.T) {
	w := start(t, replicated(nil))
	token := func(in *sso.CreateTrustedTokenIssuerInput, _ *types.OidcJwtConfiguration) {
		in.ClientToken = aws.String("run-1")
	}
	first, again := w.mustTrust(token), w.mustTrust(token)
	if first != again {
		t.Errorf("%s, then %s", first, again)
	}
	_, err := w.trust(w.in(home), func(in *sso.CreateTrustedTokenIssuerInput, c *types.OidcJwtConfiguration) {
		in.ClientToken, c.IssuerUrl = aws.String("run-1"), aws.String("https://other.okta.com")
	})
	w.mustBe(err, "IdempotentParameterMismatch")
	w.mustName(home, "AmazonQuickDesktop")
}

// TestTheIssuerOfATokenIssuerStays: names and mapping can be changed, within the rules of the creation.
func TestTheIssuerOfATokenIssuerStays(t *testing.T) {
	w := start(t, replicated(nil))
	arn := w.mustTrust(nil)
	w.mustTrust(func(in *sso.CreateTrustedTokenIssuerInput, _ *types.OidcJwtConfiguration) {
		in.Name = aws.String("other")
	})
	for _, c := range []struct {
		name string
		in   sso.UpdateTrustedTokenIssuerInput
		to   types.OidcJwtUpdateConfiguration
		want string
	}{
		{"its own name", sso.UpdateTrustedTokenIssuerInput{Name: aws.String("AmazonQuickDesktop")}, types.OidcJwtUpdateConfiguration{}, "ok"},
		{"another's name", sso.UpdateTrustedTokenIssuerInput{Name: aws.String("other")}, types.OidcJwtUpdateConfiguration{}, "ConflictException"},
		{"a wrong name", sso.UpdateTrustedTokenIssuerInput{Name: aws.String("a b")}, types.OidcJwtUpdateConfiguration{}, "ValidationException []: The name"},
		{"a wrong claim", sso.UpdateTrustedTokenIssuerInput{}, types.OidcJwtUpdateConfiguration{ClaimAttributePath: aws.String("-")}, "ValidationException []: ClaimAttributePath"},
		{"keys by another way", sso.UpdateTrustedTokenIssuerInput{}, types.OidcJwtUpdateConfiguration{JwksRetrievalOption: "STATIC"}, "ValidationException []: JwksRetrievalOption"},
		{"one that is not there", sso.UpdateTrustedTokenIssuerInput{TrustedTokenIssuerArn: aws.String(strange)}, types.OidcJwtUpdateConfiguration{}, "ResourceNotFoundException"},
		{"one of another instance", sso.UpdateTrustedTokenIssuerInput{TrustedTokenIssuerArn: aws.String(strings.Replace(strange, "ssoins-1", "ssoins-2", 1))}, types.OidcJwtUpdateConfiguration{}, "AccessDeniedException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := twin{t, w.url}
			if c.in.TrustedTokenIssuerArn == nil {
				c.in.TrustedTokenIssuerArn = &arn
			}
			c.in.TrustedTokenIssuerConfiguration = &types.TrustedTokenIssuerUpdateConfigurationMemberOidcJwtConfiguration{Value: c.to}
			_, err := w.in(home).UpdateTrustedTokenIssuer(t.Context(), &c.in)
			w.mustBe(err, c.want)
			if got := w.trusted(home, arn); got != asWanted {
				t.Errorf("now it is %s", got)
			}
		})
	}
}

// TestWhoTrustsIssuers: whoever administers the instance and may use its key; an account's own instance has its own issuers.
func TestWhoTrustsIssuers(t *testing.T) {
	w := start(t, replicated(nil))
	_, err := w.trust(w.as("TWIN"+member, home), nil)
	w.mustBe(err, "AccessDeniedException []: twin: the account 444455556666 does not administer the instance")
	_, err = w.trust(w.as("TWIN"+delegate, home), nil)
	w.mustBe(err, "ok")

	c := w.as("TWIN"+member, away)
	made, err := c.CreateInstance(t.Context(), &sso.CreateInstanceInput{Name: aws.String("mine")})
	if err != nil {
		t.Fatal(err)
	}
	arn, err := w.trust(c, func(in *sso.CreateTrustedTokenIssuerInput, _ *types.OidcJwtConfiguration) {
		in.InstanceArn = made.InstanceArn
	})
	if err != nil || !strings.HasPrefix(arn, "arn:aws:sso::"+member+":trustedTokenIssuer/ssoins-") {
		t.Fatalf("%v %s", err, arn)
	}
	w.mustBe(w.distrust(c, arn), "ok")

	locked := start(t, replicated(policy(home, strings.ReplaceAll(baseline, ":root", ":role/Other"))))
	_, err = locked.trust(locked.in(home), nil)
	locked.mustBe(err, "AccessDeniedException [KMS_AccessDeniedException]: User: ")
	if got := locked.trusted(away, strange); got != "ResourceNotFoundException" {
		t.Errorf("the other Region has its own policy: %s", got)
	}

	unseen := start(t, replicated(func(w *estate.World) {
		editInstance(w, func(i *estate.Instance) {
			i.TokenIssuers = estate.NotLooked[map[estate.ARN]estate.TrustedTokenIssuer]("denied")
		})
	}))
	_, err = unseen.trust(unseen.in(home), nil)
	unseen.mustBe(err, "TwinDoesNotKnow []: twin does not know /identity_center/trusted_token_issuers")
}
