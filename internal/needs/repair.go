package needs

import (
	"bytes"
	"cmp"
	"fmt"
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

// MaxPolicy is how many bytes a key policy may have (KMS quotas, key policy document size; idc-kms 2.4).
const MaxPolicy = 32 << 10

// Merge adds to a key policy the fewest of the candidate statements that turn its denied needs into allowed ones. Every statement
// that is there stays as it is; of candidates that help alike, one that grants everything is the last choice. An error says which
// need no candidate can meet: an explicit deny, most of the time.
func Merge(current string, all []Need, candidates []Statement) (Repair, error) {
	r := Repair{Policy: current}
	candidates = slices.Clone(candidates)
	slices.SortStableFunc(candidates, func(a, b Statement) int { return cmp.Compare(broad(a), broad(b)) })
	for {
		denied, err := Denied(r.Policy, all)
		switch {
		case err != nil:
			return r, err
		case len(r.Added) > 0 && len(r.Policy) > MaxPolicy:
			return r, &diag.Error{Code: "needs/too-large", What: fmt.Sprintf("the repaired key policy would have %d bytes; KMS takes %d", len(r.Policy), MaxPolicy),
				Exit: diag.ExitBlocked, Owner: diag.ManagementAdmin, Fix: []string{"take statements out that nobody needs any more, then run rehome survey again"}}
		case len(denied) == 0:
			return r, nil
		}
		best, fewest := "", len(denied)
		var added Statement
		for _, c := range candidates {
			with, as, err := appended(r.Policy, c)
			if err != nil {
				return r, err
			}
			left, err := Denied(with, all)
			if err != nil {
				return r, err
			}
			if len(left) < fewest {
				best, fewest, added = with, len(left), as
			}
		}
		if best == "" {
			n := denied[0]
			return r, &diag.Error{Code: "needs/unrepairable", What: "no statement that rehome may add lets " + n.Caller + " call " + n.Action,
				Where: n.place(), Why: "an explicit deny, or a condition that cannot be judged, stands against it", Exit: diag.ExitBlocked,
				Owner: diag.ManagementAdmin, Fix: []string{"take the denying statement away or exempt AWS services from it, then run rehome survey again"}}
		}
		r.Policy, r.Added = best, append(r.Added, added)
	}
}

// place names the key that the need is about, or only its Region while the key has no id yet.
func (n Need) place() string {
	if n.Key.KeyID() == "" {
		return "the key policy in " + string(n.Region)
	}
	return string(n.Key)
}

// broad is 1 for a statement that grants every action, else 0.
func broad(s Statement) int {
	return bytes.Count(s, []byte(`"kms:*"`))
}

// Denied lists the needs that a policy does not allow; services' needs that cannot be judged are among them. The operator's unknown
// ones are not: what depends on the role's path is proven by the person's own calls.
func Denied(keyPolicy string, all []Need) ([]Need, error) {
	doc, err := policy.Parse(keyPolicy)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(n Need) bool {
		decision := n.Evaluate(doc).Decision
		return decision == policy.Allow || n.Operator() && decision == policy.Unknown
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

// appended adds one statement and asks for the policy version that policy variables need. A Sid that is taken gets a suffix; as is
// the statement as it was added.
func appended(keyPolicy string, add Statement) (text string, as Statement, err error) {
	var doc map[string]jsontext.Value
	if err := json.Unmarshal([]byte(keyPolicy), &doc); err != nil {
		return "", nil, err
	}
	have, err := Statements(keyPolicy)
	if err != nil {
		return "", nil, err
	}
	as = freeSid(have, add)
	list, err := json.Marshal(append(have, as))
	if err != nil {
		return "", nil, err
	}
	doc["Statement"] = list
	doc["Version"] = jsontext.Value(`"2012-10-17"`)
	out, err := json.Marshal(doc, json.Deterministic(true))
	return string(out), as, err
}

func freeSid(have []Statement, add Statement) Statement {
	taken := map[string]bool{}
	for _, s := range have {
		taken[sid(s)] = true
	}
	name := sid(add)
	if !taken[name] || name == "" {
		return add
	}
	free := name + "ByRehome"
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%sByRehome%d", name, n)
	}
	return bytes.Replace(add, []byte(`"`+name+`"`), []byte(`"`+free+`"`), 1)
}

func sid(s Statement) string {
	var v struct {
		Sid string `json:"Sid"`
	}
	_ = json.Unmarshal(s, &v) // a statement that is no object has no Sid
	return v.Sid
}
