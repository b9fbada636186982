package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

var securityTokens = api[sts.Client, sts.Options]{"sts", sts.NewFromConfig}

// Identity is who AWS says that we are.
type Identity struct {
	ARN     string
	Account estate.AccountID
}

// Caller asks STS whose credentials are used for the account and refuses those of another one (RUN-17). The answer is kept until
// AWS no longer accepts the credentials. GetCallerIdentity needs no permission (STS API reference).
func (c *Cloud) Caller(ctx context.Context, id estate.AccountID) (Identity, error) {
	a, err := c.account(ctx, id)
	if err != nil {
		return Identity{}, err
	}
	a.mu.Lock()
	caller := a.caller
	a.mu.Unlock()
	if caller == (Identity{}) { // no lock while asking: two may ask, nobody waits for another's backoff
		if caller, err = c.ask(ctx, a, id); err != nil {
			return Identity{}, err
		}
		a.mu.Lock()
		a.caller = caller
		a.mu.Unlock()
	}
	if caller.Account != id {
		return Identity{}, wrongAccount(a.access, caller)
	}
	return caller, nil
}

// ask asks STS, whatever was answered before.
func (c *Cloud) ask(ctx context.Context, a *account, id estate.AccountID) (Identity, error) {
	out, err := call(ctx, site{c, id, estate.Region(a.cfg.Region)}, securityTokens, (*sts.Client).GetCallerIdentity, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, err
	}
	return Identity{text[string](out.Arn), text[estate.AccountID](out.Account)}, nil
}

func wrongAccount(access Access, caller Identity) *diag.Error {
	way := "the SDK's default chain"
	switch {
	case access.RoleARN != "":
		way = "role " + access.RoleARN
	case access.Profile != "":
		way = "profile " + access.Profile
	}
	return &diag.Error{Code: "cloud/wrong-account", What: fmt.Sprintf("the credentials for account %s belong to account %s", access.Account, caller.Account),
		Where: caller.ARN, Why: way + " leads there; nothing was done", Exit: diag.ExitWaiting,
		Fix: []string{fmt.Sprintf("name a profile or role_arn of account %s in the spec, or unset what points elsewhere (AWS_PROFILE, AWS_ACCESS_KEY_ID)", access.Account)}}
}

// strangePrincipal is KMS's refusal of a policy that names nobody; a role that was just made is nobody for a while.
func strangePrincipal(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == "MalformedPolicyDocumentException" && strings.Contains(e.Message, "invalid principals")
}

// Eventually repeats f while it is denied, or while KMS does not know a principal of the policy yet, until bound has passed: what was
// just allowed or made may take a while to be seen (KMS-27, TRB-30, idc-kms 2.4). It returns f's last error.
func (c *Cloud) Eventually(ctx context.Context, bound time.Duration, f func(context.Context) error) error {
	clock := c.config.Clock
	end := clock.Now().Add(bound)
	for pause := firstBackoff; ; pause = min(2*pause, maxBackoff) {
		err := f(ctx)
		left := end.Sub(clock.Now())
		if KindOf(err) != AccessDenied && !strangePrincipal(err) || left <= 0 {
			return err
		}
		if stopped := clock.Sleep(ctx, min(pause, left)); stopped != nil {
			return err
		}
	}
}
