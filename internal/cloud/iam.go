package cloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rehome/internal/estate"
)

var identityPolicies = api[iam.Client, iam.Options]{"iam", iam.NewFromConfig}

// maxSimulated is how many actions one call of the simulator is asked about; AWS gives no number, and a page holds 100 results.
const maxSimulated = 100

// SimulatePrincipalPolicy asks AWS which of the actions the account's caller may do on a resource, "*" for any. It judges identity policies,
// boundary and control policies, not key policies. The caller may be a role's session: its role is asked about.
func (c *Cloud) SimulatePrincipalPolicy(ctx context.Context, id estate.AccountID, actions []string, resource string, region estate.Region) (map[string]estate.Right, error) {
	who, err := c.Caller(ctx, id)
	if err != nil {
		return nil, err
	}
	rights := map[string]estate.Right{}
	source, err := c.policySource(ctx, id, who.ARN)
	if err != nil {
		return nil, err
	}
	slices.Sort(actions)
	in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &source, ActionNames: slices.Compact(actions), ResourceArns: []string{resource}, ContextEntries: calledIn(region), MaxItems: aws.Int32(maxSimulated)}
	for {
		out, err := call(ctx, site{c, id, globalRegion}, identityPolicies, (*iam.Client).SimulatePrincipalPolicy, in)
		if err != nil {
			return nil, err
		}
		for _, r := range out.EvaluationResults {
			rights[aws.ToString(r.EvalActionName)] = estate.Right(r.EvalDecision)
		}
		if !out.IsTruncated || out.Marker == nil {
			return rights, nil
		}
		in.Marker = out.Marker
	}
}

// calledIn tells the simulator where the action would be called: policies that keep accounts in Regions ask for that.
func calledIn(region estate.Region) []types.ContextEntry {
	if region == "" {
		return nil
	}
	return []types.ContextEntry{{ContextKeyName: aws.String("aws:RequestedRegion"), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{string(region)}}}
}

// policySource is what the simulator is asked about: the role behind a session. A session's ARN has lost the role's path (idc-kms
// 4.3), so IAM is asked for it; a caller who may not ask is tried without a path.
func (c *Cloud) policySource(ctx context.Context, id estate.AccountID, caller string) (string, error) {
	parts, ok := estate.ARN(caller).Split()
	names := strings.Split(parts[5], "/")
	if !ok || parts[2] != "sts" || len(names) != 3 || names[0] != "assumed-role" {
		return caller, nil
	}
	out, err := call(ctx, site{c, id, globalRegion}, identityPolicies, (*iam.Client).GetRole, &iam.GetRoleInput{RoleName: &names[1]})
	if KindOf(err) == AccessDenied {
		return "arn:aws:iam::" + string(id) + ":role/" + names[1], nil
	}
	if err != nil || out.Role == nil {
		return "", err
	}
	return aws.ToString(out.Role.Arn), nil
}
