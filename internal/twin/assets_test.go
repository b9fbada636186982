package twin_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/google/go-cmp/cmp"

	"rehome/internal/estate"
)

// assets read one page of a kind from token on: "id name ARN" of each, and the next token.
var assets = map[estate.AssetType]func(w running, c *quicksight.Client, token *string) ([]string, *string, error){
	"action-connector": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListActionConnectors(w.Context(), &quicksight.ListActionConnectorsInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListActionConnectorsOutput) ([]types.ActionConnectorSummary, *string) {
			return o.ActionConnectorSummaries, o.NextToken
		},
			func(s types.ActionConnectorSummary) []*string { return []*string{s.ActionConnectorId, s.Name, s.Arn} })
	},
	"agent": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListAgents(w.Context(), &quicksight.ListAgentsInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListAgentsOutput) ([]types.AgentSummary, *string) {
			return o.AgentSummaries, o.NextToken
		},
			func(s types.AgentSummary) []*string { return []*string{s.AgentId, s.Name, s.Arn} })
	},
	"analysis": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListAnalyses(w.Context(), &quicksight.ListAnalysesInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListAnalysesOutput) ([]types.AnalysisSummary, *string) {
			return o.AnalysisSummaryList, o.NextToken
		},
			func(s types.AnalysisSummary) []*string { return []*string{s.AnalysisId, s.Name, s.Arn} })
	},
	"dashboard": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListDashboards(w.Context(), &quicksight.ListDashboardsInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListDashboardsOutput) ([]types.DashboardSummary, *string) {
			return o.DashboardSummaryList, o.NextToken
		},
			func(s types.DashboardSummary) []*string { return []*string{s.DashboardId, s.Name, s.Arn} })
	},
	"dataset": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListDataSets(w.Context(), &quicksight.ListDataSetsInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListDataSetsOutput) ([]types.DataSetSummary, *string) {
			return o.DataSetSummaries, o.NextToken
		},
			func(s types.DataSetSummary) []*string { return []*string{s.DataSetId, s.Name, s.Arn} })
	},
	"datasource": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListDataSources(w.Context(), &quicksight.ListDataSourcesInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListDataSourcesOutput) ([]types.DataSource, *string) {
			return o.DataSources, o.NextToken
		},
			func(s types.DataSource) []*string { return []*string{s.DataSourceId, s.Name, s.Arn} })
	},
	"flow": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListFlows(w.Context(), &quicksight.ListFlowsInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListFlowsOutput) ([]types.FlowSummary, *string) {
			return o.FlowSummaryList, o.NextToken
		},
			func(s types.FlowSummary) []*string { return []*string{s.FlowId, s.Name, s.Arn} })
	},
	"folder": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListFolders(w.Context(), &quicksight.ListFoldersInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListFoldersOutput) ([]types.FolderSummary, *string) {
			return o.FolderSummaryList, o.NextToken
		},
			func(s types.FolderSummary) []*string { return []*string{s.FolderId, s.Name, s.Arn} })
	},
	"space": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListSpaces(w.Context(), &quicksight.ListSpacesInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListSpacesOutput) ([]types.SpaceSummary, *string) {
			return o.SpaceSummaries, o.NextToken
		},
			func(s types.SpaceSummary) []*string { return []*string{s.SpaceId, s.Name, s.SpaceArn} })
	},
	"template": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListTemplates(w.Context(), &quicksight.ListTemplatesInput{AwsAccountId: id, NextToken: token, MaxResults: aws.Int32(1)}) // spelled max-result
		return page(err, out, func(o *quicksight.ListTemplatesOutput) ([]types.TemplateSummary, *string) {
			return o.TemplateSummaryList, o.NextToken
		},
			func(s types.TemplateSummary) []*string { return []*string{s.TemplateId, s.Name, s.Arn} })
	},
	"theme": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListThemes(w.Context(), &quicksight.ListThemesInput{AwsAccountId: id, NextToken: token, Type: types.ThemeTypeCustom})
		return page(err, out, func(o *quicksight.ListThemesOutput) ([]types.ThemeSummary, *string) {
			return o.ThemeSummaryList, o.NextToken
		},
			func(s types.ThemeSummary) []*string { return []*string{s.ThemeId, s.Name, s.Arn} })
	},
	"topic": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListTopics(w.Context(), &quicksight.ListTopicsInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListTopicsOutput) ([]types.TopicSummary, *string) {
			return o.TopicsSummaries, o.NextToken
		},
			func(s types.TopicSummary) []*string { return []*string{s.TopicId, s.Name, s.Arn} })
	},
	"vpcConnection": func(w running, c *quicksight.Client, token *string) ([]string, *string, error) {
		out, err := c.ListVPCConnections(w.Context(), &quicksight.ListVPCConnectionsInput{AwsAccountId: id, NextToken: token})
		return page(err, out, func(o *quicksight.ListVPCConnectionsOutput) ([]types.VPCConnectionSummary, *string) {
			return o.VPCConnectionSummaries, o.NextToken
		},
			func(s types.VPCConnectionSummary) []*string { return []*string{s.VPCConnectionId, s.Name, s.Arn} })
	},
}

func page[O, T any](err error, out *O, items func(*O) ([]T, *string), show func(T) []*string) (got []string, next *string, _ error) {
	if err != nil {
		return nil, nil, err
	}
	list, next := items(out)
	for _, item := range list {
		var words []string
		for _, p := range show(item) {
			words = append(words, aws.ToString(p))
		}
		got = append(got, strings.Join(words, " "))
	}
	return got, next, nil
}

func TestEveryKindOfAssetIsTried(t *testing.T) {
	if d := cmp.Diff(slices.Sorted(slices.Values(estate.AssetTypes)), slices.Sorted(maps.Keys(assets))); d != "" {
		t.Error(d)
	}
}

// TestAssetsAreListedWhereTheyAre: two of each kind in one Region, read page by page with the members that AWS's models name; none in
// another; and no answer where nobody looked.
func TestAssetsAreListedWhereTheyAre(t *testing.T) {
	var items []string
	for _, kind := range estate.AssetTypes {
		for _, n := range []string{"1", "2"} {
			items = append(items, fmt.Sprintf("{type: %s, id: %s-%s, name: N%s}", kind, kind, n, n))
		}
	}
	change := fmt.Sprintf(`{estate: {accounts: {"111122223333": {quick: {assets: {eu-west-1: [%s], eu-west-2: {not_looked: denied}}}}}}}`, strings.Join(items, ", "))
	w := start(t, load(t, "bom", change), smallPages)
	for kind, read := range assets {
		t.Run(string(kind), func(t *testing.T) {
			w := w.with(t)
			var got []string
			var token *string
			for range 3 { // a third page would be one too many
				list, next, err := read(w, w.quick(ireland), token)
				if err != nil {
					t.Fatal(err)
				}
				if got = append(got, list...); next == nil {
					break
				}
				token = next
			}
			var want []string
			for _, n := range []string{"1", "2"} {
				want = append(want, fmt.Sprintf("%s-%s N%s arn:aws:quicksight:eu-west-1:111122223333:%s/%s-%s", kind, n, n, kind, kind, n))
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if list, _, err := read(w, w.quick(virginia), nil); err != nil || list != nil {
				t.Errorf("in another Region: %v %v", err, list)
			}
			_, _, err := read(w, w.quick("eu-west-2"), nil)
			w.mustBe(err, "TwinDoesNotKnow 400: twin does not know /accounts/111122223333/quick/assets/eu-west-2")
		})
	}
}

func TestTemplatesArePagedByTheClient(t *testing.T) {
	w := start(t, load(t, "bom", `{estate: {accounts: {"111122223333": {quick: {assets: {eu-west-1: [{type: template, id: a, name: A}, {type: template, id: b, name: B}]}}}}}}`))
	list, next, err := assets["template"](w, w.quick(ireland), nil)
	if err != nil || len(list) != 1 || next == nil {
		t.Errorf("%v %v %v", err, list, next)
	}
}

func TestSpacesAreMadeAtHome(t *testing.T) {
	w := start(t, load(t, "bom"))
	create := func(region, name string) error {
		_, err := w.quick(region).CreateSpace(t.Context(), &quicksight.CreateSpaceInput{AwsAccountId: id, SpaceId: aws.String("probe"), Name: &name})
		return err
	}
	w.mustBe(create(virginia, "Probe"), "InvalidParameterValueException 400: Failed to create space: Unable to initialize Quick index in this region.")
	w.mustBe(create(mumbai, "Probe"), "ok")
	w.mustBe(create(mumbai, "Probe"), "ResourceExistsException 409: ")
	list, _, err := assets["space"](w, w.quick(mumbai), nil)
	if err != nil || !slices.Equal(list, []string{"probe Probe arn:aws:quicksight:ap-south-1:111122223333:space/probe"}) {
		t.Errorf("%v %v", err, list)
	}
}

// TestAssetsOfAnotherAccount are nobody else's business.
func TestAssetsOfAnotherAccount(t *testing.T) {
	w := start(t, load(t, "bom"))
	_, err := w.quick(ireland).ListDashboards(t.Context(), &quicksight.ListDashboardsInput{AwsAccountId: aws.String(member)})
	w.mustBe(err, "AccessDeniedException 401: ")
}
