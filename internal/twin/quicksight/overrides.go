package quicksight

import (
	"encoding/json"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// overrides are what an import changes in the assets of its bundle (quick-api 3.4). They are kept as they came, but without credentials.
type overrides struct {
	OverrideParameters  map[string]any `json:",omitempty"`
	OverridePermissions map[string]any `json:",omitempty"`
	OverrideTags        map[string]any `json:",omitempty"`
}

// bounds are how many entries a list may have.
type bounds struct{ low, high int }

func (b bounds) check(what string, n int) error {
	if n < b.low || n > b.high {
		return invalid("%s has %d entries; %d to %d are allowed.", what, n, b.low, b.high)
	}
	return nil
}

// listBounds are those of members of one override; a member that is not there is not checked (quick-api 3.4).
var listBounds = map[string]bounds{"SubnetIds": {2, 15}, "SecurityGroupIds": {1, 16}, "DnsResolvers": {0, 15}, "Principals": {1, 64}, "Actions": {1, 20}, "Tags": {1, 200}}

// check refuses overrides that the model does not allow, and schedules that would begin in the past.
func (o overrides) check(r *kernel.Request) error {
	for _, k := range bundled {
		grants := bounds{1, 2}
		if k.kind == estate.AssetAnalysis {
			grants.high = 1
		}
		for _, part := range []struct {
			name string
			of   map[string]any
			most bounds
		}{{"OverrideParameters", o.OverrideParameters, bounds{1, 50}}, {"OverridePermissions", o.OverridePermissions, grants}, {"OverrideTags", o.OverrideTags, bounds{1, 5}}} {
			list, there := part.of[k.list].([]any)
			if !there {
				continue
			}
			if err := part.most.check(part.name+"."+k.list, len(list)); err != nil {
				return err
			}
			for _, e := range list {
				one, _ := e.(map[string]any)
				if err := k.checkOverride(r, part.name, one); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (k assetKind) checkOverride(r *kernel.Request, part string, one map[string]any) error {
	if part == "OverrideParameters" {
		if text(one, k.id) == "" {
			return invalid("%s.%s.%s is required.", part, k.list, k.id)
		}
		if start, given := startOf(one); given && !start.After(r.Now()) {
			return invalid("StartAfterDateTime must be in the future.")
		}
	} else if err := (bounds{1, 50}).check(k.id+"s", len(listOf(one, k.id+"s"))); err != nil {
		return err
	}
	for _, at := range []map[string]any{one, object(one, "Permissions")} {
		for name, b := range listBounds {
			if list, ok := at[name].([]any); ok {
				if err := b.check(name, len(list)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func listOf(object map[string]any, name string) []any {
	list, _ := member(object, name).([]any)
	return list
}

// asked are the overrides in a request.
type asked struct{ OverrideParameters, OverridePermissions, OverrideTags json.RawMessage }

// overrides forgets credentials at once, but for the name of a secret.
func (in asked) overrides() (overrides, error) {
	var o overrides
	for _, part := range []struct {
		from json.RawMessage
		to   *map[string]any
	}{{in.OverrideParameters, &o.OverrideParameters}, {in.OverridePermissions, &o.OverridePermissions}, {in.OverrideTags, &o.OverrideTags}} {
		if part.from == nil {
			continue
		}
		if err := parse(part.from, part.to); err != nil {
			return o, kernel.Errorf("SerializationException", "%v", err)
		}
	}
	for _, e := range listOf(o.OverrideParameters, "DataSources") {
		one, _ := e.(map[string]any)
		secret := text(object(one, "Credentials"), "SecretArn")
		if delete(one, "Credentials"); secret != "" {
			one["SecretArn"] = secret
		}
	}
	return o, nil
}

// prefix is what the ids of all assets begin with from now on.
func (o overrides) prefix() string {
	return text(object(o.OverrideParameters, "ResourceIdOverrideConfiguration"), "PrefixForAllResources")
}

// parameters are those for one asset, by the id that it has in the bundle (INFERRED).
func (o overrides) parameters(e entry) (map[string]any, bool) {
	for _, v := range listOf(o.OverrideParameters, e.kind.list) {
		one, _ := v.(map[string]any)
		id := text(one, e.kind.id)
		if e.kind.kind == estate.AssetRefreshSchedule {
			id = text(one, "DataSetId") + "/" + id
		}
		if id == e.id {
			return one, true
		}
	}
	return nil, false
}

// all gives the overrides of a list that are for one asset: those that name it, or everything of its kind with a star.
func all(of map[string]any, e entry) []map[string]any {
	var out []map[string]any
	for _, v := range listOf(of, e.kind.list) {
		one, _ := v.(map[string]any)
		if ids := listOf(one, e.kind.id+"s"); slices.Contains(ids, any(e.id)) || slices.Contains(ids, any("*")) {
			out = append(out, one)
		}
	}
	return out
}

// grants are those that the overrides give an asset.
func (o overrides) grants(e entry) []permission {
	var out []permission
	for _, one := range all(o.OverridePermissions, e) {
		var actions []string
		collect(member(object(one, "Permissions"), "Actions"), func(s string) { actions = append(actions, s) })
		collect(member(object(one, "Permissions"), "Principals"), func(s string) {
			out = append(out, permission{Principal: estate.ARN(s), Actions: actions})
		})
	}
	return out
}

// tags are those that the overrides give an asset.
func (o overrides) tags(e entry) []tag {
	var out []tag
	for _, one := range all(o.OverrideTags, e) {
		out = append(out, tagsIn(one)...)
	}
	return out
}
