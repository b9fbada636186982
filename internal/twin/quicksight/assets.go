package quicksight

import (
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
}

var assetLists = []assetList{
	{operation: "ListActionConnectors", kind: "action-connector", member: "ActionConnectorSummaries", id: "ActionConnectorId", status: "CREATION_SUCCESSFUL"},
	{operation: "ListAgents", kind: "agent", member: "AgentSummaries", id: "AgentId"},
	{operation: "ListAnalyses", kind: "analysis", member: "AnalysisSummaryList", id: "AnalysisId", status: "CREATION_SUCCESSFUL"},
	{operation: "ListDashboards", kind: "dashboard", member: "DashboardSummaryList", id: "DashboardId"},
	{operation: "ListDataSets", kind: "dataset", member: "DataSetSummaries", id: "DataSetId"},
	{operation: "ListDataSources", kind: "datasource", member: "DataSources", id: "DataSourceId", status: "CREATION_SUCCESSFUL"},
	{operation: "ListFlows", kind: "flow", member: "FlowSummaryList", id: "FlowId"},
	{operation: "ListFolders", kind: "folder", member: "FolderSummaryList", id: "FolderId"},
	{operation: "ListSpaces", kind: "space", member: "SpaceSummaries", id: "spaceId", camel: true},
	{operation: "ListTemplates", kind: "template", member: "TemplateSummaryList", id: "TemplateId"},
	{operation: "ListThemes", kind: "theme", member: "ThemeSummaryList", id: "ThemeId"},
	{operation: "ListTopics", kind: "topic", member: "TopicsSummaries", id: "TopicId"},
	{operation: "ListVPCConnections", kind: "vpcConnection", member: "VPCConnectionSummaries", id: "VPCConnectionId", status: "CREATION_SUCCESSFUL"},
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

// assetsHere are the assets of the Region of the call; any Region may hold some, whatever the identity Region is (quick-api 2).
func assetsHere(r *kernel.Request, q estate.Quick) ([]estate.Asset, error) {
	all, _, err := kernel.Need(q.Assets[r.Region], at(r, "assets", string(r.Region))...)
	return all, err
}

func (l assetList) list(r *kernel.Request) (any, error) {
	var in struct {
		paging
		AwsAccountId estate.AccountID
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	q, err := subscribed(r, in.AwsAccountId)
	if err != nil {
		return nil, err
	}
	all, err := assetsHere(r, q)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, a := range all {
		if a.Type == l.kind {
			list = append(list, l.show(r, a))
		}
	}
	return page(r, l.member, list, in.paging)
}

func (l assetList) show(r *kernel.Request, a estate.Asset) map[string]any {
	name := arn(r, r.Region, "%s/%s", a.Type, a.ID)
	if l.camel {
		return map[string]any{l.id: a.ID, "spaceArn": name, "name": a.Name}
	}
	out := map[string]any{l.id: a.ID, "Arn": name, "Name": a.Name}
	if l.status != "" {
		out["Status"] = l.status
	}
	return out
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
	if err != nil {
		return nil, err
	}
	all, err := assetsHere(r, q)
	switch {
	case err != nil:
		return nil, err
	case in.SpaceId == "" || in.Name == "":
		return nil, invalid("SpaceId and Name are required.")
	case slices.ContainsFunc(all, func(a estate.Asset) bool { return a.Type == "space" && a.ID == in.SpaceId }):
		return nil, exists("The space %s exists already.", in.SpaceId)
	}
	edit(r, func(q *estate.Quick) {
		kernel.EditAt(q.Assets, r.Region, func(k *estate.Known[[]estate.Asset]) {
			kernel.Edit(k, func(list *[]estate.Asset) {
				*list = append(*list, estate.Asset{Type: "space", ID: in.SpaceId, Name: in.Name})
			})
		})
	})
	return map[string]any{"spaceId": in.SpaceId, "spaceArn": arn(r, r.Region, "space/%s", in.SpaceId)}, nil
}
