package assets

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// Door is what an inventory asks of Quick in one Region. Every list is whole: all its pages. An error means that it could not be read.
type Door interface {
	// List gives the assets of one type of estate.AssetTypes with type, id, name and last change: custom themes only, and no analysis that
	// is deleted already (quick-api 3.7, 5). A Region that does not have the type at all gives an empty list (quick-api 0, line 8).
	List(ctx context.Context, t estate.AssetType) ([]estate.Asset, error)
	// RefreshSchedules gives a dataset's schedules. Nothing dates a schedule, so Content must hold what it is.
	RefreshSchedules(ctx context.Context, dataset string) ([]estate.Asset, error)
	Detail(ctx context.Context, t estate.AssetType, id string) (Detail, error)
	// Permissions gives who may do what, and no entry for a right that somebody inherits from a folder.
	Permissions(ctx context.Context, t estate.AssetType, id string) ([]estate.AssetGrant, error)
	Tags(ctx context.Context, t estate.AssetType, id string) (map[string]string, error)
	FolderMembers(ctx context.Context, folder string) ([]estate.ARN, error)
}

// Detail is what a list does not tell about an asset.
type Detail struct {
	Kind      string         // as Item.Kind
	Updated   time.Time      // last change; zero: Detail does not know better than the list
	Uses      []estate.ARN   // every asset that it refers to, of a folder its parent; in any order, repeated or not
	Content   jsontext.Value // what the asset is, for types whose last change Quick does not tell; else empty
	Refresh   jsontext.Value // as Item.Refresh
	Ingestion string         // as Item.Ingestion
	Reach
}

// asked says what can be asked about a type, and which action makes a grant that of an owner (quick-api 4.1, 9).
type asked struct {
	detail, tags bool
	owner        string // empty: the type has no permissions of its own
}

// questions is what is asked about each type. Templates, agents, flows, spaces and connectors have no owner set that is whole in
// quick-api 4.1 for each; the right to change permissions is in every owner set that it lists, and INFERRED for templates.
var questions = map[estate.AssetType]asked{
	estate.AssetAnalysis:        {detail: true, tags: true, owner: "quicksight:UpdateAnalysisPermissions"},
	estate.AssetDashboard:       {detail: true, tags: true, owner: "quicksight:UpdateDashboardPermissions"},
	estate.AssetDataSet:         {detail: true, tags: true, owner: "quicksight:UpdateDataSetPermissions"},
	estate.AssetDataSource:      {detail: true, tags: true, owner: "quicksight:UpdateDataSourcePermissions"},
	estate.AssetFolder:          {detail: true, tags: true, owner: "quicksight:UpdateFolderPermissions"},
	estate.AssetTheme:           {detail: true, tags: true, owner: "quicksight:UpdateThemePermissions"},
	estate.AssetVPCConnection:   {detail: true, tags: true},
	estate.AssetRefreshSchedule: {},
	"action-connector":          {detail: true, tags: true, owner: "quicksight:UpdateActionConnectorPermissions"},
	"agent":                     {detail: true, owner: "quicksight:UpdateAgentPermissions"},
	"flow":                      {detail: true, owner: "quicksight:UpdateFlowPermissions"},
	"space":                     {detail: true, owner: "quicksight:UpdateSpacePermissions"},
	"template":                  {detail: true, tags: true, owner: "quicksight:UpdateTemplatePermissions"},
	"topic":                     {detail: true, tags: true, owner: "quicksight:UpdateTopicPermissions"},
}

// restrictedFolder is the type of folder that has contributors and viewers and never an owner (quick-api 5).
const restrictedFolder = "RESTRICTED"
