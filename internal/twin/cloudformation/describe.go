package cloudformation

import (
	"maps"
	"slices"

	"rehome/internal/twin/kernel"
)

type parameterOut struct{ ParameterKey, ParameterValue string }

// stackOut is a stack as DescribeStacks shows it.
type stackOut struct {
	StackID                     string `xml:"StackId"`
	StackName                   string
	Description                 string         `xml:",omitempty"`
	Parameters                  []parameterOut `xml:"Parameters>member"`
	CreationTime                kernel.Timestamp
	DeletionTime                *kernel.Timestamp `xml:",omitempty"`
	StackStatus                 string
	StackStatusReason           string `xml:",omitempty"`
	DisableRollback             bool
	EnableTerminationProtection bool
}

func (s *stack) show() stackOut {
	out := stackOut{StackID: s.ID, StackName: s.Name, CreationTime: kernel.Timestamp(s.Created), StackStatus: s.Status, StackStatusReason: s.Reason,
		DisableRollback: s.OnFailure == "DO_NOTHING", EnableTerminationProtection: s.Protected}
	if s.Status == deleted {
		at := kernel.Timestamp(s.Deleted)
		out.DeletionTime = &at
	}
	t, err := parse(s.Template)
	if err != nil {
		return out // it was read when the stack was made
	}
	out.Description = t.Description
	out.Parameters = t.show(s.Parameters)
	return out
}

// show lists parameters by name, those hidden that are not to be echoed.
func (t template) show(values map[string]string) []parameterOut {
	var out []parameterOut
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		if hidden := t.Parameters[name].NoEcho; hidden == true || hidden == "true" {
			value = "****"
		}
		out = append(out, parameterOut{name, value})
	}
	return out
}

// stackPage is how many stacks or events are on a page. For events it is 100 (CloudFormation API reference), for stacks INFERRED.
const stackPage = 100

func badToken() error { return validation("The NextToken value is not valid.") } // INFERRED

// describeStacks shows one stack, or all that are not deleted. The text about a missing one is AWS's: the AWS CLI looks for it.
func describeStacks(r *kernel.Request) (any, error) {
	var in struct{ StackName, NextToken string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	var all []stackOut
	if in.StackName != "" {
		s, ok := find(r, in.StackName)
		if !ok {
			return nil, validation("Stack with id %s does not exist", in.StackName)
		}
		all = append(all, s.show())
	} else {
		for _, s := range stacks(r) {
			if s.Status != deleted {
				all = append(all, s.show())
			}
		}
	}
	page, next, ok := kernel.Page(r, all, in.NextToken, 0, stackPage)
	if !ok {
		return nil, badToken()
	}
	return struct {
		Stacks    []stackOut `xml:"Stacks>member"`
		NextToken string     `xml:",omitempty"`
	}{page, next}, nil
}

type eventOut struct {
	EventID              string `xml:"EventId"`
	StackID              string `xml:"StackId"`
	StackName            string
	LogicalResourceID    string `xml:"LogicalResourceId"`
	PhysicalResourceID   string `xml:"PhysicalResourceId,omitempty"`
	ResourceType         string
	Timestamp            kernel.Timestamp
	ResourceStatus       string
	ResourceStatusReason string `xml:",omitempty"`
	ClientRequestToken   string `xml:",omitempty"`
}

// describeStackEvents lists the newest first (CloudFormation API reference).
func describeStackEvents(r *kernel.Request) (any, error) {
	var in struct{ StackName, NextToken string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	s, ok := find(r, in.StackName)
	if !ok {
		return nil, validation("Stack [%s] does not exist", in.StackName)
	}
	var all []eventOut
	for _, h := range slices.Backward(s.Events) {
		all = append(all, eventOut{h.ID, s.ID, s.Name, h.Logical, h.Physical, h.Type, kernel.Timestamp(h.At), h.Status, h.Reason, h.Token})
	}
	page, next, ok := kernel.Page(r, all, in.NextToken, 0, stackPage)
	if !ok {
		return nil, badToken()
	}
	return struct {
		StackEvents []eventOut `xml:"StackEvents>member"`
		NextToken   string     `xml:",omitempty"`
	}{page, next}, nil
}

type resourceOut struct {
	StackID              string `xml:"StackId"`
	StackName            string
	LogicalResourceID    string `xml:"LogicalResourceId"`
	PhysicalResourceID   string `xml:"PhysicalResourceId,omitempty"`
	ResourceType         string
	Timestamp            kernel.Timestamp
	ResourceStatus       string
	ResourceStatusReason string `xml:",omitempty"`
}

// describeStackResources lists what the stack owns; a deleted stack only goes by its id. At most 100 are listed (CloudFormation API
// reference). Asking by an asset is not modelled.
func describeStackResources(r *kernel.Request) (any, error) {
	var in struct{ StackName, LogicalResourceId, PhysicalResourceId string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.PhysicalResourceId != "" || in.StackName == "" {
		return nil, notModelled("DescribeStackResources by a physical id")
	}
	s, ok := find(r, in.StackName)
	if !ok {
		return nil, validation("Stack with id %s does not exist", in.StackName)
	}
	var all []resourceOut
	for _, m := range s.Resources {
		if in.LogicalResourceId == "" || in.LogicalResourceId == m.Logical {
			all = append(all, resourceOut{s.ID, s.Name, m.Logical, m.Physical, m.Type, kernel.Timestamp(m.Since), m.Status, m.Reason})
		}
	}
	return struct {
		StackResources []resourceOut `xml:"StackResources>member"`
	}{all[:min(100, len(all))]}, nil
}
