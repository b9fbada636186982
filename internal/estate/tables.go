package estate

import (
	"cmp"
	_ "embed"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml"

	"rehome/internal/diag"
)

//go:embed regions.yaml
var regionsYAML []byte

//go:embed times.yaml
var timesYAML []byte

// RegionTable is what each Region admits, with the date of the facts.
type RegionTable struct {
	Format         string                 `json:"format,omitzero"`
	Checked        string                 `json:"checked,omitzero"`
	Sources        map[string]diag.Source `json:"sources,omitzero"`
	DefaultEnabled []Region               `json:"default_enabled,omitzero"` // no opt-in needed; Identity Center can replicate there
	Quick          []Region               `json:"quick,omitzero"`           // Quick has an endpoint, so assets can be there
	Desktop        []Region               `json:"desktop,omitzero"`         // Quick on Desktop works with this identity Region
	IdCOnly        []Region               `json:"idc_only,omitzero"`        // Quick accounts can only use Identity Center
	NoAPISignup    []Region               `json:"no_api_signup,omitzero"`   // once documented as refusing CreateAccountSubscription
}

var regionTable = embedded[RegionTable](regionsYAML)

// Regions is the built-in table, the caller's own.
func Regions() RegionTable { return regionTable() }

// With gives the table in which every list that o has replaces its own; sources go along.
func (t RegionTable) With(o RegionTable) RegionTable {
	t.Checked = cmp.Or(o.Checked, t.Checked)
	t.Sources = maps.Clone(t.Sources)
	maps.Copy(t.Sources, o.Sources)
	for _, list := range []struct{ mine, other *[]Region }{{&t.DefaultEnabled, &o.DefaultEnabled}, {&t.Quick, &o.Quick}, {&t.Desktop, &o.Desktop},
		{&t.IdCOnly, &o.IdCOnly}, {&t.NoAPISignup, &o.NoAPISignup}} {
		if *list.other != nil {
			*list.mine = *list.other
		}
	}
	return t
}

// Known reports whether any list of the table names the Region.
func (t RegionTable) Known(r Region) bool {
	return slices.Contains(t.DefaultEnabled, r) || slices.Contains(t.Quick, r)
}

// TimeKey names one duration of the table.
type TimeKey string

// The durations.
const (
	TimePolicyVisible    TimeKey = "kms_policy_visible"
	TimeReplicaCreated   TimeKey = "kms_replica_created"
	TimeQuickCreated     TimeKey = "quick_created"
	TimeQuickDeleted     TimeKey = "quick_deleted"
	TimeNamespaceCreated TimeKey = "namespace_created"
	TimeEncryptionSet    TimeKey = "idc_encryption_set"
	TimeRegionAdded      TimeKey = "idc_region_added"
	TimeRegionRemoved    TimeKey = "idc_region_removed"
	TimeIdentityVisible  TimeKey = "idc_change_visible"
	TimeAssetExport      TimeKey = "asset_export"
	TimeAssetImport      TimeKey = "asset_import"
	TimeAssetRollback    TimeKey = "asset_rollback"
	TimeIngestion        TimeKey = "spice_ingestion"
	TimeStackCreated     TimeKey = "stack_created"
	TimeStackDeleted     TimeKey = "stack_deleted"
	TimeByHand           TimeKey = "by_hand"
	TimeAPICall          TimeKey = "api_call"
	TimeConsent          TimeKey = "consent"
)

// Span is how long something takes, in seconds.
type Span struct {
	Typical int         `json:"typical"`
	Low     int         `json:"low"`
	High    int         `json:"high"`
	Source  diag.Source `json:"source"`
}

// Duration is the typical length.
func (s Span) Duration() time.Duration { return time.Duration(s.Typical) * time.Second }

// Times is how long AWS and people take.
type Times map[TimeKey]Span

type timeTable struct {
	Format  string `json:"format"`
	Checked string `json:"checked"`
	Times   Times  `json:"times"`
}

var defaultTimes = embedded[timeTable](timesYAML)

// DefaultTimes is the built-in table, the caller's own.
func DefaultTimes() Times { return defaultTimes().Times }

// With gives a copy of the table in which typical seconds are replaced; low and high make room for them.
func (t Times) With(typical map[TimeKey]int) Times {
	out := maps.Clone(t)
	for k, seconds := range typical {
		s := out[k]
		s.Typical, s.Low, s.High = seconds, min(s.Low, seconds), max(s.High, seconds)
		out[k] = s
	}
	return out
}

// embedded is a table that is part of the program. It is read from YAML once, and given to each caller as a value of its own.
func embedded[T any](text []byte) func() T {
	asJSON := sync.OnceValues(func() ([]byte, error) { return yaml.YAMLToJSON(text) })
	return func() (t T) {
		raw, err := asJSON()
		if err == nil {
			err = json.Unmarshal(raw, &t, json.RejectUnknownMembers(true))
		}
		if err != nil { // a test proves that all decode
			panic("estate: embedded table: " + err.Error())
		}
		return t
	}
}
