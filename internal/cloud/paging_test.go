package cloud_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// TestPages reads every list one item per page; the token travels in the body or in the query.
func TestPages(t *testing.T) {
	type listCase struct {
		operation, key, first, second string
		read                          func(context.Context, *cloud.Cloud) (any, error)
		want                          any
	}
	cases := []listCase{
		{"ListInstances", "Instances", `{"Name":"one"}`, `{"Name":"two"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			found, err := c.IdentityCenter(account, mumbai).ListInstances(ctx)
			var names []string
			for _, i := range found {
				names = append(names, i.Name)
			}
			return names, err
		}, []string{"one", "two"}},
		{"ListRegions", "Regions", `{"RegionName":"ap-south-1","Status":"ACTIVE","IsPrimaryRegion":true}`, `{"RegionName":"us-east-1","Status":"REMOVING"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			regions, primary, err := c.IdentityCenter(account, mumbai).ListRegions(ctx, instanceARN)
			return []any{regions, primary}, err
		}, []any{map[estate.Region]estate.ReplicaState{mumbai: "ACTIVE", "us-east-1": "REMOVING"}, mumbai}},
		{"ListApplications", "Applications", `{"ApplicationArn":"a","Name":"n","CreatedFrom":"ap-south-1"}`, `{"ApplicationArn":"b"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			found, err := c.IdentityCenter(account, mumbai).ListApplications(ctx, instanceARN)
			return []any{len(found), found["a"].Name, found["a"].CreatedFrom}, err
		}, []any{2, "n", mumbai}},
		{"ListApplicationGrants", "Grants", `{"GrantType":"refresh_token","Grant":{"RefreshToken":{}}}`, `{"GrantType":"authorization_code","Grant":{"SomethingNew":{}}}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.IdentityCenter(account, mumbai).ListApplicationGrants(ctx, app)
		}, []string{"authorization_code", "refresh_token"}},
		{"ListApplicationAssignments", "ApplicationAssignments", `{"PrincipalId":"g1","PrincipalType":"GROUP"}`, `{"PrincipalId":"u1","PrincipalType":"USER"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.IdentityCenter(account, mumbai).ListApplicationAssignments(ctx, app)
		}, []estate.Assignment{{Principal: "g1", Type: "GROUP"}, {Principal: "u1", Type: "USER"}}},
		{"ListUsers", "Users", `{"UserId":"u1","UserName":"ann","DisplayName":"Ann","Name":{"GivenName":"A","FamilyName":"B"},"Emails":[{"Value":"second@x"},{"Value":"first@x","Primary":true}]}`, `{"UserId":"u2","UserName":"bob"}`,
			func(ctx context.Context, c *cloud.Cloud) (any, error) {
				return c.IdentityStore(account, ohio, "d-1234567890").ListUsers(ctx)
			}, map[estate.UserID]estate.User{"u1": {UserName: "ann", DisplayName: "Ann", GivenName: "A", FamilyName: "B", Email: "first@x"}, "u2": {UserName: "bob"}}},
		{"ListGroups", "Groups", `{"GroupId":"g1","DisplayName":"admins"}`, `{"GroupId":"g2"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			found, err := c.IdentityStore(account, mumbai, "d-1234567890").ListGroups(ctx)
			return []any{len(found), found["g1"].DisplayName}, err
		}, []any{2, "admins"}},
		{"ListGroupMemberships", "GroupMemberships", `{"MemberId":{"UserId":"u2"}}`, `{"MemberId":{"UserId":"u1"}}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.IdentityStore(account, mumbai, "d-1234567890").ListGroupMemberships(ctx, "g1")
		}, []estate.UserID{"u1", "u2"}},
		{"ListDelegatedAdministrators", "DelegatedAdministrators", `{"Id":"444455556666"}`, `{"Id":"222233334444"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.ListDelegatedAdministrators(ctx, account)
		}, []estate.AccountID{"222233334444", "444455556666"}},
		{"POST /listRegions", "Regions", `{"RegionName":"ap-south-1","RegionOptStatus":"ENABLED_BY_DEFAULT"}`, `{"RegionName":"ap-southeast-5","RegionOptStatus":"DISABLED"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.ListRegions(ctx, account)
		}, map[estate.Region]estate.OptStatus{mumbai: estate.OptEnabledByDefault, "ap-southeast-5": estate.OptDisabled}},
		{"GET /accounts/111122223333/namespaces", "Namespaces", `{"Name":"default","CapacityRegion":"ap-south-1","CreationStatus":"CREATED","IdentityStore":"QUICKSIGHT"}`, `{"Name":"extra"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			found, err := c.Quick(account, ohio).ListNamespaces(ctx)
			return []any{len(found), found["default"].CapacityRegion, found["default"].Status}, err
		}, []any{2, mumbai, "CREATED"}},
		{"GET /accounts/111122223333/namespaces/default/users", "UserList", `{"UserName":"N/A","PrincipalId":"p1","Role":"READER"}`, `{"UserName":"N/A","PrincipalId":"p2","Active":true}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.Quick(account, ohio).ListUsers(ctx, "default")
		}, map[string]estate.QuickUser{"N/A (p1)": {Role: "READER"}, "N/A (p2)": {Active: true}}},
		{"GET /accounts/111122223333/namespaces/default/groups", "GroupList", `{"GroupName":"b"}`, `{"GroupName":"a"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.Quick(account, ohio).ListGroups(ctx, "default")
		}, []string{"a", "b"}},
		{"GET /accounts/111122223333/namespaces/default/groups/g/members", "GroupMemberList", `{"MemberName":"b"}`, `{"MemberName":"a"}`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.Quick(account, ohio).ListGroupMemberships(ctx, "default", "g")
		}, []string{"a", "b"}},
		{"GET /accounts/111122223333/namespaces/default/roles/ADMIN/members", "MembersList", `"b"`, `"a"`, func(ctx context.Context, c *cloud.Cloud) (any, error) {
			return c.Quick(account, ohio).ListRoleMemberships(ctx, "default", "ADMIN")
		}, []string{"a", "b"}},
	}
	for _, tt := range cases {
		t.Run(tt.operation, func(t *testing.T) {
			s := newServer(t, map[string][]answer{tt.operation: {
				ok(fmt.Sprintf(`{%q:[%s],"NextToken":"page-2"}`, tt.key, tt.first)),
				ok(fmt.Sprintf(`{%q:[],"NextToken":"page-3"}`, tt.key)),
				ok(fmt.Sprintf(`{%q:[%s],"NextToken":null}`, tt.key, tt.second))}})
			got, err := tt.read(t.Context(), open(t, s, nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			for i, r := range s.seen(tt.operation) {
				if token := fmt.Sprintf("page-%d", i+1); i > 0 && !strings.Contains(r.body+r.query, token) {
					t.Errorf("request %d does not carry the token %s: %s %s", i+1, token, r.query, r.body)
				}
			}
		})
	}
}

// TestAssets reads two pages of every type of asset, with what must be left out among them.
func TestAssets(t *testing.T) {
	lists := map[estate.AssetType]struct{ path, key, id, leftOut string }{
		"action-connector": {"/accounts/111122223333/action-connectors", "ActionConnectorSummaries", "ActionConnectorId", ""},
		"agent":            {"/accounts/111122223333/agents", "AgentSummaries", "AgentId", ""},
		"analysis":         {"/accounts/111122223333/analyses", "AnalysisSummaryList", "AnalysisId", `,{"AnalysisId":"c","Status":"DELETED"}`},
		"dashboard":        {"/accounts/111122223333/dashboards", "DashboardSummaryList", "DashboardId", ""},
		"dataset":          {"/accounts/111122223333/data-sets", "DataSetSummaries", "DataSetId", ""},
		"datasource":       {"/accounts/111122223333/data-sources", "DataSources", "DataSourceId", ""},
		"flow":             {"/accounts/111122223333/flows", "FlowSummaryList", "FlowId", ""},
		"folder":           {"/accounts/111122223333/folders", "FolderSummaryList", "FolderId", ""},
		"space":            {"/v1/accounts/111122223333/spaces", "SpaceSummaries", "spaceId", ""},
		"template":         {"/accounts/111122223333/templates", "TemplateSummaryList", "TemplateId", ""},
		"theme":            {"/accounts/111122223333/themes", "ThemeSummaryList", "ThemeId", ""},
		"topic":            {"/accounts/111122223333/topics", "TopicsSummaries", "TopicId", ""},
		"vpcConnection":    {"/accounts/111122223333/vpc-connections", "VPCConnectionSummaries", "VPCConnectionId", `,{"VPCConnectionId":"c","Status":"DELETED"}`},
	}
	for _, kind := range estate.AssetTypes {
		t.Run(string(kind), func(t *testing.T) {
			l := lists[kind]
			name, updated, want := "Name", "LastUpdatedTime", time.Unix(1770000000, 0).UTC()
			switch kind {
			case "space":
				name, updated = "name", "updatedAt"
			case "agent":
				updated = "UpdatedAt"
			case "topic":
				want = time.Time{}
			}
			s := newServer(t, map[string][]answer{"GET " + l.path: {
				ok(fmt.Sprintf(`{%q:[{%q:"b",%q:"B",%q:1770000000}%s],"NextToken":"page-2"}`, l.key, l.id, name, updated, l.leftOut)),
				ok(fmt.Sprintf(`{%q:[{%q:"a"}]}`, l.key, l.id))}})
			got, err := open(t, s, nil).Quick(account, ohio).ListAssets(t.Context(), kind)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]estate.Asset{{Type: kind, ID: "a"}, {Type: kind, ID: "b", Name: "B", Updated: want}}, got); diff != "" {
				t.Error(diff)
			}
			sent := s.seen("GET " + l.path)
			if len(sent) != 2 || !strings.Contains(sent[1].query, "page-2") || sent[0].region != "us-east-2" {
				t.Errorf("requests: %+v", sent)
			}
			if kind == "theme" && !strings.Contains(sent[0].query, "type=CUSTOM") {
				t.Errorf("AWS's own themes are asked for: %s", sent[0].query)
			}
		})
	}
	t.Run("unknown type", func(t *testing.T) {
		if _, err := open(t, newServer(t, nil), nil).Quick(account, ohio).ListAssets(t.Context(), "alert"); cloud.KindOf(err) != cloud.Unsupported {
			t.Errorf("got %v", err)
		}
	})
}

func TestListInCirclesIsRefused(t *testing.T) {
	s := newServer(t, map[string][]answer{"ListInstances": {ok(`{"Instances":[],"NextToken":"same"}`)}})
	_, err := open(t, s, nil).IdentityCenter(account, mumbai).ListInstances(t.Context())
	if err == nil || !strings.Contains(err.Error(), "sso-admin ListInstances in ap-south-1") || len(s.seen("ListInstances")) != 2 {
		t.Errorf("after %d requests: %v", len(s.seen("ListInstances")), err)
	}
}
