package cloud

import (
	"context"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// assetReader lists one type of asset and adds each.
type assetReader func(ctx context.Context, q Quick, add func(id, name *string, updated *time.Time)) error

// lister makes the reader of one list call: in is the input but for the account, items takes the page apart and read gives an item's
// id, name and last change.
func lister[I, O, T any](f quickCall[I, O], in I, items func(*O) []T, read func(T) (id, name *string, updated *time.Time)) assetReader {
	return func(ctx context.Context, q Quick, add func(id, name *string, updated *time.Time)) error {
		in := in
		reflect.ValueOf(&in).Elem().FieldByName("AwsAccountId").Set(reflect.ValueOf(q.id))
		return pages(ctx, q.site, quickService, f, &in, func(out *O) {
			for _, item := range items(out) {
				if id, name, updated := read(item); id != nil {
					add(id, name, updated)
				}
			}
		})
	}
}

// assetLists has a row for every estate.AssetTypes; the names of the lists follow no rule (quick-api 7). Topics have no time.
var assetLists = map[estate.AssetType]assetReader{
	"action-connector": lister((*quicksight.Client).ListActionConnectors, quicksight.ListActionConnectorsInput{},
		func(o *quicksight.ListActionConnectorsOutput) []types.ActionConnectorSummary {
			return o.ActionConnectorSummaries
		},
		func(s types.ActionConnectorSummary) (id, name *string, updated *time.Time) {
			return s.ActionConnectorId, s.Name, s.LastUpdatedTime
		}),
	"agent": lister((*quicksight.Client).ListAgents, quicksight.ListAgentsInput{},
		func(o *quicksight.ListAgentsOutput) []types.AgentSummary { return o.AgentSummaries },
		func(s types.AgentSummary) (id, name *string, updated *time.Time) {
			return s.AgentId, s.Name, s.UpdatedAt
		}),
	"analysis": lister((*quicksight.Client).ListAnalyses, quicksight.ListAnalysesInput{},
		func(o *quicksight.ListAnalysesOutput) []types.AnalysisSummary { return o.AnalysisSummaryList },
		func(s types.AnalysisSummary) (id, name *string, updated *time.Time) {
			return unless(s.Status == types.ResourceStatusDeleted, s.AnalysisId), s.Name, s.LastUpdatedTime
		}),
	"dashboard": lister((*quicksight.Client).ListDashboards, quicksight.ListDashboardsInput{},
		func(o *quicksight.ListDashboardsOutput) []types.DashboardSummary { return o.DashboardSummaryList },
		func(s types.DashboardSummary) (id, name *string, updated *time.Time) {
			return s.DashboardId, s.Name, s.LastUpdatedTime
		}),
	"dataset": lister((*quicksight.Client).ListDataSets, quicksight.ListDataSetsInput{},
		func(o *quicksight.ListDataSetsOutput) []types.DataSetSummary { return o.DataSetSummaries },
		func(s types.DataSetSummary) (id, name *string, updated *time.Time) {
			return s.DataSetId, s.Name, s.LastUpdatedTime
		}),
	"datasource": lister((*quicksight.Client).ListDataSources, quicksight.ListDataSourcesInput{},
		func(o *quicksight.ListDataSourcesOutput) []types.DataSource { return o.DataSources },
		func(s types.DataSource) (id, name *string, updated *time.Time) {
			return s.DataSourceId, s.Name, s.LastUpdatedTime
		}),
	"flow": lister((*quicksight.Client).ListFlows, quicksight.ListFlowsInput{},
		func(o *quicksight.ListFlowsOutput) []types.FlowSummary { return o.FlowSummaryList },
		func(s types.FlowSummary) (id, name *string, updated *time.Time) {
			return s.FlowId, s.Name, s.LastUpdatedTime
		}),
	"folder": lister((*quicksight.Client).ListFolders, quicksight.ListFoldersInput{},
		func(o *quicksight.ListFoldersOutput) []types.FolderSummary { return o.FolderSummaryList },
		func(s types.FolderSummary) (id, name *string, updated *time.Time) {
			return s.FolderId, s.Name, s.LastUpdatedTime
		}),
	"space": lister((*quicksight.Client).ListSpaces, quicksight.ListSpacesInput{},
		func(o *quicksight.ListSpacesOutput) []types.SpaceSummary { return o.SpaceSummaries },
		func(s types.SpaceSummary) (id, name *string, updated *time.Time) {
			return s.SpaceId, s.Name, s.UpdatedAt
		}),
	"template": lister((*quicksight.Client).ListTemplates, quicksight.ListTemplatesInput{},
		func(o *quicksight.ListTemplatesOutput) []types.TemplateSummary { return o.TemplateSummaryList },
		func(s types.TemplateSummary) (id, name *string, updated *time.Time) {
			return s.TemplateId, s.Name, s.LastUpdatedTime
		}),
	"theme": lister((*quicksight.Client).ListThemes, quicksight.ListThemesInput{Type: types.ThemeTypeCustom},
		func(o *quicksight.ListThemesOutput) []types.ThemeSummary { return o.ThemeSummaryList },
		func(s types.ThemeSummary) (id, name *string, updated *time.Time) {
			return s.ThemeId, s.Name, s.LastUpdatedTime
		}),
	"topic": lister((*quicksight.Client).ListTopics, quicksight.ListTopicsInput{},
		func(o *quicksight.ListTopicsOutput) []types.TopicSummary { return o.TopicsSummaries },
		func(s types.TopicSummary) (id, name *string, updated *time.Time) { return s.TopicId, s.Name, nil }),
	"vpcConnection": lister((*quicksight.Client).ListVPCConnections, quicksight.ListVPCConnectionsInput{},
		func(o *quicksight.ListVPCConnectionsOutput) []types.VPCConnectionSummary {
			return o.VPCConnectionSummaries
		},
		func(s types.VPCConnectionSummary) (id, name *string, updated *time.Time) {
			return unless(s.Status == types.VPCConnectionResourceStatusDeleted, s.VPCConnectionId), s.Name, s.LastUpdatedTime
		}),
}

// unless hides the id of what is gone; an item without id is not added.
func unless(gone bool, id *string) *string {
	if gone {
		return nil
	}
	return id
}
