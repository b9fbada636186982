package quicksight_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

func grant(principal string, actions []string) []types.ResourcePermission {
	return []types.ResourcePermission{{Principal: &principal, Actions: actions}}
}

// TestPermissionsAreWholeSets, and one principal that is not there refuses the whole call.
func TestPermissionsAreWholeSets(t *testing.T) {
	author, analysts := somebody("user/default/author"), somebody("group/default/analysts")
	for _, tc := range []struct {
		name          string
		grant, revoke []types.ResourcePermission
		want, left    string // left: principals and the number of their actions
	}{
		{"a viewer", grant(analysts, viewsDashboard), nil, "ok", analysts + " 3, " + author + " 8"},
		{"everybody in the namespace", grant(somebody("namespace/default"), viewsDashboard), nil, "ok", somebody("namespace/default") + " 3, " + author + " 8"},
		{"everybody by a star", grant(somebody("user/default/*"), viewsDashboard), nil, "ok", somebody("user/default/*") + " 3, " + author + " 8"},
		{"with links", grant(author, append(slices.Clone(ownsDashboard), "quicksight:UpdateDashboardLinks")), nil, "ok", author + " 9"},
		{"a part of a set", grant(analysts, viewsDashboard[:2]), nil, "InvalidParameterValueException: The list of actions", ""},
		{"between the sets", grant(analysts, append(slices.Clone(viewsDashboard), "quicksight:UpdateDashboard")), nil, "InvalidParameterValueException: The list of actions", ""},
		{"another kind's set", grant(analysts, viewsSource), nil, "InvalidParameterValueException: The list of actions", ""},
		{"one of two is not there", append(grant(analysts, viewsDashboard), grant(somebody("user/default/stranger"), viewsDashboard)...), nil, "InvalidParameterValueException: The principal " + somebody("user/default/stranger") + " does not exist.", ""},
		{"the asset's Region", grant(named(ireland, "user/default/author"), viewsDashboard), nil, "InvalidParameterValueException: The principal", ""},
		{"no such namespace", grant(somebody("user/other/author"), viewsDashboard), nil, "InvalidParameterValueException: The principal", ""},
		{"everything taken", nil, grant(author, ownsDashboard), "ok", ""},
		{"an owner becomes a viewer", grant(author, viewsDashboard), grant(author, ownsDashboard), "ok", author + " 3"},
		{"half of it taken", nil, grant(author, viewsDashboard), "InvalidParameterValueException: The list of actions", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := furnish(t)
			c, board := w.in(account, ireland), aws.String("dashboard")
			_, err := c.UpdateDashboardPermissions(t.Context(), &quick.UpdateDashboardPermissionsInput{AwsAccountId: id, DashboardId: board, GrantPermissions: tc.grant, RevokePermissions: tc.revoke})
			w.mustBe(err, tc.want)
			out, err := c.DescribeDashboardPermissions(t.Context(), &quick.DescribeDashboardPermissionsInput{AwsAccountId: id, DashboardId: board})
			if err != nil || *out.DashboardArn != named(ireland, "dashboard/dashboard") {
				t.Fatal(err, out)
			}
			var got []string
			for _, p := range out.Permissions {
				got = append(got, fmt.Sprint(*p.Principal, " ", len(p.Actions)))
			}
			if tc.want != "ok" {
				tc.left = author + " 8"
			}
			if s := strings.Join(got, ", "); s != tc.left {
				t.Errorf("got  %s\nwant %s", s, tc.left)
			}
		})
	}
}

// TestEveryKindHasPermissions by the method that its operation has.
func TestEveryKindHasPermissions(t *testing.T) {
	w := furnish(t)
	c, author := w.in(account, ireland), somebody("user/default/author")
	set := func(words string) (out []string) {
		for _, a := range strings.Fields(words) {
			out = append(out, "quicksight:"+a)
		}
		return out
	}
	_, err := c.UpdateDataSourcePermissions(t.Context(), &quick.UpdateDataSourcePermissionsInput{AwsAccountId: id, DataSourceId: aws.String("source"), GrantPermissions: grant(author, viewsSource)})
	w.mustBe(err, "ok")
	a, err := c.DescribeDataSourcePermissions(t.Context(), &quick.DescribeDataSourcePermissionsInput{AwsAccountId: id, DataSourceId: aws.String("source")})
	w.holds(shown(t, a, err), author, `"DataSourceArn":"`+named(ireland, "datasource/source"))
	for _, n := range []string{"", " CreateRefreshSchedule UpdateRefreshSchedule DeleteRefreshSchedule ListRefreshSchedules PutDataSetRefreshProperties"} {
		_, err = c.UpdateDataSetPermissions(t.Context(), &quick.UpdateDataSetPermissionsInput{AwsAccountId: id, DataSetId: aws.String("data"), GrantPermissions: grant(author,
			set("DescribeDataSet DescribeDataSetPermissions PassDataSet DescribeIngestion ListIngestions UpdateDataSet DeleteDataSet CreateIngestion CancelIngestion UpdateDataSetPermissions"+n))})
		w.mustBe(err, "ok")
	}
	b, err := c.DescribeDataSetPermissions(t.Context(), &quick.DescribeDataSetPermissionsInput{AwsAccountId: id, DataSetId: aws.String("data")})
	w.holds(shown(t, b, err), author, `"DataSetArn":"`+named(ireland, "dataset/data"))
	_, err = c.UpdateAnalysisPermissions(t.Context(), &quick.UpdateAnalysisPermissionsInput{AwsAccountId: id, AnalysisId: aws.String("analysis"), GrantPermissions: grant(author,
		set("RestoreAnalysis UpdateAnalysisPermissions DeleteAnalysis QueryAnalysis DescribeAnalysisPermissions DescribeAnalysis UpdateAnalysis"))})
	w.mustBe(err, "ok")
	d, err := c.DescribeAnalysisPermissions(t.Context(), &quick.DescribeAnalysisPermissionsInput{AwsAccountId: id, AnalysisId: aws.String("analysis")})
	w.holds(shown(t, d, err), author, `"AnalysisArn":"`+named(ireland, "analysis/analysis"))
	_, err = c.UpdateThemePermissions(t.Context(), &quick.UpdateThemePermissionsInput{AwsAccountId: id, ThemeId: aws.String("theme"), GrantPermissions: grant(author, set("DescribeTheme DescribeThemeAlias ListThemeAliases ListThemeVersions"))})
	w.mustBe(err, "ok")
	e, err := c.DescribeThemePermissions(t.Context(), &quick.DescribeThemePermissionsInput{AwsAccountId: id, ThemeId: aws.String("theme")})
	w.holds(shown(t, e, err), author, `"ThemeArn":"`+named(ireland, "theme/theme"))
	_, err = c.UpdateFolderPermissions(t.Context(), &quick.UpdateFolderPermissionsInput{AwsAccountId: id, FolderId: aws.String("top"), GrantPermissions: grant(author, set("DescribeFolder"))})
	w.mustBe(err, "ok")
	f, err := c.DescribeFolderPermissions(t.Context(), &quick.DescribeFolderPermissionsInput{AwsAccountId: id, FolderId: aws.String("top")})
	w.holds(shown(t, f, err), author, `"Arn":"`+named(ireland, "folder/top"))
	g, err := c.DescribeFolderResolvedPermissions(t.Context(), &quick.DescribeFolderResolvedPermissionsInput{AwsAccountId: id, FolderId: aws.String("sub")})
	w.holds(shown(t, g, err), author, `"FolderId":"sub"`)
	_, err = c.UpdateDashboardPermissions(t.Context(), &quick.UpdateDashboardPermissionsInput{AwsAccountId: id, DashboardId: aws.String("dashboard"), GrantLinkPermissions: grant(somebody("namespace/default"), viewsDashboard)})
	w.mustBe(err, "ok")
	h, err := c.DescribeDashboardPermissions(t.Context(), &quick.DescribeDashboardPermissionsInput{AwsAccountId: id, DashboardId: aws.String("dashboard")})
	w.holds(shown(t, h, err), `"LinkSharingConfiguration":{"Permissions":[{"Actions":`)
}

// TestPeopleOfIdentityCenterCanBeGranted, by user name and by group, for assets in any Region.
func TestPeopleOfIdentityCenterCanBeGranted(t *testing.T) {
	w := start(t, func(w *estate.World) {
		settle(w, seeds())
		kernelEdit(w, func(q *estate.Quick) {
			q.Authentication, q.InstanceARN = estate.AuthIdentityCenter, instance
			q.Roles = estate.Of(map[estate.QuickRole][]string{"ADMIN": {"admins"}})
		})
		i, _ := w.Estate.IdentityCenter.Get()
		i.Users = estate.Of(map[estate.UserID]estate.User{"cccccccc-cccc-4ccc-8ccc-cccccccccccc": {UserName: "ana", DisplayName: "Ana", Email: "ana@example.com"}})
		i.Groups = estate.Of(map[estate.GroupID]estate.Group{"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa": {DisplayName: "admins", Members: estate.Of([]estate.UserID{"cccccccc-cccc-4ccc-8ccc-cccccccccccc"})}})
		w.Estate.IdentityCenter = estate.Of(i)
	})
	c := w.in(account, ireland)
	for principal, want := range map[string]string{"user/default/ana": "ok", "group/default/admins": "ok", "user/default/eve": "InvalidParameterValueException: ", "group/default/none": "InvalidParameterValueException: "} {
		_, err := c.UpdateDashboardPermissions(t.Context(), &quick.UpdateDashboardPermissionsInput{AwsAccountId: id, DashboardId: aws.String("dashboard"), GrantPermissions: grant(somebody(principal), viewsDashboard)})
		w.mustBe(err, want)
	}
}

func kernelEdit(w *estate.World, change func(*estate.Quick)) {
	a := w.Estate.Accounts[account]
	q, _ := a.Quick.Get()
	change(&q)
	a.Quick = estate.Of(q)
	w.Estate.Accounts[account] = a
}

// TestTags are added, listed and removed by ARN.
func TestTags(t *testing.T) {
	w := furnish(t)
	c, arn := w.in(account, ireland), aws.String(named(ireland, "dashboard/dashboard"))
	_, err := c.TagResource(t.Context(), &quick.TagResourceInput{ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("a/b"), Value: aws.String("1")}, {Key: aws.String("c"), Value: aws.String("2")}}})
	w.mustBe(err, "ok")
	_, err = c.UntagResource(t.Context(), &quick.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"c", "none"}})
	w.mustBe(err, "ok")
	_, err = c.UntagResource(t.Context(), &quick.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"team"}})
	w.mustBe(err, "ok")
	out, err := c.ListTagsForResource(t.Context(), &quick.ListTagsForResourceInput{ResourceArn: arn})
	w.holds(shown(t, out, err), `"Tags":[{"Key":"a/b","Value":"1"}]`)
	many := make([]types.Tag, 201)
	for i := range many {
		many[i] = types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("v")}
	}
	_, err = c.TagResource(t.Context(), &quick.TagResourceInput{ResourceArn: arn, Tags: many})
	w.mustBe(err, "LimitExceededException: ")
	_, err = c.ListTagsForResource(t.Context(), &quick.ListTagsForResourceInput{ResourceArn: aws.String(named(ireland, "dashboard/none"))})
	w.mustBe(err, "ResourceNotFoundException: ")
	_, err = c.ListTagsForResource(t.Context(), &quick.ListTagsForResourceInput{ResourceArn: aws.String(somebody("user/default/author"))})
	w.mustBe(err, "NotModelledByTwin: ")
}

// TestFolders hold assets and folders, and are deleted when they are empty.
func TestFolders(t *testing.T) {
	w := furnish(t)
	c := w.in(account, ireland)
	join := func(folder, kind, member string) error {
		_, err := c.CreateFolderMembership(t.Context(), &quick.CreateFolderMembershipInput{AwsAccountId: id, FolderId: &folder, MemberType: types.MemberType(kind), MemberId: &member})
		return err
	}
	w.mustBe(join("top", "DATASET", "data"), "ok")
	w.mustBe(join("top", "DATASET", "data"), "ResourceExistsException: ")
	w.mustBe(join("top", "DATASET", "none"), "ResourceNotFoundException: ")
	w.mustBe(join("none", "DATASET", "data"), "ResourceNotFoundException: The folder none is not found.")
	w.mustBe(join("top", "ANALYSIS", "analysis"), "ok")
	var members []string
	for p := quick.NewListFolderMembersPaginator(c, &quick.ListFolderMembersInput{AwsAccountId: id, FolderId: aws.String("top"), MaxResults: aws.Int32(1)}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil || len(page.FolderMemberList) > 1 {
			t.Fatal(err, page)
		}
		for _, m := range page.FolderMemberList {
			members = append(members, *m.MemberArn)
		}
	}
	if want := []string{named(ireland, "analysis/analysis"), named(ireland, "dataset/data")}; !slices.Equal(members, want) {
		t.Errorf("%v", members)
	}
	in, err := c.ListFoldersForResource(t.Context(), &quick.ListFoldersForResourceInput{AwsAccountId: id, ResourceArn: aws.String(named(ireland, "dashboard/dashboard"))})
	w.holds(shown(t, in, err), `"Folders":["`+named(ireland, "folder/sub")+`"]`)
	drop := func(folder string) error {
		_, err := c.DeleteFolder(t.Context(), &quick.DeleteFolderInput{AwsAccountId: id, FolderId: &folder})
		return err
	}
	w.mustBe(drop("sub"), "PreconditionNotMetException: The folder sub is not empty.")
	leave := func(folder, kind, member string) error {
		_, err := c.DeleteFolderMembership(t.Context(), &quick.DeleteFolderMembershipInput{AwsAccountId: id, FolderId: &folder, MemberType: types.MemberType(kind), MemberId: &member})
		return err
	}
	w.mustBe(leave("sub", "DASHBOARD", "dashboard"), "ok")
	w.mustBe(leave("sub", "DASHBOARD", "dashboard"), "ResourceNotFoundException: ")
	w.mustBe(drop("top"), "PreconditionNotMetException: ")
	w.mustBe(drop("sub"), "ok")
	parent := ""
	for depth := range 12 {
		in := &quick.CreateFolderInput{AwsAccountId: id, FolderId: aws.String(fmt.Sprintf("f%d", depth)), Name: aws.String("F"), FolderType: types.FolderTypeShared}
		if parent != "" {
			in.ParentFolderArn = aws.String(named(ireland, "folder/"+parent))
		}
		_, err := c.CreateFolder(t.Context(), in)
		want := "ok"
		if depth > 10 {
			want = "LimitExceededException: A folder can have 10 ancestors at most."
		}
		w.mustBe(err, want)
		parent = *in.FolderId
	}
	_, err = c.UpdateFolder(t.Context(), &quick.UpdateFolderInput{AwsAccountId: id, FolderId: aws.String("f1"), Name: aws.String("G")})
	w.mustBe(err, "ok")
	f, err := c.DescribeFolder(t.Context(), &quick.DescribeFolderInput{AwsAccountId: id, FolderId: aws.String("f1")})
	w.holds(shown(t, f, err), `"Name":"G"`, `"FolderPath":["`+named(ireland, "folder/f0")+`"]`)
}

// TestSchedulesAndLoadings of datasets in SPICE.
func TestSchedulesAndLoadings(t *testing.T) {
	w := furnish(t)
	c, data := w.in(account, ireland), aws.String("data")
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	schedule := func(name string, kind types.IngestionType, start *time.Time) *types.RefreshSchedule {
		return &types.RefreshSchedule{ScheduleId: &name, RefreshType: kind, StartAfterDateTime: start, ScheduleFrequency: &types.RefreshFrequency{Interval: types.RefreshIntervalDaily, TimeOfTheDay: aws.String("05:00")}}
	}
	add := func(set string, s *types.RefreshSchedule) error {
		_, err := c.CreateRefreshSchedule(t.Context(), &quick.CreateRefreshScheduleInput{AwsAccountId: id, DataSetId: &set, Schedule: s})
		return err
	}
	w.mustBe(add("rules", schedule("s", types.IngestionTypeFullRefresh, nil)), "PreconditionNotMetException: Refresh schedules are for datasets in SPICE only.")
	w.mustBe(add("data", schedule("s", types.IngestionTypeFullRefresh, aws.Time(now.Add(-time.Hour)))), "InvalidParameterValueException: StartAfterDateTime must be in the future.")
	w.mustBe(add("data", schedule("daily", types.IngestionTypeFullRefresh, nil)), "ResourceExistsException: ")
	for i := range 4 {
		w.mustBe(add("data", schedule(fmt.Sprintf("s%d", i), types.IngestionTypeIncrementalRefresh, aws.Time(now.Add(time.Hour)))), "ok")
	}
	w.mustBe(add("data", schedule("s4", types.IngestionTypeFullRefresh, nil)), "LimitExceededException: A dataset can have 5 refresh schedules at most.")
	_, err := c.UpdateRefreshSchedule(t.Context(), &quick.UpdateRefreshScheduleInput{AwsAccountId: id, DataSetId: data, Schedule: schedule("s0", types.IngestionTypeFullRefresh, nil)})
	w.mustBe(err, "ok")
	_, err = c.DeleteRefreshSchedule(t.Context(), &quick.DeleteRefreshScheduleInput{AwsAccountId: id, DataSetId: data, ScheduleId: aws.String("s1")})
	w.mustBe(err, "ok")
	list, err := c.ListRefreshSchedules(t.Context(), &quick.ListRefreshSchedulesInput{AwsAccountId: id, DataSetId: data})
	if err != nil || len(list.RefreshSchedules) != 4 || list.RefreshSchedules[1].RefreshType != types.IngestionTypeFullRefresh || *list.RefreshSchedules[1].ScheduleFrequency.TimeOfTheDay != "05:00" {
		t.Errorf("%v %+v", err, list)
	}
	_, err = c.DescribeRefreshSchedule(t.Context(), &quick.DescribeRefreshScheduleInput{AwsAccountId: id, DataSetId: data, ScheduleId: aws.String("s1")})
	w.mustBe(err, "ResourceNotFoundException: ")

	p, err := c.DescribeDataSetRefreshProperties(t.Context(), &quick.DescribeDataSetRefreshPropertiesInput{AwsAccountId: id, DataSetId: data})
	w.holds(shown(t, p, err), `"LookbackWindow":{"ColumnName":"c","Size":1,"SizeUnit":"DAY"}`)
	_, err = c.DeleteDataSetRefreshProperties(t.Context(), &quick.DeleteDataSetRefreshPropertiesInput{AwsAccountId: id, DataSetId: data})
	w.mustBe(err, "ok")
	_, err = c.DescribeDataSetRefreshProperties(t.Context(), &quick.DescribeDataSetRefreshPropertiesInput{AwsAccountId: id, DataSetId: data})
	w.mustBe(err, "ResourceNotFoundException: ")
	w.mustBe(add("data", schedule("s5", types.IngestionTypeIncrementalRefresh, nil)), "PreconditionNotMetException: An incremental refresh needs")
	_, err = c.PutDataSetRefreshProperties(t.Context(), &quick.PutDataSetRefreshPropertiesInput{AwsAccountId: id, DataSetId: data, DataSetRefreshProperties: p.DataSetRefreshProperties})
	w.mustBe(err, "ok")
	w.mustBe(add("data", schedule("s5", types.IngestionTypeIncrementalRefresh, nil)), "ok")

	load := func(set, name string) error {
		_, err := c.CreateIngestion(t.Context(), &quick.CreateIngestionInput{AwsAccountId: id, DataSetId: &set, IngestionId: &name})
		return err
	}
	w.mustBe(load("rules", "l"), "InvalidParameterValueException: The dataset rules is not in SPICE.")
	for i := range 32 {
		w.mustBe(load("data", fmt.Sprint("l", i)), "ok")
	}
	w.mustBe(load("data", "l0"), "ResourceExistsException: ")
	w.mustBe(load("data", "l32"), "LimitExceededException: A dataset can be refreshed 32 times in 24 hours.")
	status := func() types.IngestionStatus {
		out, err := c.DescribeIngestion(t.Context(), &quick.DescribeIngestionInput{AwsAccountId: id, DataSetId: data, IngestionId: aws.String("l0")})
		if err != nil {
			t.Fatal(err)
		}
		return out.Ingestion.IngestionStatus
	}
	if status() != types.IngestionStatusRunning {
		t.Error(status())
	}
	w.advance(60)
	if status() != types.IngestionStatusCompleted {
		t.Error(status())
	}
	w.advance(24 * 3600)
	w.mustBe(load("data", "l32"), "ok")
}
