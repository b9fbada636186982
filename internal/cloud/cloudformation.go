package cloud

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"rehome/internal/estate"
)

var stackService = api[cloudformation.Client, cloudformation.Options]{"cloudformation", cloudformation.NewFromConfig}

// Stacks is CloudFormation of one account and Region.
type Stacks struct{ site }

// Stacks goes to the given account and Region.
func (c *Cloud) Stacks(account estate.AccountID, region estate.Region) Stacks {
	return Stacks{site{c, account, region}}
}

// The limits of templates (CloudFormation quotas).
const (
	MaxTemplateBody = 51200   // bytes of a template in the call itself
	MaxTemplate     = 1 << 20 // bytes of one in a bucket
)

// StackStatus is the state of a stack. Those of updates and imports are nobody's here.
type StackStatus string

// The states (CloudFormation API reference, Stack).
const (
	StackCreating       StackStatus = "CREATE_IN_PROGRESS"
	StackCreated        StackStatus = "CREATE_COMPLETE"
	StackCreateFailed   StackStatus = "CREATE_FAILED" // what was made before it failed is there
	StackRollingBack    StackStatus = "ROLLBACK_IN_PROGRESS"
	StackRolledBack     StackStatus = "ROLLBACK_COMPLETE" // nothing is there, and the stack can only be deleted
	StackRollbackFailed StackStatus = "ROLLBACK_FAILED"
	StackDeleting       StackStatus = "DELETE_IN_PROGRESS"
	StackDeleted        StackStatus = "DELETE_COMPLETE"
	StackDeleteFailed   StackStatus = "DELETE_FAILED"
)

// Done reports whether nothing is under way.
func (s StackStatus) Done() bool { return !strings.HasSuffix(string(s), "_IN_PROGRESS") }

// Stack is a stack as it is now.
type Stack struct {
	ID      string // the ARN; the only name of a deleted stack
	Name    string
	Status  StackStatus
	Reason  string // AWS's words; often empty
	Created time.Time
}

// StackFailure is what happened to one resource.
type StackFailure struct {
	Resource string    `json:"resource"` // its name in the template
	Type     string    `json:"type"`
	Status   string    `json:"status"`
	Reason   string    `json:"reason"` // AWS's words
	At       time.Time `json:"at"`
}

// NewStack is a stack to be made.
type NewStack struct {
	Name       string
	Template   string            // up to MaxTemplateBody bytes
	Parameters map[string]string // those without an entry have their defaults
	// Token makes a repeated call the same one, so that an ambiguous failure can be tried again; empty: none.
	Token string
}

// CreateStack begins to make a stack and gives its id. From then on the stack owns what it makes. Exists means that one of that name is
// there. A failure of the making is rolled back, and told by DescribeStack.
func (s Stacks) CreateStack(ctx context.Context, n NewStack) (id string, err error) {
	in := &cloudformation.CreateStackInput{StackName: &n.Name, TemplateBody: &n.Template}
	for _, name := range slices.Sorted(maps.Keys(n.Parameters)) {
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &name, ParameterValue: aws.String(n.Parameters[name])})
	}
	if n.Token != "" {
		in.ClientRequestToken = &n.Token
	}
	out, err := call(ctx, s.site, stackService, (*cloudformation.Client).CreateStack, in)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.StackId), nil
}

// DescribeStack is NotFound when there is no such stack; a deleted one has no name any more, only its id.
func (s Stacks) DescribeStack(ctx context.Context, nameOrID string) (Stack, error) {
	out, err := call(ctx, s.site, stackService, (*cloudformation.Client).DescribeStacks, &cloudformation.DescribeStacksInput{StackName: &nameOrID})
	if err != nil {
		return Stack{}, unlessMissing(err)
	}
	if len(out.Stacks) != 1 {
		return Stack{}, odd[cloudformation.DescribeStacksInput](s.site, stackService.id, "not exactly one stack came back")
	}
	one := out.Stacks[0]
	return Stack{ID: aws.ToString(one.StackId), Name: aws.ToString(one.StackName), Status: StackStatus(one.StackStatus), Reason: aws.ToString(one.StackStatusReason), Created: moment(one.CreationTime)}, nil
}

// StackFailures are the resources that failed, the first failure first: most others are its consequences.
func (s Stacks) StackFailures(ctx context.Context, nameOrID string) ([]StackFailure, error) {
	var found []StackFailure
	in := &cloudformation.DescribeStackEventsInput{StackName: &nameOrID}
	err := pages(ctx, s.site, stackService, (*cloudformation.Client).DescribeStackEvents, in, func(out *cloudformation.DescribeStackEventsOutput) {
		for _, e := range out.StackEvents {
			if strings.HasSuffix(string(e.ResourceStatus), "_FAILED") && aws.ToString(e.PhysicalResourceId) != aws.ToString(e.StackId) {
				found = append(found, StackFailure{aws.ToString(e.LogicalResourceId), aws.ToString(e.ResourceType), string(e.ResourceStatus), aws.ToString(e.ResourceStatusReason), moment(e.Timestamp)})
			}
		}
	})
	slices.Reverse(found) // AWS gives the newest first
	return found, unlessMissing(err)
}

// DeleteStack begins to delete a stack with all that it made. One that is not there is no error.
func (s Stacks) DeleteStack(ctx context.Context, nameOrID string) error {
	_, err := call(ctx, s.site, stackService, (*cloudformation.Client).DeleteStack, &cloudformation.DeleteStackInput{StackName: &nameOrID})
	return err
}

// unlessMissing makes NotFound of the refusal about a stack that is not there. CloudFormation has no type for it, only the words that the
// AWS CLI looks for too.
func unlessMissing(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Code == "ValidationError" && strings.HasSuffix(e.Message, "does not exist") {
		e.Kind = NotFound
	}
	return err
}
