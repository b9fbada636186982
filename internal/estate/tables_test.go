package estate

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"rehome/internal/diag"
)

func TestRegionsTable(t *testing.T) {
	table := Regions()
	for name, c := range map[string]struct {
		list []Region
		want int
	}{
		"default_enabled": {table.DefaultEnabled, 17}, // idc-kms 1.5
		"quick":           {table.Quick, 23},          // quick-api 3
		"desktop":         {table.Desktop, 1},
		"idc_only":        {table.IdCOnly, 5},
		"no_api_signup":   {table.NoAPISignup, 3},
	} {
		if len(c.list) != c.want || len(slices.Compact(slices.Sorted(slices.Values(c.list)))) != c.want {
			t.Errorf("%s has %d Regions, want %d different ones", name, len(c.list), c.want)
		}
		for _, r := range c.list {
			if !regionPattern.MatchString(string(r)) {
				t.Errorf("%s: %q is no Region", name, r)
			}
			if name != "default_enabled" && !slices.Contains(table.Quick, r) {
				t.Errorf("%s: Quick has no endpoint in %s", name, r)
			}
		}
		source, ok := table.Sources[name]
		if !ok || source.Doc == "" || !dated(source.Date) {
			t.Errorf("%s has no dated source: %+v", name, source)
		}
	}
	if table.Format != "rehome.regions/v1" || !dated(table.Checked) || len(table.Sources) != 5 {
		t.Errorf("format %q, checked %q, %d sources", table.Format, table.Checked, len(table.Sources))
	}
	if !slices.Equal(table.Desktop, []Region{"us-east-1"}) {
		t.Errorf("Desktop works in us-east-1 only, not in %v", table.Desktop)
	}
	if slices.Contains(table.Quick, "ap-northeast-3") || slices.Contains(table.Quick, "us-west-1") {
		t.Error("Quick has no endpoint in Osaka or Northern California")
	}
	for _, r := range []Region{"us-east-1", "ap-south-1", "ap-northeast-3"} {
		if !slices.Contains(table.DefaultEnabled, r) {
			t.Errorf("%s is enabled by default", r)
		}
	}
	if !table.Known("ap-northeast-3") || !table.Known("il-central-1") || table.Known("mx-central-1") {
		t.Error("Known: a Region of either list, and no other")
	}
}

func TestTablesAreNobodys(t *testing.T) {
	Regions().Desktop[0] = "eu-west-1"
	DefaultTimes()[TimeQuickDeleted] = Span{}
	if Regions().Desktop[0] != "us-east-1" || DefaultTimes()[TimeQuickDeleted].Typical == 0 {
		t.Error("one caller's change reached the next")
	}
}

func TestTimesTable(t *testing.T) {
	times := DefaultTimes()
	want := []TimeKey{TimeEncryptionSet, TimeRegionAdded, TimeRegionRemoved, TimeIdentityVisible, TimeByHand, TimeAPICall, TimeConsent, TimePolicyVisible, TimeReplicaCreated, TimeNamespaceCreated, TimeQuickCreated, TimeQuickDeleted,
		TimeAssetExport, TimeAssetImport, TimeAssetRollback, TimeIngestion, TimeStackCreated, TimeStackDeleted}
	if got := slices.Sorted(maps.Keys(times)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("the table has %v, the code names %v", got, want)
	}
	for key, s := range times {
		if s.Low < 0 || s.Low > s.Typical || s.Typical > s.High || s.High == 0 {
			t.Errorf("%s: low %d, typical %d, high %d", key, s.Low, s.Typical, s.High)
		}
		if s.Source.Doc == "" || !dated(s.Source.Date) {
			t.Errorf("%s has no dated source: %+v", key, s.Source)
		}
		if s.Duration() != time.Duration(s.Typical)*time.Second {
			t.Errorf("%s lasts %s", key, s.Duration())
		}
	}
}

func TestTimesWith(t *testing.T) {
	base := Times{"a": {Typical: 10, Low: 5, High: 20}, "b": {Typical: 1, Low: 1, High: 1}}
	for name, c := range map[string]struct {
		typical map[TimeKey]int
		want    Times
	}{
		"nothing":    {nil, base},
		"inside":     {map[TimeKey]int{"a": 7}, Times{"a": {Typical: 7, Low: 5, High: 20}, "b": base["b"]}},
		"above high": {map[TimeKey]int{"a": 2290}, Times{"a": {Typical: 2290, Low: 5, High: 2290}, "b": base["b"]}},
		"below low":  {map[TimeKey]int{"a": 0}, Times{"a": {Typical: 0, Low: 0, High: 20}, "b": base["b"]}},
		"several":    {map[TimeKey]int{"a": 11, "b": 2}, Times{"a": {Typical: 11, Low: 5, High: 20}, "b": {Typical: 2, Low: 1, High: 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := base.With(c.typical)
			if !maps.EqualFunc(got, c.want, func(x, y Span) bool { return x == y }) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if base["a"].Typical != 10 || base["a"].High != 20 {
				t.Error("the table itself changed")
			}
		})
	}
}

func TestPlainAnswers(t *testing.T) {
	for status, usable := range map[OptStatus]bool{OptEnabledByDefault: true, OptEnabled: true, OptDisabled: false, "ENABLING": false, "DISABLING": false, "": false} {
		if status.Usable() != usable {
			t.Errorf("Region %q: usable %t", status, status.Usable())
		}
	}
	for status, live := range map[QuickStatus]bool{QuickCreated: true, QuickOK: true, QuickCreating: false, QuickCreationFailed: false, QuickUnsubscribing: false, QuickUnsubscribed: false, QuickUnsubscribeFailed: false, "": false} {
		if status.Live() != live {
			t.Errorf("Quick %q: live %t", status, status.Live())
		}
	}
}

func dated(s string) bool { return regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`).MatchString(s) }

func TestRegionTableWith(t *testing.T) {
	built := Regions()
	got := built.With(RegionTable{Desktop: []Region{"ap-south-1"}, NoAPISignup: []Region{}, Sources: map[string]diag.Source{"desktop": {Doc: "newer"}}})
	if !slices.Equal(got.Desktop, []Region{"ap-south-1"}) || len(got.NoAPISignup) != 0 || got.Sources["desktop"].Doc != "newer" {
		t.Errorf("a named list is not replaced: %+v", got)
	}
	if !slices.Equal(got.Quick, built.Quick) || !slices.Equal(got.IdCOnly, built.IdCOnly) || got.Checked != built.Checked || got.Sources["quick"] != built.Sources["quick"] {
		t.Errorf("a list that is not named changed: %+v", got)
	}
	if !slices.Equal(built.Desktop, []Region{"us-east-1"}) || built.Sources["desktop"].Doc == "newer" {
		t.Errorf("the table itself changed: %+v", built)
	}
}

func TestApplications(t *testing.T) {
	table := Applications()
	for _, a := range table {
		if a.Provider == "" || a.Name == "" || a.Source.Doc == "" || !dated(a.Source.Date) {
			t.Errorf("%+v has no provider, name or dated source", a)
		}
		if !slices.Contains([]Support{Supported, Unsupported, ""}, a.CustomerKey) || !slices.Contains([]Support{Supported, Unsupported, ""}, a.AdditionalRegions) {
			t.Errorf("%s: %q, %q are neither yes nor no", a.Provider, a.CustomerKey, a.AdditionalRegions)
		}
	}
	if got, ok := SupportOf(table, "quicksight"); !ok || got.CustomerKey != Supported || got.Disputed == "" {
		t.Errorf("Quick: %+v, %t", got, ok)
	}
	if got, ok := SupportOf(append(table, ApplicationSupport{Provider: "quicksight", CustomerKey: Unsupported}), "quicksight"); !ok || got.CustomerKey != Unsupported {
		t.Error("a later row does not win")
	}
	if _, ok := SupportOf(table, "unheard-of"); ok {
		t.Error("found what is not there")
	}
	for provider, want := range map[ARN]string{"arn:aws:sso::aws:applicationProvider/quicksight": "quicksight", "arn:aws:sso::aws:applicationProvider/custom": CustomProvider,
		"arn:aws:sso::aws:applicationProvider/custom-saml": CustomProvider, "": ""} {
		if got := (Application{Provider: provider}).ProviderName(); got != want {
			t.Errorf("%s: %q, want %q", provider, got, want)
		}
	}
}
