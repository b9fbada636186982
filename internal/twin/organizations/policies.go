package organizations

import (
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// controlled is administered with the tree of policies.
func controlled(r *kernel.Request, in any) (estate.Organization, tree, error) {
	o, err := administered(r)
	if err == nil {
		err = r.Decode(in)
	}
	return o, grow(r, o), err
}

func listRoots(r *kernel.Request) (any, error) {
	o, t, err := controlled(r, &struct{}{})
	if err == nil {
		err = t.place(r, t.root, nil)
	}
	if err != nil {
		return nil, err
	}
	types := []any{}
	for _, k := range kinds {
		if t.enabled[k.id] {
			types = append(types, map[string]any{"Type": k.id, "Status": "ENABLED"})
		}
	}
	return page(r, "Roots", []any{map[string]any{"Id": t.root, "Name": "Root", "Arn": organizationARN(o, "root", t.root), "PolicyTypes": types}})
}

func organizationARN(o estate.Organization, kind, id string) string {
	return "arn:aws:organizations::" + string(o.ManagementAccount) + ":" + kind + "/" + o.ID + "/" + id
}

func listParents(r *kernel.Request) (any, error) {
	var in struct{ ChildId string }
	_, t, err := controlled(r, &in)
	missing := kernel.Errorf("ChildNotFoundException", "You specified a child that doesn't exist.")
	if err == nil {
		err = t.place(r, in.ChildId, missing)
	}
	if err == nil && in.ChildId == t.root {
		err = missing
	}
	if err != nil {
		return nil, err
	}
	parent := map[string]any{"Id": t.parents[in.ChildId], "Type": "ORGANIZATIONAL_UNIT"}
	if parent["Id"] == t.root {
		parent["Type"] = "ROOT"
	}
	return page(r, "Parents", []any{parent})
}

// summary is a policy without its text. The estate holds no ids; that of a policy of the customer's follows from name and text.
func (k kind) summary(o estate.Organization, name, text string) map[string]any {
	id, part := "p-"+kernel.ID("policy", k.id, name+"\x00"+text)[:10], strings.ToLower(k.id)
	arn := organizationARN(o, "policy", part+"/"+id)
	if name == k.full {
		id = "p-" + name
		arn = "arn:aws:organizations::aws:policy/" + part + "/" + id
	}
	return map[string]any{"Id": id, "Arn": arn, "Name": name, "Type": k.id, "AwsManaged": name == k.full}
}

// listPolicies gives what is attached anywhere.
func listPolicies(r *kernel.Request) (any, error) {
	var in struct{ Filter string }
	o, t, err := controlled(r, &in)
	k, unknown := kindOf(in.Filter)
	switch {
	case err != nil:
		return nil, err
	case unknown != nil:
		return nil, unknown
	case t.unseen != nil:
		return nil, t.unseen
	}
	found := []any{}
	for _, p := range t.all(o, k) {
		found = append(found, p.summary)
	}
	return page(r, "Policies", found)
}

// listPoliciesForTarget gives what is attached there itself, not what is inherited.
func listPoliciesForTarget(r *kernel.Request) (any, error) {
	var in struct{ Filter, TargetId string }
	o, t, err := controlled(r, &in)
	k, unknown := kindOf(in.Filter)
	if err == nil {
		err = unknown
	}
	if err == nil {
		err = t.place(r, in.TargetId, kernel.Errorf("TargetNotFoundException", "You specified a target that doesn't exist."))
	}
	if err != nil {
		return nil, err
	}
	found := []any{}
	at := t.attached[k.id][in.TargetId]
	for _, name := range slices.Sorted(maps.Keys(at)) {
		found = append(found, k.summary(o, name, at[name]))
	}
	return page(r, "Policies", found)
}

// paper is one policy of the organization.
type paper struct {
	summary map[string]any
	text    string
}

// all are the policies of a kind, each once.
func (t tree) all(o estate.Organization, k kind) []paper {
	found := map[string]paper{}
	for _, at := range t.attached[k.id] {
		for name, text := range at {
			p := paper{k.summary(o, name, text), text}
			found[name+" "+p.summary["Id"].(string)] = p
		}
	}
	var out []paper
	for _, key := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[key])
	}
	return out
}

func describePolicy(r *kernel.Request) (any, error) {
	var in struct{ PolicyId string }
	o, t, err := controlled(r, &in)
	if err != nil {
		return nil, err
	}
	for _, k := range kinds {
		for _, p := range t.all(o, k) {
			if p.summary["Id"] == in.PolicyId {
				return map[string]any{"Policy": map[string]any{"PolicySummary": p.summary, "Content": p.text}}, nil
			}
		}
	}
	if t.unseen != nil {
		return nil, t.unseen
	}
	return nil, kernel.Errorf("PolicyNotFoundException", "You specified a policy that doesn't exist.")
}
