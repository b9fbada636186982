package cloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// AssetTags gives the tags of whatever has the ARN; nil when it has none.
func (q Quick) AssetTags(ctx context.Context, arn estate.ARN) (map[string]string, error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).ListTagsForResource, &quicksight.ListTagsForResourceInput{ResourceArn: aws.String(string(arn))})
	if err != nil || len(out.Tags) == 0 {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

// TagAsset adds tags and changes those that are there already.
func (q Quick) TagAsset(ctx context.Context, arn estate.ARN, tags map[string]string) error {
	if len(tags) == 0 {
		return nil
	}
	in := &quicksight.TagResourceInput{ResourceArn: aws.String(string(arn))}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).TagResource, in)
	return err
}

// UntagAsset takes tags away, by key.
func (q Quick) UntagAsset(ctx context.Context, arn estate.ARN, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).UntagResource, &quicksight.UntagResourceInput{ResourceArn: aws.String(string(arn)), TagKeys: keys})
	return err
}
