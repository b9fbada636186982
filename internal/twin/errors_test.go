package twin_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"rehome/internal/knowledge"
)

// TestFieldErrors: the errors that the runbook met, each on its world, leave nothing behind and are recognized by their text.
func TestFieldErrors(t *testing.T) {
	create := func(w running) error {
		_, err := w.quick(virginia).CreateAccountSubscription(w.Context(), signup("example-quick-iad"))
		return err
	}
	for _, c := range []struct {
		row, world string
		call       func(running) error
		want, ends string
	}{
		{"TRB-01", "trb-01", create, "AccessDeniedException 401: Service: sso.amazonaws.com " + vague, "explicitly denies access"},
		{"TRB-02", "trb-02", create, "AccessDeniedException 401: quicksight.amazonaws.com " + vague + " (Service: Identitystoreinternal, Status Code: 400, Request ID: ", ")"},
		{"TRB-04", "bom", create, "ResourceExistsException 409: ", ""},
		{"TRB-05", "bom", func(w running) error {
			_, err := w.quick(virginia).CreateSpace(w.Context(), &quicksight.CreateSpaceInput{AwsAccountId: aws.String(account), SpaceId: aws.String("probe"), Name: aws.String("Probe")})
			return err
		}, "InvalidParameterValueException 400: Failed to create space: Unable to initialize Quick index in this region. Please request IAM admin to set up Quick index", "Quick index"},
		{"TRB-26", "bom", func(w running) error {
			_, err := w.quick(virginia).ListUsers(w.Context(), &quicksight.ListUsersInput{AwsAccountId: aws.String(account), Namespace: aws.String("default")})
			return err
		}, "AccessDeniedException 401: Operation is being called from endpoint us-east-1, but your identity region is ap-south-1. Please use the ap-south-1 endpoint.", "endpoint."},
	} {
		t.Run(c.row, func(t *testing.T) {
			w := start(t, load(t, c.world))
			var err error
			w.unchanged(func() { err = c.call(w) })
			w.mustBe(err, c.want)
			if !strings.HasSuffix(err.Error(), c.ends) {
				t.Errorf("%v does not end in %q", err, c.ends)
			}
			if m := knowledge.Explain(err.Error()); len(m) == 0 || m[0].ID != c.row {
				t.Errorf("explained as %v", m)
			}
			if c.row == "TRB-04" {
				t.Attr("requirement", "SUB-13")
			}
		})
	}
}

// TestKeyRefusalsAreWordedLikeAWS: in sso-admin's own answer with its reason, and as Quick passes it on.
func TestKeyRefusalsAreWordedLikeAWS(t *testing.T) {
	t.Attr("requirement", "KMS-30")
	w := start(t, load(t, "trb-01"))
	_, err := w.sso(virginia).CreateApplication(t.Context(), &ssoadmin.CreateApplicationInput{InstanceArn: aws.String(instance), Name: aws.String("Desktop"),
		ApplicationProviderArn: aws.String("arn:aws:sso::aws:applicationProvider/custom")})
	w.mustBe(err, "AccessDeniedException 400: Service: sso.amazonaws.com "+vague)
	var denied *types.AccessDeniedException
	if !errors.As(err, &denied) || denied.Reason != types.AccessDeniedExceptionReasonKmsAccessDeniedException {
		t.Errorf("reason %+v", denied)
	}
	for world, row := range map[string]string{"trb-01": "TRB-01", "trb-02": "TRB-02"} {
		w := start(t, load(t, world))
		_, err := w.quick(virginia).CreateAccountSubscription(t.Context(), signup("example-quick-iad"))
		if m := knowledge.Explain(err.Error()); len(m) == 0 || m[0].ID != row {
			t.Errorf("%s: %v is explained as %v", world, err, m)
		}
	}
}
