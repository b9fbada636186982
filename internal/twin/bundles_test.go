package twin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/twin/kernel"
)

// contented is a world in YAML whose assets have content, permissions, tags and folders, as a person would write it.
const contented = `
estate:
  accounts:
    "111122223333":
      quick:
        assets:
          eu-west-1:
            - type: datasource
              id: warehouse
              name: Warehouse
              updated: 2026-11-01T10:00:00Z
              content:
                dataSourceId: warehouse
                name: Warehouse
                type: ATHENA
                dataSourceParameters: {athenaParameters: {workGroup: primary}}
              tags: {team: sales}
            - type: dashboard
              id: sales-eu
              name: Sales Europe
              content: {dashboardId: sales-eu, name: Sales Europe, definition: {dataSetIdentifierDeclarations: []}}
              permissions:
                - {principal: "arn:aws:quicksight:ap-south-1:111122223333:namespace/default", actions: ["quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"]}
              folders: [board]
            - {type: folder, id: board, name: Board, content: {folderId: board, name: Board, folderType: SHARED}}
`

// TestAWorldSeedsAssetsWithContent, and the dates that it gives are shown.
func TestAWorldSeedsAssetsWithContent(t *testing.T) {
	w := start(t, load(t, "bom", contented))
	c := w.quick(ireland)
	out, err := c.ListDataSources(t.Context(), &quicksight.ListDataSourcesInput{AwsAccountId: id})
	if err != nil || len(out.DataSources) != 1 || out.DataSources[0].Type != types.DataSourceTypeAthena || !out.DataSources[0].LastUpdatedTime.Equal(time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)) {
		t.Fatalf("%v %+v", err, out)
	}
	src, err := c.DescribeDataSource(t.Context(), &quicksight.DescribeDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("warehouse")})
	if err != nil || *src.DataSource.DataSourceParameters.(*types.DataSourceParametersMemberAthenaParameters).Value.WorkGroup != "primary" {
		t.Errorf("%v %+v", err, src)
	}
	in, err := c.ListFoldersForResource(t.Context(), &quicksight.ListFoldersForResourceInput{AwsAccountId: id, ResourceArn: aws.String("arn:aws:quicksight:eu-west-1:111122223333:dashboard/sales-eu")})
	if err != nil || fmt.Sprint(in.Folders) != "[arn:aws:quicksight:eu-west-1:111122223333:folder/board]" {
		t.Errorf("%v %+v", err, in)
	}
	p, err := c.DescribeDashboardPermissions(t.Context(), &quicksight.DescribeDashboardPermissionsInput{AwsAccountId: id, DashboardId: aws.String("sales-eu")})
	if err != nil || len(p.Permissions) != 1 || !strings.HasSuffix(*p.Permissions[0].Principal, ":namespace/default") {
		t.Errorf("%v %+v", err, p)
	}
}

// TestAClientThatPollsSeesAJobEnd without anybody moving the clock.
func TestAClientThatPollsSeesAJobEnd(t *testing.T) {
	w := start(t, load(t, "bom", contented), func(c *kernel.Config) { c.Clock = kernel.ClockAuto })
	c, job := w.quick(ireland), aws.String("job")
	_, err := c.StartAssetBundleExportJob(t.Context(), &quicksight.StartAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: job,
		ResourceArns: []string{"arn:aws:quicksight:eu-west-1:111122223333:datasource/warehouse"}, ExportFormat: types.AssetBundleExportFormatQuicksightJson})
	w.mustBe(err, "ok")
	var got []string
	for range 3 {
		out, err := c.DescribeAssetBundleExportJob(t.Context(), &quicksight.DescribeAssetBundleExportJobInput{AwsAccountId: id, AssetBundleExportJobId: job})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(out.JobStatus))
	}
	if s := strings.Join(got, " "); s != "QUEUED_FOR_IMMEDIATE_EXECUTION IN_PROGRESS SUCCESSFUL" {
		t.Error(s)
	}
}
