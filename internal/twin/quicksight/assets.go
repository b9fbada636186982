package quicksight

import (
	"cmp"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// assetList is how Quick lists one kind of asset. Names and casing are the service model's.
type assetList struct {
	operation string
	kind      estate.AssetType
	member    string
	id        string
	status    string // value of a Status member; empty for none
	camel     bool   // spaces write their members in lower camel case (quick-api 4.8)
	undated   bool   // the summary has no LastUpdatedTime
	// shows are the members of the content that the summary holds as well; they are left out of an asset whose content nobody looked at.
	shows []string
	more  func(r *kernel.Request, a estate.Asset, c content, out map[string]any) // nil: nothing
}

var assetLists = []assetList{
	{operation: "ListActionConnectors", kind: "action-connector", member: "ActionConnectorSummaries", id: "ActionConnectorId", status: "CREATION_SUCCESSFUL"},
	{operation: "ListAgents", kind: "agent", member: "AgentSummaries", id: "AgentId", undated: true},
	{operation: "ListAnalyses", kind: "analysis", member: "AnalysisSummaryList", id: "AnalysisId", status: "CREATION_SUCCESSFUL"},
	{operation: "ListDashboards", kind: "dashboard", member: "DashboardSummaryList", id: "DashboardId", more: summarizeDashboard},
	{operation: "ListDataSets", kind: "dataset", member: "DataSetSummaries", id: "DataSetId", shows: []string{"ImportMode", "RowLevelPermissionDataSet", "UseAs"}, more: summarizeDataSet},
	{operation: "ListDataSources", kind: "datasource", member: "DataSources", id: "DataSourceId", status: "CREATION_SUCCESSFUL", shows: dataSourceMembers},
	{operation: "ListFlows", kind: "flow", member: "FlowSummaryList", id: "FlowId"},
	{operation: "ListFolders", kind: "folder", member: "FolderSummaryList", id: "FolderId", shows: []string{"FolderType", "SharingModel"}},
	{operation: "ListSpaces", kind: "space", member: "SpaceSummaries", id: "spaceId", camel: true, undated: true},
	{operation: "ListTemplates", kind: "template", member: "TemplateSummaryList", id: "TemplateId"},
	{operation: "ListThemes", kind: "theme", member: "ThemeSummaryList", id: "ThemeId"},
	{operation: "ListTopics", kind: "topic", member: "TopicsSummaries", id: "TopicId", undated: true},
	{operation: "ListVPCConnections", kind: "vpcConnection", member: "VPCConnectionSummaries", id: "VPCConnectionId", status: "CREATION_SUCCESSFUL", shows: vpcMembers, more: interfaces},
}

// subscribed is the beginning of calls about assets (quick-api 1.7).
func subscribed(r *kernel.Request, id estate.AccountID) (estate.Quick, error) {
	if err := own(r, id); err != nil {
		return estate.Quick{}, err
	}
	q, ok, err := subscription(r)
	if err == nil && (!ok || q.Status == estate.QuickCreating || q.Status == estate.QuickCreationFailed) {
		err = kernel.Errorf("UnsupportedUserEditionException", "Account %s is not subscribed for QuickSight", r.Account).WithStatus(403)
	}
	return q, err
}

// list gives the assets of the Region of the call; any Region may hold some, whatever the identity Region is (quick-api 2). Analyses
// that were deleted and can be restored are among them (quick-api 5).
func (l assetList) list(r *kernel.Request) (any, error) {
	var in struct {
		paging
		AwsAccountId estate.AccountID
		Type         string `json:"type"`
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := subscribed(r, in.AwsAccountId)
	if err == nil {
		err = lookedAt(r, q)
	}
	if err != nil {
		return nil, err
	}
	ids := r.Assets().IDs(l.kind)
	var deleted []string
	switch {
	case l.kind == estate.AssetAnalysis:
		deleted = deletedAnalyses(r)
		ids = slices.Sorted(slices.Values(slices.Concat(ids, deleted)))
	case l.kind == estate.AssetTheme && in.Type == "QUICKSIGHT":
		ids = nil // the built-in ones need no copy, and the twin does not list them
	}
	return pageOf(r, l.member, ids, in.paging, func(id string) (map[string]any, error) {
		if slices.Contains(deleted, id) {
			gone, _ := deletedAnalysis(r, id)
			out, err := l.show(r, gone.Asset)
			out["Status"] = "DELETED"
			return out, err
		}
		a, _ := r.Assets().Get(l.kind, id)
		return l.show(r, a)
	})
}

func (l assetList) show(r *kernel.Request, a estate.Asset) (map[string]any, error) {
	name := estate.AssetRef{Region: r.Region, Type: a.Type, ID: a.ID}.ARN(r.Account)
	if l.camel {
		return map[string]any{l.id: a.ID, "spaceArn": name, "name": a.Name}, nil
	}
	out := map[string]any{l.id: a.ID, "Arn": name, "Name": a.Name}
	if !l.undated {
		dated(out, a)
	}
	if l.status != "" {
		out["Status"] = l.status
	}
	if len(a.Content) == 0 || len(l.shows) == 0 && l.more == nil {
		return out, nil
	}
	c, err := contentOf(r, a)
	for name, value := range pick(c, l.shows...) {
		out[name] = value
	}
	if l.more != nil {
		l.more(r, a, c, out)
	}
	return out, err
}

// pageOf is page for a long list: only what is on the page is looked up.
func pageOf(r *kernel.Request, member string, ids []string, p paging, show func(string) (map[string]any, error)) (any, error) {
	cut, next, ok := kernel.Page(r, ids, p.NextToken, cmp.Or(p.MaxResults, p.MaxResult), 100)
	if !ok {
		return nil, kernel.Errorf("InvalidNextTokenException", "The NextToken value isn't valid.")
	}
	items := []map[string]any{}
	for _, id := range cut {
		item, err := show(id)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	body := map[string]any{member: items}
	if next != "" {
		body["NextToken"] = next
	}
	return answer(r, body), nil
}

// createSpace works in the identity Region only, where the index lives. The text is the field's (the runbook's fifth error), its
// type INFERRED: one that the service model gives the operation.
func createSpace(r *kernel.Request) (any, error) {
	var in struct {
		AwsAccountId  estate.AccountID
		SpaceId, Name string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := subscribed(r, in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	region, _, err := kernel.Need(q.IdentityRegion, at(r, "identity_region")...)
	if err == nil && region != r.Region {
		err = invalid("Failed to create space: Unable to initialize Quick index in this region. Please request IAM admin to set up Quick index")
	}
	if err == nil {
		err = lookedAt(r, q)
	}
	if err != nil {
		return nil, err
	}
	_, there := r.Assets().Get("space", in.SpaceId)
	switch {
	case in.SpaceId == "" || in.Name == "":
		return nil, invalid("SpaceId and Name are required.")
	case there:
		return nil, exists("The space %s exists already.", in.SpaceId)
	}
	r.Assets().Put(estate.Asset{Type: "space", ID: in.SpaceId, Name: in.Name})
	return map[string]any{"spaceId": in.SpaceId, "spaceArn": arn(r, r.Region, "space/%s", in.SpaceId)}, nil
}
