// Package cloudformation is the twin's AWS CloudFormation, as far as stacks of Quick assets go: it reads a template in JSON, makes its
// resources by calls to Quick as the caller, in the order of what they use, rolls back what failed, and deletes what a stack made. From
// the making on the stack owns the assets. It must not make anything but Quick assets, and it must not change an asset otherwise than by
// a call to Quick.
package cloudformation

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// eventStack is what is under way in a stack coming to its end; the stack's status tells what that is. Subject: the stack's id.
const eventStack = "cloudformation/stack"

// Service is CloudFormation for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "cloudformation", IAM: "cloudformation",
		Handlers: map[string]kernel.Handler{
			"CreateStack":            createStack,
			"CreateChangeSet":        createChangeSet,
			"DescribeChangeSet":      describeChangeSet,
			"ExecuteChangeSet":       executeChangeSet,
			"DeleteChangeSet":        deleteChangeSet,
			"DeleteStack":            deleteStack,
			"DescribeStacks":         describeStacks,
			"DescribeStackEvents":    describeStackEvents,
			"DescribeStackResources": describeStackResources,
		},
		Events: map[string]kernel.EventHandler{eventStack: goOn},
		Resource: func(r *kernel.Request) string {
			var in struct{ StackName string }
			switch err := r.Decode(&in); {
			case err != nil || in.StackName == "":
				return "*"
			case strings.HasPrefix(in.StackName, "arn:"):
				return in.StackName
			}
			return stackARN(r, in.StackName, "*") // service authorization reference: stack/${StackName}/${Id}
		},
	}
}

// The statuses of stacks and, but for the rollbacks, of resources (CloudFormation API reference, Stack).
const (
	inReview       = "REVIEW_IN_PROGRESS" // there is a change set, and nothing else yet
	creating       = "CREATE_IN_PROGRESS"
	created        = "CREATE_COMPLETE"
	createFailed   = "CREATE_FAILED"
	rollingBack    = "ROLLBACK_IN_PROGRESS"
	rolledBack     = "ROLLBACK_COMPLETE"
	rollbackFailed = "ROLLBACK_FAILED"
	deleting       = "DELETE_IN_PROGRESS"
	deleted        = "DELETE_COMPLETE"
	deleteFailed   = "DELETE_FAILED"
	deleteSkipped  = "DELETE_SKIPPED"
)

// stack is one, as its record holds it.
type stack struct {
	ID, Name       string
	Status, Reason string
	Created        time.Time
	Deleted        time.Time         `json:",omitzero"`
	Template       string            // as it came
	Parameters     map[string]string // whole: defaults too
	OnFailure      string
	Protected      bool          `json:",omitempty"`
	Caller         kernel.Caller // of the call that is being carried out: whatever is done is done as that one
	Token          string        `json:",omitempty"` // of the client's request
	Resources      []made        // in the order in which they were begun
	Events         []happening   // oldest first
	ChangeSets     []changeSet   `json:",omitempty"`
}

// made is a resource of a stack.
type made struct {
	Logical, Type, Status, Reason string
	Physical                      string // of the asset; empty: there is none
	ARN                           estate.ARN
	Keep                          string // its DeletionPolicy
	Since                         time.Time
	Delete                        map[string]any // the request that deletes it
}

// happening is one entry of what DescribeStackEvents lists.
type happening struct {
	ID, Logical, Physical, Type, Status, Reason string
	At                                          time.Time
	Token                                       string `json:",omitempty"`
}

func stackARN(r *kernel.Request, name, id string) string {
	return "arn:aws:cloudformation:" + string(r.Region) + ":" + string(r.Account) + ":stack/" + name + "/" + id
}

// prefix begins the keys of the records of an account's stacks in a Region.
func prefix(r *kernel.Request) string {
	return "cloudformation/" + string(r.Account) + "/" + string(r.Region) + "/"
}

func (s *stack) keep(r *kernel.Request) {
	_, rest, _ := strings.Cut(s.ID, ":stack/")
	r.SetRecord(prefix(r)+rest, s)
}

// stacks are all of the account and Region, newest first; deleted ones are among them for 90 days (CloudFormation API reference).
func stacks(r *kernel.Request) []*stack {
	var out []*stack
	for _, key := range r.Records(prefix(r)) {
		s := &stack{}
		r.Record(key, s)
		if s.Status != deleted || r.Now().Sub(s.Deleted) < 90*24*time.Hour {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *stack) int { return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.Name, b.Name)) })
	return out
}

// find looks a stack up by name or id; a deleted one only goes by its id (CloudFormation API reference, DescribeStacks).
func find(r *kernel.Request, nameOrID string) (*stack, bool) {
	for _, s := range stacks(r) {
		if s.ID == nameOrID || s.Name == nameOrID && s.Status != deleted {
			return s, true
		}
	}
	return nil, false
}

// change gives the stack another status and notes that.
func (s *stack) change(r *kernel.Request, status, reason string) {
	s.Status, s.Reason = status, reason
	s.note(r, happening{Logical: s.Name, Physical: s.ID, Type: "AWS::CloudFormation::Stack", Status: status, Reason: reason})
}

// change gives a resource another status and notes that.
func (m *made) change(r *kernel.Request, s *stack, status, reason string) {
	m.Status, m.Reason, m.Since = status, reason, r.Now()
	s.note(r, happening{Logical: m.Logical, Physical: m.Physical, Type: m.Type, Status: status, Reason: reason})
}

func (s *stack) note(r *kernel.Request, h happening) {
	h.At, h.Token = r.Now(), s.Token
	h.ID = h.Logical + "-" + h.Status + "-" + h.At.UTC().Format("2006-01-02T15:04:05.000Z") // as the user guide shows them
	if h.Physical == s.ID {
		h.ID = kernel.UUID("stack-event", s.ID, strconv.Itoa(len(s.Events)))
	}
	s.Events = append(s.Events, h)
}

var stackName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

func validation(format string, args ...any) *kernel.Error {
	return kernel.Errorf("ValidationError", format, args...)
}

func notModelled(what string) *kernel.Error { return kernel.NotModelled(what) }
