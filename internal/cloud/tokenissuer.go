package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"rehome/internal/estate"
)

// ListTrustedTokenIssuers gives the issuers that this Region shows, by ARN, with their names alone.
func (i IdentityCenter) ListTrustedTokenIssuers(ctx context.Context, arn estate.InstanceARN) (map[estate.ARN]estate.TrustedTokenIssuer, error) {
	found := map[estate.ARN]estate.TrustedTokenIssuer{}
	in := &ssoadmin.ListTrustedTokenIssuersInput{InstanceArn: aws.String(string(arn))}
	err := pages(ctx, i.site, identityCenter, (*ssoadmin.Client).ListTrustedTokenIssuers, in, func(out *ssoadmin.ListTrustedTokenIssuersOutput) {
		for _, m := range out.TrustedTokenIssuers {
			found[text[estate.ARN](m.TrustedTokenIssuerArn)] = estate.TrustedTokenIssuer{Name: aws.ToString(m.Name)}
		}
	})
	return found, err
}

// DescribeTrustedTokenIssuer gives one issuer with its mapping.
func (i IdentityCenter) DescribeTrustedTokenIssuer(ctx context.Context, arn estate.ARN) (estate.TrustedTokenIssuer, error) {
	out, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).DescribeTrustedTokenIssuer, &ssoadmin.DescribeTrustedTokenIssuerInput{TrustedTokenIssuerArn: aws.String(string(arn))})
	if err != nil {
		return estate.TrustedTokenIssuer{}, err
	}
	t := estate.TrustedTokenIssuer{Name: aws.ToString(out.Name)}
	if c, ok := out.TrustedTokenIssuerConfiguration.(*types.TrustedTokenIssuerConfigurationMemberOidcJwtConfiguration); ok {
		t.Issuer, t.Claim, t.Attribute = aws.ToString(c.Value.IssuerUrl), aws.ToString(c.Value.ClaimAttributePath), aws.ToString(c.Value.IdentityStoreAttributePath)
	}
	return t, nil
}

// CreateTrustedTokenIssuer makes an issuer. It works at the primary Region only; Identity Center does not look whether the issuer is there
// (idc-kms 5.2). token makes a repeated call the same call.
func (i IdentityCenter) CreateTrustedTokenIssuer(ctx context.Context, arn estate.InstanceARN, want estate.TrustedTokenIssuer, token string) (estate.ARN, error) {
	out, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).CreateTrustedTokenIssuer, &ssoadmin.CreateTrustedTokenIssuerInput{
		InstanceArn: aws.String(string(arn)), Name: aws.String(want.Name), TrustedTokenIssuerType: types.TrustedTokenIssuerTypeOidcJwt, ClientToken: aws.String(token),
		TrustedTokenIssuerConfiguration: &types.TrustedTokenIssuerConfigurationMemberOidcJwtConfiguration{Value: types.OidcJwtConfiguration{IssuerUrl: aws.String(want.Issuer),
			ClaimAttributePath: aws.String(want.Claim), IdentityStoreAttributePath: aws.String(want.Attribute), JwksRetrievalOption: types.JwksRetrievalOptionOpenIdDiscovery}}})
	if err != nil {
		return "", err
	}
	return text[estate.ARN](out.TrustedTokenIssuerArn), nil
}

// DeleteTrustedTokenIssuer takes an issuer away; every grant that names it stops working.
func (i IdentityCenter) DeleteTrustedTokenIssuer(ctx context.Context, arn estate.ARN) error {
	_, err := call(ctx, i.site, identityCenter, (*ssoadmin.Client).DeleteTrustedTokenIssuer, &ssoadmin.DeleteTrustedTokenIssuerInput{TrustedTokenIssuerArn: aws.String(string(arn))})
	return err
}
