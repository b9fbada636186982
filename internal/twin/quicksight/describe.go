package quicksight

import (
	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// What describing answers hold beside what every asset has. Assets are made and changed at once, so their status is always a success;
// at AWS it takes a moment (quick-api 7).
var (
	dataSourceMembers = []string{"Type", "DataSourceParameters", "AlternateDataSourceParameters", "VpcConnectionProperties", "SslProperties", "SecretArn"}
	dataSetMembers    = []string{"PhysicalTableMap", "LogicalTableMap", "ImportMode", "ColumnGroups", "FieldFolders", "RowLevelPermissionDataSet",
		"RowLevelPermissionTagConfiguration", "ColumnLevelPermissionRules", "DataSetUsageConfiguration", "DatasetParameters", "PerformanceConfiguration", "UseAs",
		"DataPrepConfiguration", "SemanticModelConfiguration"}
	vpcMembers = []string{"RoleArn", "SecurityGroupIds", "DnsResolvers"}
)

const successful = "CREATION_SUCCESSFUL"

// shown is an asset as its describing operation gives it, with some members of its content.
func (c about) shown(members ...string) (map[string]any, error) {
	out, err := c.on(members...)
	if err != nil {
		return nil, err
	}
	out["Arn"], out["Name"], out[c.assetKind.id] = c.name(), c.asset.Name, c.id
	return dated(out, c.asset), nil
}

// describeDataSource gives what is not secret: of credentials, only the secret's name (quick-api 4.6a).
func describeDataSource(r *kernel.Request) (any, error) {
	c, err := dataSources.find(r)
	if err != nil {
		return nil, err
	}
	out, err := c.shown(dataSourceMembers...)
	if err != nil {
		return nil, err
	}
	out["Status"] = successful
	return answer(r, map[string]any{"DataSource": out}), nil
}

// describeDataSet gives no OutputColumns and no SPICE size: the twin has no rows. One that was made of an uploaded file cannot be read
// (quick-api 3.6).
func describeDataSet(r *kernel.Request) (any, error) {
	c, err := dataSets.find(r)
	if err != nil {
		return nil, err
	}
	out, err := c.shown(dataSetMembers...)
	if err == nil && uploaded(r, c.asset) {
		err = invalid("The data set type is not supported through API yet") // quick-api 3.6 has the last words; the rest is INFERRED
	}
	if err != nil {
		return nil, err
	}
	return answer(r, map[string]any{"DataSet": out}), nil
}

// uploaded reports whether a dataset rests on a file that somebody uploaded.
func uploaded(r *kernel.Request, a estate.Asset) bool {
	c, err := contentOf(r, a)
	if err != nil {
		return false
	}
	for _, ref := range references(c, r.Account) {
		source, _ := r.Assets().Get(ref.Type, ref.ID)
		if s, err := contentOf(r, source); ref.Type == estate.AssetDataSource && err == nil && text(s, "type") == "FILE" {
			return true
		}
	}
	return false
}

// summarizeDataSet adds what the list of datasets says of their rules (quick-api 3.7).
func summarizeDataSet(_ *kernel.Request, _ estate.Asset, c content, out map[string]any) {
	out["RowLevelPermissionTagConfigurationApplied"] = member(c, "rowLevelPermissionTagConfiguration") != nil
	rules, _ := member(c, "columnLevelPermissionRules").([]any)
	out["ColumnLevelPermissionRulesApplied"] = len(rules) > 0
}

// interfaces gives a VPC connection one network interface per subnet; what it is called is the twin's own.
func interfaces(r *kernel.Request, a estate.Asset, c content, out map[string]any) {
	subnets, _ := member(c, "subnetIds").([]any)
	list := []map[string]any{}
	for _, s := range subnets {
		name, _ := s.(string)
		list = append(list, map[string]any{"SubnetId": name, "Status": "AVAILABLE", "NetworkInterfaceId": "eni-" + kernel.ID("interface", string(r.Account)+"/"+a.ID, name)[:17]})
	}
	out["NetworkInterfaces"], out["AvailabilityStatus"] = list, "AVAILABLE"
}

// describeVPCConnection shows subnets where AWS does: in the network interfaces.
func describeVPCConnection(r *kernel.Request) (any, error) {
	c, err := vpcConnections.find(r)
	if err != nil {
		return nil, err
	}
	out, err := c.shown(vpcMembers...)
	if err != nil {
		return nil, err
	}
	all, err := contentOf(r, c.asset)
	interfaces(r, c.asset, all, out)
	out["Status"] = successful
	return answer(r, map[string]any{"VPCConnection": out}), err
}

// dataSetARNs are those that a definition declares.
func dataSetARNs(c content) []string {
	out := []string{}
	declared, _ := member(object(c, "definition"), "dataSetIdentifierDeclarations").([]any)
	for _, d := range declared {
		if one, ok := d.(map[string]any); ok {
			out = append(out, text(one, "dataSetArn"))
		}
	}
	return out
}

// definitionErrors are what is wrong with an analysis or a dashboard, as far as the twin can tell: datasets that are not there (quick-api
// 3.7). The text is INFERRED.
func definitionErrors(r *kernel.Request, c content) []map[string]any {
	out := []map[string]any{}
	for _, name := range dataSetARNs(c) {
		ref, account, _ := assetOf(name)
		if _, ok := r.Assets().Get(estate.AssetDataSet, ref.ID); !ok || account != r.Account || ref.Region != r.Region {
			out = append(out, map[string]any{"Type": "DATA_SET_NOT_FOUND", "Message": "The dataset " + name + " is not found."})
		}
	}
	return out
}

// describeAnalysis also finds an analysis that was deleted and can be restored; its status tells (quick-api 5).
func describeAnalysis(r *kernel.Request) (any, error) {
	c, err := analyses.open(r)
	if err != nil {
		return nil, err
	}
	status := successful
	if !c.there {
		gone, ok := deletedAnalysis(r, c.id)
		if !ok {
			return nil, analyses.missing(c.id)
		}
		c.asset, status = gone.Asset, "DELETED"
	}
	out, err := c.shown("ThemeArn")
	if err != nil {
		return nil, err
	}
	all, err := contentOf(r, c.asset)
	out["Status"], out["DataSetArns"], out["Errors"] = status, dataSetARNs(all), definitionErrors(r, all)
	return answer(r, map[string]any{"Analysis": out}), err
}

// describeAnalysisDefinition gives the definition as it came.
func describeAnalysisDefinition(r *kernel.Request) (any, error) {
	c, err := analyses.find(r)
	if err != nil {
		return nil, err
	}
	out, err := c.on("Definition", "ThemeArn")
	if err != nil {
		return nil, err
	}
	all, err := contentOf(r, c.asset)
	out["Name"], out["ResourceStatus"], out["AnalysisId"], out["Errors"] = c.asset.Name, successful, c.id, definitionErrors(r, all)
	return answer(r, out), err
}

// describeTheme knows one version of a theme, the newest.
func describeTheme(r *kernel.Request) (any, error) {
	c, err := themes.find(r)
	if err != nil {
		return nil, err
	}
	out, err := c.shown()
	if err != nil {
		return nil, err
	}
	version, err := c.on("BaseThemeId", "Configuration")
	version["VersionNumber"], version["Status"], version["Arn"] = 1, successful, c.name()+"/version/1"
	out["Type"], out["Version"] = "CUSTOM", version
	return answer(r, map[string]any{"Theme": out}), err
}
