package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// AssetsMapFormat is the version of the file that says what is called how at the target.
const AssetsMapFormat = "rehome.assets-map/v1"

// assetsMap is that file. Keys that name an asset are REGION/TYPE/ID of the source.
type assetsMap struct {
	Format     string                          `json:"format"`
	Regions    map[estate.Region]estate.Region `json:"regions,omitzero"`
	Principals map[estate.ARN]estate.ARN       `json:"principals,omitzero"`
	ARNs       map[estate.ARN]estate.ARN       `json:"arns,omitzero"`
	Buckets    map[string]string               `json:"buckets,omitzero"`
	WorkGroups map[string]string               `json:"work_groups,omitzero"`
	Networks   map[string]mappedNetwork        `json:"networks,omitzero"` // of VPC connections
	Secrets    map[string]string               `json:"secrets,omitzero"`  // of data sources: ARNs in Secrets Manager of the new Region, or "later"
	Left       map[string]string               `json:"left,omitzero"`     // what may stay behind, and who says so
}

type mappedNetwork struct {
	Subnets        []string   `json:"subnets"`
	SecurityGroups []string   `json:"security_groups"`
	DNSResolvers   []string   `json:"dns_resolvers,omitzero"`
	RoleARN        estate.ARN `json:"role_arn,omitzero"`
}

// readAssetsMap reads the file; without a name it is empty.
func readAssetsMap(path string) (m assetsMap, err error) {
	if path == "" {
		return m, nil
	}
	if err := document.Read(path, &m); err != nil {
		return m, err
	}
	if m.Format != AssetsMapFormat {
		return m, &diag.Error{Code: "assets/map-format", What: fmt.Sprintf("format is %q; this rehome reads %q", m.Format, AssetsMapFormat), At: diag.Position{File: path, Line: 1, Column: 1}, Exit: diag.ExitUsage}
	}
	return m, nil
}

// refs turns the keys of a map into assets.
func refs[T any](path string, in map[string]T) (map[estate.AssetRef]T, error) {
	out := map[estate.AssetRef]T{}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		parts := strings.SplitN(key, "/", 3)
		if len(parts) != 3 || slices.Contains(parts, "") {
			return nil, &diag.Error{Code: "assets/map-key", What: fmt.Sprintf("%q names no asset", key), At: diag.Position{File: path}, Exit: diag.ExitUsage, Fix: []string{"write REGION/TYPE/ID, such as ap-south-1/datasource/warehouse"}}
		}
		out[estate.AssetRef{Region: estate.Region(parts[0]), Type: estate.AssetType(parts[1]), ID: parts[2]}] = in[key]
	}
	return out, nil
}

// principalsOf are the people, groups and namespaces that the assets of an inventory name, as far as a name goes: a vault holds no addresses.
func principalsOf(inv *assets.Inventory) assets.People {
	p := assets.People{Account: inv.Account, Region: inv.IdentityRegion, Namespaces: map[string]estate.Namespace{}}
	users, groups := map[string]map[string]estate.QuickUser{}, map[string]map[string][]string{}
	inv.All(func(_ estate.AssetRef, item *assets.Item) bool {
		for _, g := range item.Permissions {
			_, resource, _ := strings.Cut(string(g.Principal), ":"+string(inv.Account)+":")
			kind, rest, _ := strings.Cut(resource, "/")
			ns, name, _ := strings.Cut(rest, "/")
			if users[ns] == nil {
				users[ns], groups[ns] = map[string]estate.QuickUser{}, map[string][]string{}
			}
			switch kind {
			case "user":
				users[ns][name] = estate.QuickUser{}
			case "group":
				groups[ns][name] = nil
			}
		}
		return true
	})
	for ns := range users {
		p.Namespaces[ns] = estate.Namespace{Users: estate.Of(users[ns]), Groups: estate.Of(groups[ns])}
	}
	return p
}
