package cloud

import (
	"cmp"
	"context"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// AssetPermissions gives who may do what with an asset of a bundle type, sorted by principal, without what a folder hands down. VPC
// connections and refresh schedules have no permissions: nil.
func (q Quick) AssetPermissions(ctx context.Context, kind estate.AssetType, id string) ([]estate.AssetGrant, error) {
	s, ok := sharing[kind]
	switch {
	case ok:
		found, err := s.read(ctx, q, id)
		return grants(found), err
	case slices.Contains(estate.BundleTypes, kind):
		return nil, nil
	default:
		return nil, q.noCall("DescribePermissions", kind)
	}
}

// UpdateAssetPermissions gives and takes whole sets of actions (quick-api 4.1). It makes as many calls as AWS's limits of the lists
// need, and gives before it takes, so that no asset is without an owner in between. After an error some of the calls may have had
// their effect: read the permissions before doing the rest.
func (q Quick) UpdateAssetPermissions(ctx context.Context, kind estate.AssetType, id string, grant, revoke []estate.AssetGrant) error {
	s, ok := sharing[kind]
	if !ok {
		return q.noCall("UpdatePermissions", kind)
	}
	return inTurn(grant, revoke, s.limit, func(grant, revoke []types.ResourcePermission) error { return s.write(ctx, q, id, grant, revoke) })
}

// LinkPermissions gives the namespaces in which everybody who has a dashboard's address may see it; AssetPermissions does not hold them.
func (q Quick) LinkPermissions(ctx context.Context, dashboard string) ([]estate.AssetGrant, error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeDashboardPermissions, &quicksight.DescribeDashboardPermissionsInput{AwsAccountId: q.id, DashboardId: &dashboard})
	if err != nil || out.LinkSharingConfiguration == nil {
		return nil, err
	}
	return grants(out.LinkSharingConfiguration.Permissions), nil
}

// UpdateLinkPermissions is UpdateAssetPermissions for the address of a dashboard.
func (q Quick) UpdateLinkPermissions(ctx context.Context, dashboard string, grant, revoke []estate.AssetGrant) error {
	return inTurn(grant, revoke, sharing[estate.AssetDashboard].limit, func(grant, revoke []types.ResourcePermission) error {
		_, err := call(ctx, q.site, quickService, (*quicksight.Client).UpdateDashboardPermissions, &quicksight.UpdateDashboardPermissionsInput{AwsAccountId: q.id,
			DashboardId: &dashboard, GrantLinkPermissions: grant, RevokeLinkPermissions: revoke})
		return err
	})
}

// sharer reads and writes the permissions of one type of asset; a call takes up to limit entries to grant and as many to revoke.
type sharer struct {
	limit int
	read  func(context.Context, Quick, string) ([]types.ResourcePermission, error)
	write func(ctx context.Context, q Quick, id string, grant, revoke []types.ResourcePermission) error
}

// sharing has a row for every bundle type that has permissions; the limits are those of quick-api 4.1.
var sharing = map[estate.AssetType]sharer{
	estate.AssetAnalysis:   shared(estate.AssetAnalysis, 100, (*quicksight.Client).DescribeAnalysisPermissions, (*quicksight.Client).UpdateAnalysisPermissions),
	estate.AssetDashboard:  shared(estate.AssetDashboard, 100, (*quicksight.Client).DescribeDashboardPermissions, (*quicksight.Client).UpdateDashboardPermissions),
	estate.AssetDataSet:    shared(estate.AssetDataSet, 64, (*quicksight.Client).DescribeDataSetPermissions, (*quicksight.Client).UpdateDataSetPermissions),
	estate.AssetDataSource: shared(estate.AssetDataSource, 64, (*quicksight.Client).DescribeDataSourcePermissions, (*quicksight.Client).UpdateDataSourcePermissions),
	estate.AssetFolder:     shared(estate.AssetFolder, 64, (*quicksight.Client).DescribeFolderPermissions, (*quicksight.Client).UpdateFolderPermissions),
	estate.AssetTheme:      shared(estate.AssetTheme, 100, (*quicksight.Client).DescribeThemePermissions, (*quicksight.Client).UpdateThemePermissions),
}

// shared makes one row. All these calls have the same members; only the list of a folder comes in pages.
func shared[RI, RO, WI, WO any](kind estate.AssetType, limit int, read quickCall[RI, RO], write quickCall[WI, WO]) sharer {
	_, paged := reflect.TypeFor[RI]().FieldByName("NextToken")
	return sharer{limit,
		func(ctx context.Context, q Quick, id string) (found []types.ResourcePermission, err error) {
			see := func(out *RO) {
				found = append(found, reflect.ValueOf(out).Elem().FieldByName("Permissions").Interface().([]types.ResourcePermission)...)
			}
			if paged {
				err = pages(ctx, q.site, quickService, read, about[RI](q, kind, id), see)
				return found, err
			}
			out, err := call(ctx, q.site, quickService, read, about[RI](q, kind, id))
			if err == nil {
				see(out)
			}
			return found, err
		},
		func(ctx context.Context, q Quick, id string, grant, revoke []types.ResourcePermission) error {
			in := about[WI](q, kind, id)
			v := reflect.ValueOf(in).Elem()
			v.FieldByName("GrantPermissions").Set(reflect.ValueOf(grant))
			v.FieldByName("RevokePermissions").Set(reflect.ValueOf(revoke))
			_, err := call(ctx, q.site, quickService, write, in)
			return err
		}}
}

// inTurn hands out both lists, at most limit entries of each at a time and never an empty list: what is granted, and with the last of it
// and after it what is revoked.
func inTurn(grant, revoke []estate.AssetGrant, limit int, send func(grant, revoke []types.ResourcePermission) error) error {
	take := func(from *[]estate.AssetGrant) (taken []types.ResourcePermission) {
		n := min(limit, len(*from))
		for _, g := range (*from)[:n] {
			taken = append(taken, types.ResourcePermission{Principal: aws.String(string(g.Principal)), Actions: g.Actions})
		}
		*from = (*from)[n:]
		return taken
	}
	for len(grant)+len(revoke) > 0 {
		granted := take(&grant)
		var revoked []types.ResourcePermission
		if len(grant) == 0 {
			revoked = take(&revoke)
		}
		if err := send(granted, revoked); err != nil {
			return err
		}
	}
	return nil
}

func grants(permissions []types.ResourcePermission) (found []estate.AssetGrant) {
	for _, p := range permissions {
		found = append(found, estate.AssetGrant{Principal: text[estate.ARN](p.Principal), Actions: slices.Sorted(slices.Values(p.Actions))})
	}
	slices.SortFunc(found, func(a, b estate.AssetGrant) int {
		return cmp.Or(cmp.Compare(a.Principal, b.Principal), slices.Compare(a.Actions, b.Actions))
	})
	return found
}
