package cloudformation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// after are the resources that one names in DependsOn.
func (o resource) after() []string {
	switch v := o.DependsOn.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, fmt.Sprint(e))
		}
		return out
	}
	return nil
}

// order gives the names of the resources, each after those that it uses, and refuses circles and what is not there.
func (t template) order() ([]string, error) {
	needs := map[string]map[string]bool{}
	var lost []string
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		one := t.Resources[name]
		needs[name] = map[string]bool{}
		look := env{
			ref: func(to string) (any, error) {
				if _, ours := t.Resources[to]; ours {
					needs[name][to] = true
				} else if _, ours := t.Parameters[to]; !ours && pseudo[to] == nil {
					lost = append(lost, to)
				}
				return "", nil
			},
			attribute: func(of, attribute string) (any, error) {
				if _, ours := t.Resources[of]; !ours {
					return nil, validation("Template error: instance of Fn::GetAtt references undefined resource %s", of)
				}
				if attribute != "Arn" {
					return nil, notModelled("the attribute " + attribute + " of " + t.Resources[of].Type)
				}
				needs[name][of] = true
				return "", nil
			},
		}
		if _, err := look.resolve(one.Properties); err != nil {
			return nil, err
		}
		for _, to := range one.after() {
			if _, ours := t.Resources[to]; !ours {
				lost = append(lost, to)
			}
			needs[name][to] = true
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		return nil, validation("Template format error: Unresolved resource dependencies [%s] in the Resources block of the template", strings.Join(slices.Compact(lost), ", "))
	}
	return sorted(needs)
}

// sorted is the order; of several that could be next, the first by name is.
func sorted(needs map[string]map[string]bool) ([]string, error) {
	var out []string
	for len(needs) > 0 {
		next := ""
		for _, name := range slices.Sorted(maps.Keys(needs)) {
			if len(needs[name]) == 0 {
				next = name
				break
			}
		}
		if next == "" {
			return nil, validation("Circular dependency between resources: [%s]", strings.Join(slices.Sorted(maps.Keys(needs)), ", "))
		}
		out = append(out, next)
		delete(needs, next)
		for _, others := range needs {
			delete(others, next)
		}
	}
	return out, nil
}
