package assets

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// Form is what of an asset has to be equal at the source and at the target: no time, no version, no state, and every name mapped. What an
// asset shows is in it only as far as an inventory holds it: bundles carry definitions, and Door reads none.
type Form struct {
	Asset       estate.AssetRef     `json:"asset"`
	Name        string              `json:"name,omitzero"` // empty: not looked at, or a refresh schedule, which has none
	Kind        string              `json:"kind,omitzero"`
	Uses        []estate.ARN        `json:"uses,omitzero"`
	Permissions []estate.AssetGrant `json:"permissions,omitzero"`
	Tags        map[string]string   `json:"tags,omitzero"`
	Folders     []string            `json:"folders,omitzero"`
	Refresh     jsontext.Value      `json:"refresh,omitzero"`
	Content     jsontext.Value      `json:"content,omitzero"`
	Rules       []RowRule           `json:"rules,omitzero"`
	Faults      []string            `json:"faults,omitzero"`
}

// Form is an item of a Region as it has to be at the target. With the zero Mapping it is an item as it is.
func (m Mapping) Form(r estate.Region, i Item) Form {
	f := Form{Asset: m.Ref(i.Ref(r)), Faults: i.Faults, Name: i.Name, Kind: i.Kind, Tags: maps.Clone(i.Tags), Refresh: plain(i.Refresh), Content: plain(m.content(i.Content))}
	if i.Type == estate.AssetRefreshSchedule {
		f.Name = ""
	}
	for _, arn := range i.Uses {
		to, _ := m.arn(arn)
		f.Uses = append(f.Uses, to)
	}
	f.Uses = sortedARNs(f.Uses)
	for _, g := range i.Permissions {
		to, _ := m.arn(g.Principal)
		f.Permissions = append(f.Permissions, estate.AssetGrant{Principal: to, Actions: g.Actions})
	}
	f.Permissions = sortedGrants(f.Permissions)
	for _, id := range i.Folders {
		f.Folders = append(f.Folders, m.Ref(estate.AssetRef{Region: r, Type: estate.AssetFolder, ID: id}).ID)
	}
	slices.Sort(f.Folders)
	for _, rule := range i.Rules {
		rule.DataSet, _ = m.arn(rule.DataSet)
		f.Rules = append(f.Rules, rule)
	}
	slices.SortFunc(f.Rules, func(a, b RowRule) int { return strings.Compare(string(a.DataSet), string(b.DataSet)) })
	return f
}

func (m Mapping) content(text jsontext.Value) jsontext.Value {
	if fresh, _, err := Rewrite(text, m); err == nil {
		return fresh
	}
	return text
}

// passing are members of an asset's content that say when it was made or where, and not what it is. The id of a schedule is in Asset, and
// its start has to be in the future of every import (quick-api 3.7, 4.6).
var passing = []string{"arn", "createdTime", "lastUpdatedTime", "lastPublishedTime", "scheduleId", "startAfterDateTime", "version", "versionNumber"}

// plain is JSON in its canonical form, without what passes; what is no JSON stays.
func plain(text jsontext.Value) jsontext.Value {
	if len(text) == 0 {
		return nil
	}
	members := map[string]jsontext.Value{}
	if json.Unmarshal(text, &members) != nil {
		return text
	}
	for _, name := range passing {
		delete(members, name)
	}
	out, err := json.Marshal(members, json.Deterministic(true))
	if err != nil || (*jsontext.Value)(&out).Canonicalize() != nil {
		return text
	}
	return out
}

// Hash is the hash of the whole form, for evidence.
func (f Form) Hash() string {
	text, err := json.Marshal(f, json.Deterministic(true))
	if err != nil {
		return ""
	}
	return hash(text)
}

// Parts of a form. The first three can be mended without another import.
const (
	partPermissions = "permissions"
	partTags        = "tags"
	partFolders     = "folders"
)

var mendable = map[string]bool{partPermissions: true, partTags: true, partFolders: true}

// Differences names the parts in which a form is not the other. A name that one of them does not tell is no difference.
func (f Form) Differences(have Form) []string {
	var out []string
	for _, p := range []struct {
		what  string
		equal bool
	}{
		{"type or id", f.Asset == have.Asset},
		{"name", f.Name == have.Name || f.Name == "" || have.Name == ""},
		{"kind", f.Kind == have.Kind},
		{"uses", slices.Equal(f.Uses, have.Uses)},
		{partPermissions, slices.EqualFunc(f.Permissions, have.Permissions, func(a, b estate.AssetGrant) bool {
			return a.Principal == b.Principal && slices.Equal(a.Actions, b.Actions)
		})},
		{partTags, maps.Equal(f.Tags, have.Tags)},
		{partFolders, slices.Equal(f.Folders, have.Folders)},
		{"refresh properties", sameJSON(f.Refresh, have.Refresh)},
		{"content", sameJSON(f.Content, have.Content)},
		{"row rules", slices.Equal(f.Rules, have.Rules)},
		{"faults", !slices.ContainsFunc(have.Faults, func(fault string) bool { return !slices.Contains(f.Faults, fault) })}, // fewer are welcome
	} {
		if !p.equal {
			out = append(out, p.what)
		}
	}
	return out
}

// startIn is the start that a schedule's content tells; zero: none that can be read.
func startIn(content jsontext.Value) time.Time {
	var c struct {
		Start jsontext.Value `json:"startAfterDateTime"`
	}
	if json.Unmarshal(content, &c) != nil || c.Start.Kind() == 'n' {
		return time.Time{}
	}
	var at time.Time
	var seconds float64
	switch {
	case json.Unmarshal(c.Start, &seconds) == nil:
		return time.UnixMilli(int64(seconds * 1000)).UTC()
	case json.Unmarshal(c.Start, &at) == nil:
		return at.UTC()
	}
	return time.Time{}
}

// split gives the dataset and the own id of a refresh schedule.
func split(ref estate.AssetRef) (dataset, id string) {
	dataset, id, _ = strings.Cut(ref.ID, "/")
	return dataset, id
}
