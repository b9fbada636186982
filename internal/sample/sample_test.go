package sample_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/assets"
	"rehome/internal/estate"
	"rehome/internal/sample"
)

const (
	account = estate.AccountID("111122223333")
	home    = estate.Region("ap-south-1")
)

var (
	regions = []estate.Region{home, "eu-west-1", "us-west-2"}
	users   = []string{"ana", "ben", "chi", "dev"}
	groups  = []string{"analysts", "board"}
)

func config(seed uint64, n int) sample.Config {
	return sample.Config{Seed: seed, N: n, Account: account, IdentityRegion: home, Regions: regions, Users: users, Groups: groups}
}

// estates are of many sizes and shapes.
func estates(yield func(string, sample.Config) bool) {
	for n := range 45 {
		for _, c := range []sample.Config{config(uint64(n), n), {Seed: 7, N: n, Account: account, IdentityRegion: home}, {Seed: 8, N: n, Account: account, IdentityRegion: home, Regions: regions[:2], Users: users, VPC: true}} {
			if !yield(fmt.Sprintf("%d assets in %d Regions, VPC connections %t", n, len(c.Regions), c.VPC), c) {
				return
			}
		}
	}
	for seed := range uint64(3) {
		if !yield(fmt.Sprintf("1500 assets, seed %d", seed), config(seed, 1500)) {
			return
		}
	}
}

func TestEqualConfigurationsGiveEqualEstates(t *testing.T) {
	if a, b := sample.Assets(config(1, 600)), sample.Assets(config(1, 600)); !reflect.DeepEqual(a, b) {
		t.Error("two estates of one seed differ")
	}
	if a, b := sample.Assets(config(1, 600)), sample.Assets(config(2, 600)); reflect.DeepEqual(a, b) {
		t.Error("two seeds give one estate")
	}
}

func TestCountsAreExactAndEveryTypeIsThere(t *testing.T) {
	for name, c := range estates {
		made := sample.Assets(c)
		total, kinds := 0, map[estate.AssetType]int{}
		for r, list := range made {
			if !slices.Contains(c.Regions, r) && r != home {
				t.Errorf("%s: nobody asked for %s", name, r)
			}
			total += len(list)
			for _, a := range list {
				kinds[a.Type]++
				if a.Type == estate.AssetVPCConnection && r == home && !c.VPC {
					t.Errorf("%s: a VPC connection in %s", name, r)
				}
			}
		}
		want := len(estate.BundleTypes)
		if len(c.Regions) == 0 { // and no VPC connection may be in it
			want--
		}
		if total != c.N || c.N >= 20 && len(kinds) != want {
			t.Errorf("%s: %d assets of %d types", name, total, len(kinds))
		}
		if len(made) != max(1, len(c.Regions)) {
			t.Errorf("%s: %d Regions", name, len(made))
		}
	}
}

// TestProportions: a large estate looks like a real one.
func TestProportions(t *testing.T) {
	const n = 10_000
	made, got, seen := sample.Assets(config(3, n)), map[estate.AssetType]int{}, map[string]int{}
	for _, list := range made {
		for _, a := range list {
			got[a.Type]++
			for _, what := range features(a) {
				seen[what]++
			}
		}
	}
	for kind, percent := range map[estate.AssetType]float64{estate.AssetDashboard: 35, estate.AssetAnalysis: 20, estate.AssetDataSet: 25, estate.AssetDataSource: 6,
		estate.AssetRefreshSchedule: 6, estate.AssetFolder: 5, estate.AssetTheme: 2, estate.AssetVPCConnection: 1} {
		if have := 100 * float64(got[kind]) / n; have < percent*0.75 || have > percent*1.3 {
			t.Errorf("%s: %.1f in a hundred, want about %.0f", kind, have, percent)
		}
	}
	if len(made[home]) != n*6/10 {
		t.Errorf("%d in the first Region", len(made[home]))
	}
	for _, what := range []string{"SPICE", "DIRECT_QUERY", `"dataSetRefreshProperties"`, `"rowLevelPermissionDataSet"`, `"columnLevelPermissionRules"`, `"logicalTableMap"`, `"linkEntities"`,
		`"themeArn"`, `"parentFolderArn"`, `"vpcConnectionProperties"`, `"secretArn"`, `"INCREMENTAL_REFRESH"`, `"startAfterDateTime"`, "ownerless", "tags", "folders", "two folders", "beyond ASCII",
		"uuid", "words", "user", "group", "namespace"} {
		if seen[what] < 10 {
			t.Errorf("%d assets with %s", seen[what], what)
		}
	}
	if tagged := float64(seen["tags"]) / float64(n-got[estate.AssetRefreshSchedule]); tagged < 0.28 || tagged > 0.38 {
		t.Errorf("%.2f of all assets have tags", tagged)
	}
	if seen["ownerless"] > n/100 {
		t.Errorf("%d assets have no owner", seen["ownerless"])
	}
	t.Logf("%v %v", got, seen)
}

// features name what there is about an asset: words of its content, and how it is shared.
func features(a estate.Asset) (out []string) {
	for _, word := range []string{"SPICE", "DIRECT_QUERY", `"dataSetRefreshProperties"`, `"rowLevelPermissionDataSet"`, `"columnLevelPermissionRules"`, `"logicalTableMap"`, `"linkEntities"`, `"themeArn"`,
		`"parentFolderArn"`, `"vpcConnectionProperties"`, `"secretArn"`, `"INCREMENTAL_REFRESH"`, `"startAfterDateTime"`} {
		if bytes.Contains(a.Content, []byte(word)) {
			out = append(out, word)
		}
	}
	owned := a.Type == estate.AssetRefreshSchedule || a.Type == estate.AssetVPCConnection
	for _, g := range a.Permissions {
		parts, _ := g.Principal.Split()
		kind, _, _ := strings.Cut(parts[5], "/")
		out = append(out, kind)
		owned = owned || slices.ContainsFunc(g.Actions, func(a string) bool { return strings.HasPrefix(a, "quicksight:Delete") })
	}
	id := "words"
	if len(a.ID) == 36 && strings.Count(a.ID, "-") == 4 {
		id = "uuid"
	}
	for what, is := range map[string]bool{"ownerless": !owned, "tags": len(a.Tags) > 0, "folders": len(a.Folders) > 0, "two folders": len(a.Folders) > 1, id: true,
		"beyond ASCII": len(a.Name) != utf8.RuneCountInString(a.Name)} {
		if is {
			out = append(out, what)
		}
	}
	return out
}

// inventory is the estate as an inventory would have it.
func inventory(t *testing.T, made map[estate.Region][]estate.Asset) *assets.Inventory {
	t.Helper()
	inv := &assets.Inventory{Account: account, IdentityRegion: home, Regions: map[estate.Region]estate.Known[[]assets.Item]{}}
	for r, list := range made {
		var items []assets.Item
		for _, a := range list {
			i := assets.Item{Asset: a, Kind: text(t, a.Content, "type"), Uses: uses(t, a.Content)}
			if dataset, _, ok := strings.Cut(a.ID, "/"); ok {
				i.Uses = append(i.Uses, estate.AssetRef{Region: r, Type: estate.AssetDataSet, ID: dataset}.ARN(account))
			}
			for _, f := range a.Folders {
				i.Uses = append(i.Uses, estate.AssetRef{Region: r, Type: estate.AssetFolder, ID: f}.ARN(account)) // so that it has to exist as well
			}
			i.Travel = assets.TravelOf(a.Type, i.Kind, a.ID)
			items = append(items, i)
		}
		inv.Regions[r] = estate.Of(items)
	}
	return inv
}

// uses are the ARNs of assets in a content.
func uses(t *testing.T, content jsontext.Value) (out []estate.ARN) {
	t.Helper()
	for dec := jsontext.NewDecoder(bytes.NewReader(content)); ; {
		tok, err := dec.ReadToken()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ok := estate.ParseAssetARN(estate.ARN(tok.String())); tok.Kind() == '"' && ok {
			out = append(out, estate.ARN(tok.String()))
		}
	}
}

func text(t *testing.T, content jsontext.Value, member string) string {
	t.Helper()
	members := map[string]jsontext.Value{}
	if err := json.Unmarshal(content, &members); err != nil {
		t.Fatal(err)
	}
	var s string
	json.Unmarshal(members[member], &s) //nolint:errcheck // what is no string counts as left out
	return s
}

// TestEveryReferenceResolves: nothing dangles, nothing is in a circle, nothing leaves its Region, bundles carry all of it, and no id of a
// type is there twice.
func TestEveryReferenceResolves(t *testing.T) {
	for name, c := range estates {
		made := sample.Assets(c)
		inv := inventory(t, made)
		g := assets.NewGraph(inv)
		if d, circles := g.Dangling(), g.Circles(); len(d) > 0 || len(circles) > 0 {
			t.Fatalf("%s: %d dangle, the first %+v; circles %v", name, len(d), d, circles)
		}
		ids := map[string]estate.Region{}
		for ref, item := range inv.All {
			key := string(ref.Type) + " " + ref.ID
			if other, twice := ids[key]; twice {
				t.Errorf("%s: %s is in %s and in %s", name, key, other, ref.Region)
			}
			ids[key] = ref.Region
			if item.Travel.How != assets.ByBundle {
				t.Errorf("%s: %v travels %s: %s", name, ref, item.Travel.How, item.Travel.Reason)
			}
			for _, arn := range item.Uses {
				if arn.Account() == account && arn.Region() != ref.Region {
					t.Errorf("%s: %v uses %s", name, ref, arn)
				}
			}
		}
	}
}

// TestEveryAssetIsInOrder: each has a name that Quick takes, a content that names it, was changed before Now, and is sorted.
func TestEveryAssetIsInOrder(t *testing.T) {
	ids := map[estate.AssetType]string{estate.AssetAnalysis: "analysisId", estate.AssetDashboard: "dashboardId", estate.AssetDataSet: "dataSetId", estate.AssetDataSource: "dataSourceId",
		estate.AssetFolder: "folderId", estate.AssetTheme: "themeId", estate.AssetVPCConnection: "vpcConnectionId"}
	most := map[estate.AssetType]int{estate.AssetDataSet: 128, estate.AssetDataSource: 128, estate.AssetVPCConnection: 128, estate.AssetFolder: 200}
	longest := 0
	for _, list := range sample.Assets(config(5, 1500)) {
		for i, a := range list {
			if i > 0 && (list[i-1].Type > a.Type || list[i-1].Type == a.Type && list[i-1].ID >= a.ID) {
				t.Errorf("%s %s is out of order", a.Type, a.ID)
			}
			size := utf8.RuneCountInString(a.Name)
			longest = max(longest, size)
			if size == 0 || size > cmp.Or(most[a.Type], 2048) || !utf8.ValidString(a.Name) || strings.ContainsFunc(a.Name, func(r rune) bool { return r < ' ' }) {
				t.Errorf("%s %s has the name %q", a.Type, a.ID, a.Name)
			}
			if a.Updated.After(sample.Now) || a.Updated.IsZero() != (a.Type == estate.AssetRefreshSchedule) {
				t.Errorf("%s %s was changed %s", a.Type, a.ID, a.Updated)
			}
			if member := ids[a.Type]; member != "" && (text(t, a.Content, member) != a.ID || text(t, a.Content, "name") != a.Name) {
				t.Errorf("%s %s: %s", a.Type, a.ID, a.Content)
			}
			if !slices.IsSorted(a.Folders) || !slices.IsSortedFunc(a.Permissions, func(a, b estate.AssetGrant) int { return cmp.Compare(a.Principal, b.Principal) }) {
				t.Errorf("%s %s: folders %v, permissions %v", a.Type, a.ID, a.Folders, a.Permissions)
			}
		}
	}
	if longest < 128 {
		t.Errorf("the longest name has %d characters", longest)
	}
}

// TestFoldersNestToFour: trees, four deep and no deeper.
func TestFoldersNestToFour(t *testing.T) {
	for r, list := range sample.Assets(config(6, 1000)) {
		above := map[string]string{}
		for _, a := range list {
			if a.Type == estate.AssetFolder {
				ref, _, _ := estate.ParseAssetARN(estate.ARN(text(t, a.Content, "parentFolderArn")))
				above[a.ID] = ref.ID
			}
		}
		deepest := 0
		for id := range above {
			depth := 0
			for ; id != ""; id = above[id] {
				depth++
			}
			deepest = max(deepest, depth)
		}
		if deepest != 4 {
			t.Errorf("%s: %d deep", r, deepest)
		}
	}
}

// TestNobodyNamedLeavesTheNamespace: without people the namespace owns what there is.
func TestNobodyNamedLeavesTheNamespace(t *testing.T) {
	for _, a := range sample.Assets(sample.Config{Seed: 1, N: 300, Account: account, IdentityRegion: home})[home] {
		for _, g := range a.Permissions {
			if g.Principal != estate.QuickARN(home, account, "namespace/default") {
				t.Errorf("%s %s: %s", a.Type, a.ID, g.Principal)
			}
		}
	}
}

// TestItCanMove: once people have their new names, nothing that a bundle carries speaks of the old Region.
func TestItCanMove(t *testing.T) {
	const target = estate.Region("us-east-1")
	m := assets.Mapping{OldAccount: account, Regions: map[estate.Region]estate.Region{home: target}, Principals: map[estate.ARN]estate.ARN{}}
	for _, a := range append(slices.Clone(users), groups...) {
		for _, kind := range []string{"user/default/", "group/default/"} {
			m.Principals[estate.QuickARN(home, account, kind+a)] = estate.QuickARN(target, account, kind+a)
		}
	}
	for _, a := range sample.Assets(config(9, 1500))[home] {
		_, notes, err := assets.Rewrite(a.Content, m)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range notes {
			if !strings.Contains(n.Text, ":secretsmanager:") { // bundles have no secrets
				t.Errorf("%s %s: %+v", a.Type, a.ID, n)
			}
		}
	}
}
