package cli_test

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
	"github.com/rogpeppe/go-internal/testscript"
)

// stack makes a stack in us-east-1 of a template, or deletes one, with the AWS SDK, and waits for the status that it must end with:
//
//	stack STATUS create NAME FILE KEY=VALUE...
//	stack STATUS delete NAME
func stack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: stack STATUS create NAME FILE KEY=VALUE... | stack STATUS delete NAME")
	}
	want, name := args[0], args[2]
	c := cloudformation.New(cloudformation.Options{Region: "us-east-1", BaseEndpoint: aws.String(ts.Getenv("AWS_ENDPOINT_URL")), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(ts.Getenv("AWS_ACCESS_KEY_ID"), "secret", "")})
	at := name
	switch args[1] {
	case "create":
		text, err := os.ReadFile(ts.MkAbs(args[3]))
		ts.Check(err)
		in := &cloudformation.CreateStackInput{StackName: &name, TemplateBody: aws.String(string(text))}
		for _, p := range args[4:] {
			key, value, _ := strings.Cut(p, "=")
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &key, ParameterValue: &value})
		}
		out, err := c.CreateStack(context.Background(), in)
		ts.Check(err)
		at = *out.StackId
	case "delete":
		out, err := c.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{StackName: &name})
		ts.Check(err)
		at = *out.Stacks[0].StackId // a deleted stack has no other name
		_, err = c.DeleteStack(context.Background(), &cloudformation.DeleteStackInput{StackName: &name})
		ts.Check(err)
	}
	for range 5 {
		out, err := c.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{StackName: &at})
		if refusal := (smithy.APIError)(nil); errors.As(err, &refusal) {
			ts.Fatalf("%s", refusal.ErrorMessage())
		}
		ts.Check(err)
		if status := string(out.Stacks[0].StackStatus); !strings.HasSuffix(status, "_IN_PROGRESS") {
			if status != want {
				ts.Fatalf("the stack ended with %s, not %s: %s", status, want, aws.ToString(out.Stacks[0].StackStatusReason))
			}
			return
		}
	}
	ts.Fatalf("the stack does not end")
}
