package cloudformation

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// mostTemplate is how many bytes a template in the request itself can have (CloudFormation quotas); one in a bucket can have 1 MB.
const mostTemplate = 51200

type parameterIn struct{ ParameterKey, ParameterValue string }

// parametersIn is a list of them. Clients write an empty list as an empty text.
type parametersIn []parameterIn

// UnmarshalJSON reads both.
func (p *parametersIn) UnmarshalJSON(text []byte) error {
	if string(text) == `""` {
		return nil
	}
	return json.Unmarshal(text, (*[]parameterIn)(p))
}

// given reports whether a member of a request holds anything.
func given(v any) bool { return v != nil && v != "" }

// creation is the request. What stands in others is refused: it would change what a stack does, and the twin does not do it.
type creation struct {
	StackName, TemplateBody, TemplateURL string
	Parameters                           parametersIn
	OnFailure, ClientRequestToken        string
	DisableRollback                      bool `json:",string"`
	EnableTerminationProtection          bool `json:",string"`
	others
}

type others struct {
	RoleARN, StackPolicyBody, StackPolicyURL, TimeoutInMinutes                     string
	NotificationARNs, ResourceTypes, Tags, RollbackConfiguration, DeploymentConfig any
}

func (o others) refuse() error {
	for _, other := range []struct {
		given bool
		what  string
	}{{o.RoleARN != "", "a stack's service role"}, {o.StackPolicyBody+o.StackPolicyURL != "", "stack policies"}, {o.TimeoutInMinutes != "", "a stack's timeout"},
		{given(o.NotificationARNs), "notifications of stacks"}, {given(o.ResourceTypes), "ResourceTypes of a stack"}, {given(o.Tags), "tags of a stack"},
		{given(o.RollbackConfiguration), "rollback triggers"}, {given(o.DeploymentConfig), "the deployment configuration of a stack"}} {
		if other.given {
			return notModelled(other.what)
		}
	}
	return nil
}

// createStack judges the template and announces the making; the order in which faults are found is INFERRED. Templates in a bucket and in
// YAML are not modelled.
func createStack(r *kernel.Request) (any, error) {
	var in creation
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	_, values, err := in.judge()
	if err != nil {
		return nil, err
	}
	if _, there := find(r, in.StackName); there {
		return nil, kernel.Errorf("AlreadyExistsException", "Stack [%s] already exists", in.StackName)
	}
	s := newStack(r, in, values)
	s.change(r, creating, "User Initiated")
	s.keep(r)
	r.After(r.Takes(estate.TimeStackCreated), kernel.Event{Kind: eventStack, Subject: s.ID})
	return struct {
		StackID string `xml:"StackId"`
	}{s.ID}, nil
}

// newStack has an id that no stack of its name had before.
func newStack(r *kernel.Request, in creation, values map[string]string) *stack {
	nth := strconv.Itoa(r.Count("cloudformation/" + in.StackName))
	id := stackARN(r, in.StackName, kernel.UUID("stack", stackARN(r, in.StackName, ""), nth))
	return &stack{ID: id, Name: in.StackName, Created: r.Now(), Template: in.TemplateBody, Parameters: values,
		OnFailure: in.onFailure(), Protected: in.EnableTerminationProtection, Caller: r.Caller, Token: in.ClientRequestToken}
}

// onFailure is what becomes of a stack that fails; to roll back is the default (CloudFormation API reference).
func (in creation) onFailure() string {
	if in.DisableRollback {
		return "DO_NOTHING"
	}
	return cmp.Or(in.OnFailure, "ROLLBACK")
}

// judge reads the template and gives its parameters their values.
func (in creation) judge() (t template, values map[string]string, err error) {
	if err := in.check(); err != nil {
		return t, nil, err
	}
	if t, err = parse(in.TemplateBody); err != nil {
		return t, nil, err
	}
	if values, err = t.fill(in.Parameters); err != nil {
		return t, nil, err
	}
	_, err = t.order()
	return t, values, err
}

// check refuses what is wrong with the request. The text about the length is AWS's, as projects quote it; AWS puts the whole template into
// it, which the twin leaves out.
func (in creation) check() error {
	switch {
	case !stackName.MatchString(in.StackName):
		return validation("1 validation error detected: Value '%s' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", in.StackName)
	case in.TemplateBody == "" && in.TemplateURL == "":
		return validation("Either Template URL or Template Body must be specified.")
	case in.TemplateURL != "":
		return notModelled("a template in Amazon S3")
	case len(in.TemplateBody) > mostTemplate:
		return validation("1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", mostTemplate)
	case !slices.Contains([]string{"", "DO_NOTHING", "ROLLBACK", "DELETE"}, in.OnFailure):
		return validation("1 validation error detected: Value '%s' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]", in.OnFailure)
	case in.OnFailure != "" && in.DisableRollback: // API reference: either, not both; the text is INFERRED
		return validation("Either DisableRollback or OnFailure can be specified, not both.")
	}
	return in.refuse()
}

// deleteStack announces the deletion. A stack that is not there is no error, and one that is being deleted is left to that (CloudFormation
// API reference; the text about protection is INFERRED).
func deleteStack(r *kernel.Request) (any, error) {
	var in struct {
		StackName, RoleARN, DeletionMode, ClientRequestToken string
		RetainResources                                      any
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if given(in.RetainResources) || in.RoleARN != "" || in.DeletionMode != "" && in.DeletionMode != "STANDARD" {
		return nil, notModelled("RetainResources, RoleARN and DeletionMode of a deletion")
	}
	s, ok := find(r, in.StackName)
	if !ok || s.Status == deleting || s.Status == deleted {
		return nil, nil
	}
	if s.Protected {
		return nil, validation("Stack [%s] cannot be deleted while TerminationProtection is enabled", s.Name)
	}
	r.Cancel(eventStack, s.ID)
	s.Caller, s.Token = r.Caller, in.ClientRequestToken
	s.change(r, deleting, "User Initiated")
	s.keep(r)
	r.After(r.Takes(estate.TimeStackDeleted), kernel.Event{Kind: eventStack, Subject: s.ID})
	return nil, nil
}
