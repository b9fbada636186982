package cloudformation

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// changeSet is one of a stack that is not there yet: that is how `aws cloudformation deploy` makes stacks. It is ready at once; at AWS that
// takes a moment (INFERRED: no client minds).
type changeSet struct {
	ID, Name, Template string
	Parameters         map[string]string
	OnFailure          string
	Created            time.Time
}

var changeSetName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

// createChangeSet is for new stacks only. The stack is there from then on, for review (CloudFormation API reference). The text about a
// stack that exists is as issues of public projects quote it.
func createChangeSet(r *kernel.Request) (any, error) {
	var in struct {
		creation
		ChangeSetName, ChangeSetType, OnStackFailure string
		ResourcesToImport                            any
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, there := find(r, in.StackName)
	if there {
		in.StackName = s.Name // it may be asked for by its id
	}
	switch {
	case !changeSetName.MatchString(in.ChangeSetName):
		return nil, validation("1 validation error detected: Value '%s' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", in.ChangeSetName)
	case in.ChangeSetType != "CREATE" && !there:
		return nil, validation("Stack [%s] does not exist", in.StackName)
	case in.ChangeSetType != "CREATE" || given(in.ResourcesToImport):
		return nil, notModelled("change sets of stacks that are there")
	case there && s.Status != inReview:
		return nil, validation("Stack [%s] already exists and cannot be created again with the changeSet [%s].", in.StackName, in.ChangeSetName)
	}
	in.OnFailure = in.OnStackFailure
	_, values, err := in.judge()
	if err != nil {
		return nil, err
	}
	if !there {
		s = newStack(r, in.creation, nil)
		s.change(r, inReview, "User Initiated")
	}
	if slices.ContainsFunc(s.ChangeSets, func(c changeSet) bool { return c.Name == in.ChangeSetName }) {
		return nil, kernel.Errorf("AlreadyExistsException", "ChangeSet %s already exists", in.ChangeSetName) // INFERRED
	}
	id := strings.Replace(stackARN(r, "", ""), ":stack/", ":changeSet/"+in.ChangeSetName, 1)
	c := changeSet{ID: id + kernel.UUID("change-set", s.ID, in.ChangeSetName), Name: in.ChangeSetName, Template: in.TemplateBody, Parameters: values, OnFailure: in.onFailure(), Created: r.Now()}
	s.ChangeSets = append(s.ChangeSets, c)
	s.keep(r)
	return struct {
		ID      string `xml:"Id"`
		StackID string `xml:"StackId"`
	}{c.ID, s.ID}, nil
}

// findChangeSet takes a name with the stack's, or an ARN alone.
func findChangeSet(r *kernel.Request, stackName, name string) (*stack, changeSet, error) {
	for _, s := range stacks(r) {
		for _, c := range s.ChangeSets {
			if c.ID == name || c.Name == name && (s.ID == stackName || s.Name == stackName && s.Status != deleted) {
				return s, c, nil
			}
		}
	}
	return nil, changeSet{}, kernel.Errorf("ChangeSetNotFound", "ChangeSet [%s] does not exist", name).WithStatus(404)
}

type changeOut struct {
	Type           string
	ResourceChange struct {
		Action            string
		LogicalResourceID string `xml:"LogicalResourceId"`
		ResourceType      string
	}
}

// describeChangeSet lists what would be added.
func describeChangeSet(r *kernel.Request) (any, error) {
	var in struct{ StackName, ChangeSetName string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, c, err := findChangeSet(r, in.StackName, in.ChangeSetName)
	if err != nil {
		return nil, err
	}
	t, err := parse(c.Template)
	if err != nil {
		return nil, err
	}
	out := struct {
		ChangeSetName   string
		ChangeSetID     string `xml:"ChangeSetId"`
		StackID         string `xml:"StackId"`
		StackName       string
		Parameters      []parameterOut `xml:"Parameters>member"`
		CreationTime    kernel.Timestamp
		ExecutionStatus string
		Status          string
		Changes         []changeOut `xml:"Changes>member"`
	}{ChangeSetName: c.Name, ChangeSetID: c.ID, StackID: s.ID, StackName: s.Name, Parameters: t.show(c.Parameters), CreationTime: kernel.Timestamp(c.Created), ExecutionStatus: "AVAILABLE", Status: created}
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		one := changeOut{Type: "Resource"}
		one.ResourceChange.Action, one.ResourceChange.LogicalResourceID, one.ResourceChange.ResourceType = "Add", name, t.Resources[name].Type
		out.Changes = append(out.Changes, one)
	}
	return out, nil
}

// executeChangeSet makes the stack; all its change sets are gone then (CloudFormation API reference).
func executeChangeSet(r *kernel.Request) (any, error) {
	var in struct {
		StackName, ChangeSetName, ClientRequestToken string
		DisableRollback                              bool `json:",string"`
		RetainExceptOnCreate                         json.RawMessage
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, c, err := findChangeSet(r, in.StackName, in.ChangeSetName)
	if err != nil {
		return nil, err
	}
	s.Template, s.Parameters, s.OnFailure, s.ChangeSets, s.Caller, s.Token = c.Template, c.Parameters, c.OnFailure, nil, r.Caller, in.ClientRequestToken
	if in.DisableRollback {
		s.OnFailure = "DO_NOTHING"
	}
	s.change(r, creating, "User Initiated")
	s.keep(r)
	r.After(r.Takes(estate.TimeStackCreated), kernel.Event{Kind: eventStack, Subject: s.ID})
	return struct{}{}, nil
}

// deleteChangeSet leaves the stack for review. One that is not there is no error (INFERRED).
func deleteChangeSet(r *kernel.Request) (any, error) {
	var in struct{ StackName, ChangeSetName string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, c, err := findChangeSet(r, in.StackName, in.ChangeSetName)
	if err != nil {
		return struct{}{}, nil
	}
	s.ChangeSets = slices.DeleteFunc(s.ChangeSets, func(o changeSet) bool { return o.ID == c.ID })
	s.keep(r)
	return struct{}{}, nil
}
