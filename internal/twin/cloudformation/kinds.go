package cloudformation

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
)

// kind is a type of resource that the twin makes: what it may hold (CloudFormation template reference, 2026-12), and by which calls of
// Quick it is made and deleted. That CloudFormation makes these calls is INFERRED from the permissions in its resource schemas.
type kind struct {
	asset          estate.AssetType
	id             string // property that names the asset; a schedule is named in its Schedule
	create, delete string
	needs, may     []string
}

func words(text string) []string { return strings.Fields(text) }

var kinds = map[string]kind{
	"AWS::QuickSight::VPCConnection": {asset: estate.AssetVPCConnection, id: "VPCConnectionId", create: "CreateVPCConnection", delete: "DeleteVPCConnection",
		may: words("AvailabilityStatus AwsAccountId DnsResolvers Name RoleArn SecurityGroupIds SubnetIds Tags VPCConnectionId")},
	"AWS::QuickSight::DataSource": {asset: estate.AssetDataSource, id: "DataSourceId", create: "CreateDataSource", delete: "DeleteDataSource", needs: words("Name Type"),
		may: words("AlternateDataSourceParameters AwsAccountId Credentials DataSourceId DataSourceParameters ErrorInfo FolderArns Name Permissions SslProperties Tags Type VpcConnectionProperties")},
	"AWS::QuickSight::Theme": {asset: estate.AssetTheme, id: "ThemeId", create: "CreateTheme", delete: "DeleteTheme", needs: words("AwsAccountId BaseThemeId Configuration Name ThemeId"),
		may: words("AwsAccountId BaseThemeId Configuration Name Permissions Tags ThemeId VersionDescription")},
	"AWS::QuickSight::Folder": {asset: estate.AssetFolder, id: "FolderId", create: "CreateFolder", delete: "DeleteFolder",
		may: words("AwsAccountId FolderId FolderType Name ParentFolderArn Permissions SharingModel Tags")},
	"AWS::QuickSight::DataSet": {asset: estate.AssetDataSet, id: "DataSetId", create: "CreateDataSet", delete: "DeleteDataSet",
		may: words("AwsAccountId ColumnGroups ColumnLevelPermissionRules DataPrepConfiguration DataSetId DataSetRefreshProperties DataSetUsageConfiguration DatasetParameters FieldFolders FolderArns ImportMode " +
			"IngestionWaitPolicy LogicalTableMap Name PerformanceConfiguration Permissions PhysicalTableMap RowLevelPermissionDataSet RowLevelPermissionTagConfiguration SemanticModelConfiguration Tags UseAs")},
	"AWS::QuickSight::RefreshSchedule": {asset: estate.AssetRefreshSchedule, id: "DataSetId", create: "CreateRefreshSchedule", delete: "DeleteRefreshSchedule",
		may: words("AwsAccountId DataSetId Schedule")},
	"AWS::QuickSight::Analysis": {asset: estate.AssetAnalysis, id: "AnalysisId", create: "CreateAnalysis", delete: "DeleteAnalysis", needs: words("AnalysisId AwsAccountId Name"),
		may: words("AnalysisId AwsAccountId Definition Errors FolderArns Name Parameters Permissions Sheets SourceEntity Status Tags ThemeArn ValidationStrategy")},
	"AWS::QuickSight::Dashboard": {asset: estate.AssetDashboard, id: "DashboardId", create: "CreateDashboard", delete: "DeleteDashboard", needs: words("AwsAccountId DashboardId Name"),
		may: words("AwsAccountId DashboardId DashboardPublishOptions Definition FolderArns LinkEntities LinkSharingConfiguration Name Parameters Permissions SourceEntity Tags ThemeArn ValidationStrategy VersionDescription")},
}

// fault is what is wrong with the properties, in the words of CloudFormation's check against the type's schema; empty: nothing. That a
// resource fails by it and not the whole call is INFERRED.
func (k kind) fault(logical string, properties map[string]any) string {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !slices.Contains(k.may, name) {
			wrong = append(wrong, "#: extraneous key ["+name+"] is not permitted")
		}
	}
	for _, name := range k.needs {
		if properties[name] == nil {
			wrong = append(wrong, "#: required key ["+name+"] not found")
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	return "Properties validation failed for resource " + logical + " with message:\n" + strings.Join(wrong, "\n")
}

// named gives the ids of the asset, as its physical id has them behind the account's: a schedule's dataset comes first.
func (k kind) named(properties map[string]any) []string {
	id, _ := properties[k.id].(string)
	if k.asset != estate.AssetRefreshSchedule {
		return []string{id}
	}
	schedule, _ := properties["Schedule"].(map[string]any)
	of, _ := schedule["ScheduleId"].(string)
	return []string{id, of}
}

// deletion is the request that deletes the asset. An analysis is deleted for good (INFERRED): otherwise its id could not be used again.
func (k kind) deletion(properties map[string]any) map[string]any {
	out := map[string]any{"AwsAccountId": properties["AwsAccountId"], k.id: properties[k.id]}
	switch k.asset {
	case estate.AssetRefreshSchedule:
		out["ScheduleId"] = k.named(properties)[1]
	case estate.AssetAnalysis:
		out["force-delete-without-recovery"] = "true"
	}
	return out
}

// request is what the asset is made with: the properties, but for what is CloudFormation's own, with its TimeZone for the API's Timezone,
// an instant in seconds, and with numbers and truths that a parameter has made text.
func (k kind) request(properties map[string]any) map[string]any {
	in := maps.Clone(properties)
	for _, own := range []string{"AvailabilityStatus", "IngestionWaitPolicy", "DataSetRefreshProperties"} {
		delete(in, own)
	}
	if schedule, ok := in["Schedule"].(map[string]any); ok {
		schedule = maps.Clone(schedule)
		in["Schedule"] = schedule
		if frequency, ok := schedule["ScheduleFrequency"].(map[string]any); ok {
			frequency = maps.Clone(frequency)
			schedule["ScheduleFrequency"] = frequency
			if zone, ok := frequency["TimeZone"]; ok {
				delete(frequency, "TimeZone")
				frequency["Timezone"] = zone
			}
		}
		text, _ := schedule["StartAfterDateTime"].(string)
		if start, err := time.Parse(time.RFC3339, text); err == nil {
			schedule["StartAfterDateTime"] = start.Unix()
		}
	}
	if k.asset == estate.AssetDataSource {
		return typed(in).(map[string]any)
	}
	return in
}

// typed gives members of data sources the type that Quick's model has for them.
func typed(v any) any {
	of, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for name, value := range of {
		text, isText := value.(string)
		switch {
		case name == "Port" && isText:
			out[name] = json.Number(text)
		case name == "DisableSsl" && isText:
			out[name] = text == "true"
		default:
			out[name] = typed(value)
		}
	}
	return out
}
