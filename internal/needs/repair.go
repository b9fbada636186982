package needs

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/policy"
)

// Repair is a key policy that meets the needs, and what was added to get there.
type Repair struct {
	Policy string      // the whole policy, JSON text
	Added  []Statement // in the order in which they stand in Policy
}

// Merge adds to a key policy the fewest of the candidate statements that turn its denied needs into allowed ones. Every statement
// that is there stays as it is. An error says which need no candidate can meet: an explicit deny, most of the time.
func Merge(current string, all []Need, candidates []Statement) (Repair, error) {
	r := Repair{Policy: current}
	for {
		denied, err := Denied(r.Policy, all)
		if err != nil || len(denied) == 0 {
			return r, err
		}
		best, fewest := "", len(denied)
		var added Statement
		for _, c := range candidates {
			with, err := appended(r.Policy, c)
			if err != nil {
				return r, err
			}
			left, err := Denied(with, all)
			if err != nil {
				return r, err
			}
			if len(left) < fewest {
				best, fewest, added = with, len(left), c
			}
		}
		if best == "" {
			n := denied[0]
			return r, &diag.Error{Code: "needs/unrepairable", What: "no statement that rehome may add lets " + n.Caller + " call " + n.Action,
				Where: string(n.Key), Why: "an explicit deny, or a condition that cannot be judged, stands against it", Exit: diag.ExitBlocked,
				Owner: diag.ManagementAdmin, Fix: []string{"take the denying statement away or exempt AWS services from it, then run rehome survey again"}}
		}
		r.Policy, r.Added = best, append(r.Added, added)
	}
}

// Denied lists the needs that a policy does not allow; those that cannot be judged are among them. The operator's are left out:
// whether a person may call is proven by the person's own calls.
func Denied(keyPolicy string, all []Need) ([]Need, error) {
	doc, err := policy.Parse(keyPolicy)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(n Need) bool {
		return n.Service == operator || n.Evaluate(doc).Decision == policy.Allow
	}), nil
}

// Statements gives the statements of a key policy as text.
func Statements(keyPolicy string) ([]Statement, error) {
	var doc struct {
		Statement jsontext.Value `json:"Statement"`
	}
	if err := json.Unmarshal([]byte(keyPolicy), &doc); err != nil {
		return nil, err
	}
	if doc.Statement.Kind() == '{' {
		return []Statement{doc.Statement}, nil
	}
	var out []Statement
	err := json.Unmarshal(doc.Statement, &out)
	return out, err
}

// appended adds one statement and asks for the policy version that policy variables need. A Sid that is taken gets a suffix.
func appended(keyPolicy string, add Statement) (string, error) {
	var doc map[string]jsontext.Value
	if err := json.Unmarshal([]byte(keyPolicy), &doc); err != nil {
		return "", err
	}
	have, err := Statements(keyPolicy)
	if err != nil {
		return "", err
	}
	add, err = freeSid(have, add)
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(append(have, add))
	if err != nil {
		return "", err
	}
	doc["Statement"] = list
	if _, ok := doc["Version"]; !ok {
		doc["Version"] = jsontext.Value(`"2012-10-17"`)
	}
	out, err := json.Marshal(doc, json.Deterministic(true))
	return string(out), err
}

func freeSid(have []Statement, add Statement) (Statement, error) {
	taken := map[string]bool{}
	for _, s := range have {
		taken[sid(s)] = true
	}
	name := sid(add)
	if !taken[name] || name == "" {
		return add, nil
	}
	free := name + "ByRehome"
	return bytes.Replace(add, []byte(`"`+name+`"`), []byte(`"`+free+`"`), 1), nil
}

func sid(s Statement) string {
	var v struct {
		Sid string `json:"Sid"`
	}
	_ = json.Unmarshal(s, &v) // a statement that is no object has no Sid
	return v.Sid
}
