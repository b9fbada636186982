package kms_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// edit changes the copy of the key in us-east-1 before the twin starts.
func edit(change func(*estate.KeyCopy)) func(*kernel.Config) {
	return func(c *kernel.Config) {
		kernel.EditAt(c.World.Estate.Accounts[owner].Keys[mrk].Copies, "us-east-1", func(k *estate.Known[estate.KeyCopy]) { kernel.Edit(k, change) })
	}
}

func TestTagsComeAndGo(t *testing.T) {
	w := start(t, edit(func(c *estate.KeyCopy) { c.Tags = estate.Of(map[string]string{"old": "0"}) }))
	east := w.client("us-east-1", "TWIN"+owner)
	if _, err := east.TagResource(t.Context(), &awskms.TagResourceInput{KeyId: aws.String(mrk), Tags: []types.Tag{
		{TagKey: aws.String("new"), TagValue: aws.String("1")}, {TagKey: aws.String("old"), TagValue: aws.String("2")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := east.UntagResource(t.Context(), &awskms.UntagResourceInput{KeyId: aws.String(mrk), TagKeys: []string{"new", "unknown"}}); err != nil {
		t.Fatal(err)
	}
	out, err := east.ListResourceTags(t.Context(), &awskms.ListResourceTagsInput{KeyId: aws.String(replica)})
	if err != nil || pairs(out.Tags) != "old=2" {
		t.Errorf("%v %v", err, out)
	}
	_, err = w.client("ap-south-1", "TWIN"+owner).ListResourceTags(t.Context(), &awskms.ListResourceTagsInput{KeyId: aws.String(mrk)})
	if want := "TwinDoesNotKnow: twin does not know /accounts/111122223333/keys/" + mrk + "/copies/ap-south-1/tags"; code(err) != want {
		t.Errorf("tags that nobody read: %s", code(err))
	}
}

// The texts are those of idc-kms 2.6.
func TestTagsThatKMSRefuses(t *testing.T) {
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = types.Tag{TagKey: aws.String("k" + strconv.Itoa(i)), TagValue: aws.String("")}
	}
	one := func(key string) types.Tag { return types.Tag{TagKey: aws.String(key), TagValue: aws.String("v")} }
	for name, tc := range map[string]struct {
		tags []types.Tag
		want string
	}{
		"twice the same": {[]types.Tag{one("a"), one("a")}, "TagException: Duplicate tag keys"},
		"fifty-one":      {many, "TagException: Too many tags"},
		"AWS's own":      {[]types.Tag{one("aws:cloudformation")}, "TagException: Tags beginning with aws: are reserved"},
		"no name":        {[]types.Tag{one("")}, "ValidationException: 1 validation error detected: "},
	} {
		w := start(t, edit(func(c *estate.KeyCopy) { c.Tags = estate.Of(map[string]string{}) }))
		_, err := w.client("us-east-1", "TWIN"+owner).TagResource(t.Context(), &awskms.TagResourceInput{KeyId: aws.String(mrk), Tags: tc.tags})
		if !strings.HasPrefix(code(err), tc.want) || err == nil {
			t.Errorf("%s: %s", name, code(err))
		}
	}
}
