package iam

import (
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/policy"
	"rehome/internal/twin/kernel"
)

type contextEntry struct {
	Name   string   `json:"ContextKeyName"`
	Values []string `json:"ContextKeyValues"`
}

type simulateInput struct {
	Source    estate.ARN     `json:"PolicySourceArn"`
	Actions   []string       `json:"ActionNames"`
	Resources []string       `json:"ResourceArns"`
	Context   []contextEntry `json:"ContextEntries"`
	Caller    estate.ARN     `json:"CallerArn"`
	MaxItems  int            `json:",string"`
	Marker    string

	// What would replace or add to the policies of the world.
	Policies       []string `json:"PolicyInputList"`
	Boundaries     []string `json:"PermissionsBoundaryPolicyInputList"`
	Excluded       any      `json:"PolicyExclusionList"`
	ResourcePolicy string
	ResourceOwner  string
	Handling       string `json:"ResourceHandlingOption"`
}

type organizations struct{ AllowedByOrganizations bool }

type boundary struct{ AllowedByPermissionsBoundary bool }

type evaluation struct {
	EvalActionName                    string
	EvalResourceName                  string
	EvalDecision                      estate.Right
	MissingContextValues              []string `xml:"MissingContextValues>member"`
	OrganizationsDecisionDetail       *organizations
	PermissionsBoundaryDecisionDetail *boundary
}

type simulation struct {
	EvaluationResults []evaluation `xml:"EvaluationResults>member"`
	IsTruncated       bool
	Marker            string `xml:",omitempty"`
}

// simulatePrincipalPolicy judges a role of the caller's account by its identity policies, its boundary and the organization's service
// control policies. Resource policies have no part in it, key policies neither (IAM API reference, SimulatePrincipalPolicy).
func simulatePrincipalPolicy(r *kernel.Request) (any, error) {
	var in simulateInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	switch {
	case len(in.Actions) == 0 || in.Source == "":
		return nil, kernel.Errorf("ValidationError", "1 validation error detected: Value null at 'actionNames' or 'policySourceArn' failed to satisfy constraint: Member must not be null")
	case len(in.Policies)+len(in.Boundaries) > 0 || in.Excluded != nil || in.ResourcePolicy+in.ResourceOwner+in.Handling != "" ||
		in.Caller != "" && in.Caller != in.Source:
		return nil, kernel.NotModelled("SimulatePrincipalPolicy with policies, callers or resources that are not the role's own")
	}
	for _, action := range in.Actions {
		if !strings.Contains(action, ":") {
			return nil, kernel.Errorf("InvalidInput", "Invalid action name: %s", action)
		}
	}
	who, err := source(r, in.Source)
	if err != nil {
		return nil, err
	}
	results := []evaluation{}
	if len(in.Resources) == 0 {
		in.Resources = []string{"*"}
	}
	for _, action := range in.Actions {
		for _, resource := range in.Resources {
			e, err := in.evaluate(r.As(who), action, resource)
			if err != nil {
				return nil, err
			}
			results = append(results, e)
		}
	}
	page, next, ok := kernel.Page(r, results, in.Marker, in.MaxItems, 100) // page size: IAM API reference
	if !ok {
		return nil, kernel.Errorf("InvalidInput", "Invalid Marker")
	}
	return simulation{page, next != "", next}, nil
}

// evaluate is one action on one resource. Which of the keys that the request does not give AWS takes from the caller is INFERRED: its
// account, organization and role.
func (in simulateInput) evaluate(r *kernel.Request, action, resource string) (evaluation, error) {
	e := evaluation{EvalActionName: action, EvalResourceName: resource}
	q := policy.Request{Principal: r.Caller.Principal, Action: action, Resource: resource, Context: in.context(r)}
	layers := r.Layers(nil)
	var v policy.Verdict
	v, e.MissingContextValues = judge(layers, q)
	switch {
	case v.Decision == policy.Allow:
		e.EvalDecision = estate.RightAllowed
	case v.Decision == policy.Unknown:
		return e, r.Undecided(v, r.Account, "accounts", string(r.Account), "roles")
	case v.Explicit:
		e.EvalDecision = estate.RightExplicitDeny
	default:
		e.EvalDecision = estate.RightImplicitDeny
	}
	everything, err := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	if err != nil {
		return e, err
	}
	alone := policy.Layers{Identity: []*policy.Document{everything}, IdentityKnown: true, Management: layers.Management}
	if len(layers.SCPs) > 0 {
		only := alone
		only.SCPs = layers.SCPs
		v, _ := judge(only, q)
		e.OrganizationsDecisionDetail = &organizations{v.Decision == policy.Allow}
	}
	if len(layers.Boundary.Policies) > 0 {
		only := alone
		only.Boundary = layers.Boundary
		v, _ := judge(only, q)
		e.PermissionsBoundaryDecisionDetail = &boundary{v.Decision == policy.Allow}
	}
	return e, nil
}

// context has the keys of the request on top of those of the caller.
func (in simulateInput) context(r *kernel.Request) policy.Context {
	c := r.PolicyContext(r.Account)
	for _, key := range []string{"aws:RequestedRegion", "aws:SecureTransport", "aws:ViaAWSService", "aws:CalledVia", "aws:CalledViaFirst",
		"aws:CalledViaLast", "aws:CurrentTime", "aws:EpochTime"} {
		c = c.WithUnknown(key) // of the call that is imagined nothing is known
	}
	for _, entry := range in.Context {
		c = c.With(entry.Name, entry.Values...)
	}
	return c
}

// judge decides with keys that nobody gave taken as absent, and names them.
func judge(l policy.Layers, q policy.Request) (policy.Verdict, []string) {
	var missing []string
	for {
		v := policy.AuthorizeIdentity(l, q)
		more := unsaid(v, missing)
		if len(more) == 0 {
			slices.Sort(missing)
			return v, missing
		}
		for _, key := range more {
			missing = append(missing, key)
			q.Context = q.Context.With(key)
		}
	}
}

// unsaid are the keys that statements ask for and nobody has looked at.
func unsaid(v policy.Verdict, have []string) (keys []string) {
	for _, step := range v.Trace {
		key := step.Cause.Key
		if step.Cause.Note == policy.NoteNotLooked && key != "" && !slices.Contains(have, key) && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}
