package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
)

// Assets says how the account's assets travel. The zero value: into a vault in the state directory, and from it to the target with the
// names that they have; assets of the old identity Region go to the new one, those of any other Region return to their own.
type Assets struct {
	Vault string `json:"vault,omitzero"` // directory for vaults; default: vault in the state directory

	// NoTrial is somebody's word that nothing is imported on trial before the deletion; none: it is.
	NoTrial *SignOff `json:"no_trial,omitzero"`

	// What is called how at the target. What is not named keeps its name.
	Regions    map[estate.Region]estate.Region `json:"regions,omitzero"`    // of assets
	Principals map[estate.ARN]estate.ARN       `json:"principals,omitzero"` // users, groups and namespaces
	ARNs       map[estate.ARN]estate.ARN       `json:"arns,omitzero"`       // anything else by its whole ARN
	Buckets    map[string]string               `json:"buckets,omitzero"`
	WorkGroups map[string]string               `json:"work_groups,omitzero"` // of Athena

	// What the target needs to be told. Keys of these and of the following name an asset of the source: REGION/TYPE/ID.
	Networks map[string]Network `json:"networks,omitzero"` // of VPC connections
	Secrets  map[string]string  `json:"secrets,omitzero"`  // of data sources: ARNs in Secrets Manager of the new Region, or later: a person gives it in Quick after the import

	// ImportBuckets are what bundles of more than 20 MB go through, by the Region of the import; buckets of the account at the target.
	ImportBuckets map[estate.Region]string `json:"import_buckets,omitzero"`

	// What no bundle brings, each asset with the word of somebody. Without it the old account is not deleted.
	ByHand map[string]SignOff `json:"by_hand,omitzero"` // somebody makes it again after the move
	Leave  map[string]SignOff `json:"leave,omitzero"`   // it may go with the old account
}

// Network is where a VPC connection is to be at the target.
type Network struct {
	Subnets        []string   `json:"subnets"`
	SecurityGroups []string   `json:"security_groups"`
	DNSResolvers   []string   `json:"dns_resolvers,omitzero"`
	RoleARN        estate.ARN `json:"role_arn,omitzero"`
}

// SignOff is a person's word about one asset. It is shown in plan, consent and report.
type SignOff struct {
	By     string `json:"by"`
	Date   string `json:"date"` // YYYY-MM-DD
	Reason string `json:"reason"`
}

func (s SignOff) String() string { return fmt.Sprintf("%s on %s: %s", s.By, s.Date, s.Reason) }

// AssetsWanted are the spec's words about assets; the zero value when it has none.
func (s *Spec) AssetsWanted() Assets {
	if s.Assets == nil {
		return Assets{}
	}
	return *s.Assets
}

// Signed reports whether somebody has said what becomes of an asset that no bundle brings.
func (s *Spec) Signed(ref estate.AssetRef) bool {
	a, key := s.AssetsWanted(), AssetKey(ref)
	_, hand := a.ByHand[key]
	_, leave := a.Leave[key]
	return hand || leave
}

// AssetTarget is where the assets of a Region go: as the spec says, else those of the old identity Region to the new one, and any others
// back to their own.
func (s *Spec) AssetTarget(home, r estate.Region) estate.Region {
	if to := s.AssetsWanted().Regions[r]; to != "" {
		return to
	}
	if r == home {
		return s.TargetRegion
	}
	return r
}

// Refs turns keys of the form REGION/TYPE/ID into names of assets. Rules have refused what has another form.
func Refs[T any](in map[string]T) map[estate.AssetRef]T {
	out := map[estate.AssetRef]T{}
	for key, v := range in {
		if ref, ok := assetRef(key); ok {
			out[ref] = v
		}
	}
	return out
}

// AssetKey is the key by which a spec names an asset of the source.
func AssetKey(ref estate.AssetRef) string {
	return string(ref.Region) + "/" + string(ref.Type) + "/" + ref.ID
}

func assetRef(key string) (estate.AssetRef, bool) {
	parts := strings.SplitN(key, "/", 3)
	if len(parts) != 3 || slices.Contains(parts, "") {
		return estate.AssetRef{}, false
	}
	return estate.AssetRef{Region: estate.Region(parts[0]), Type: estate.AssetType(parts[1]), ID: parts[2]}, true
}

// badAssets says what of the assets a person has to change.
func badAssets(s *Spec) string {
	a := s.AssetsWanted()
	for what, keys := range map[string][]string{"networks": sortedKeys(a.Networks), "secrets": sortedKeys(a.Secrets), "by_hand": sortedKeys(a.ByHand), "leave": sortedKeys(a.Leave)} {
		for _, key := range keys {
			if _, ok := assetRef(key); !ok {
				return fmt.Sprintf("assets.%s: %q names no asset; write REGION/TYPE/ID, such as ap-south-1/datasource/warehouse", what, key)
			}
		}
	}
	for _, signed := range []map[string]SignOff{a.ByHand, a.Leave} {
		for _, key := range sortedKeys(signed) {
			if _, err := time.Parse(time.DateOnly, signed[key].Date); err != nil || signed[key].By == "" || signed[key].Reason == "" {
				return fmt.Sprintf("assets: the word about %s needs by, reason, and a date as YYYY-MM-DD", key)
			}
		}
	}
	if w := a.NoTrial; w != nil && (w.By == "" || w.Reason == "") {
		return "assets.no_trial: it needs by, reason, and a date as YYYY-MM-DD"
	}
	for _, key := range sortedKeys(a.ByHand) {
		if _, both := a.Leave[key]; both {
			return fmt.Sprintf("assets: %s is in by_hand and in leave; an asset has one fate", key)
		}
	}
	for _, r := range slices.Sorted(maps.Keys(a.Regions)) {
		if to := a.Regions[r]; !slices.Contains(s.Table().Quick, to) {
			return fmt.Sprintf("assets.regions: Quick has no endpoint in %s", to)
		}
	}
	return ""
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
