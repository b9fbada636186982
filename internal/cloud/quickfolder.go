package cloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// FolderMembers gives the assets that lie in a folder itself, sorted; folders in it are none of them.
func (q Quick) FolderMembers(ctx context.Context, folder string) ([]estate.ARN, error) {
	var members []estate.ARN
	in := &quicksight.ListFolderMembersInput{AwsAccountId: q.id, FolderId: &folder}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListFolderMembers, in, func(out *quicksight.ListFolderMembersOutput) {
		for _, m := range out.FolderMemberList {
			members = append(members, text[estate.ARN](m.MemberArn))
		}
	})
	slices.Sort(members)
	return members, err
}

// FoldersOf gives the ids of the folders that hold an asset, sorted. The type has to be one that folders hold.
func (q Quick) FoldersOf(ctx context.Context, arn estate.ARN) ([]string, error) {
	var folders []string
	in := &quicksight.ListFoldersForResourceInput{AwsAccountId: q.id, ResourceArn: aws.String(string(arn))}
	err := pages(ctx, q.site, quickService, (*quicksight.Client).ListFoldersForResource, in, func(out *quicksight.ListFoldersForResourceOutput) {
		for _, f := range out.Folders {
			if ref, _, ok := estate.ParseAssetARN(estate.ARN(f)); ok {
				f = ref.ID
			}
			folders = append(folders, f)
		}
	})
	slices.Sort(folders)
	return folders, err
}

// AddFolderMember puts an asset into a folder. It is Unsupported for types that folders do not hold, and Exists for one that is in it.
func (q Quick) AddFolderMember(ctx context.Context, folder string, kind estate.AssetType, id string) error {
	member := types.MemberType(strings.ToUpper(string(kind))) // quick-api 5: DASHBOARD ANALYSIS DATASET DATASOURCE TOPIC
	if !slices.Contains(member.Values(), member) {
		return q.noCall("CreateFolderMembership", kind)
	}
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).CreateFolderMembership,
		&quicksight.CreateFolderMembershipInput{AwsAccountId: q.id, FolderId: &folder, MemberType: member, MemberId: &id})
	return err
}
