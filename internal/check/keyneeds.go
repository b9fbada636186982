package check

import (
	"fmt"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/policy"
)

// keyNeeds judges every documented need by the policy of the Region in which the call lands.
func keyNeeds(in Input) []diag.Finding {
	id, key, ok := in.key()
	facts, known := in.Facts()
	if !ok || !known {
		return nil
	}
	verdicts := map[string][]needs.Need{} // finding key -> the denied needs
	reasons := map[string]policy.Verdict{}
	all := map[string]diag.Finding{}
	var order []string
	for _, n := range needs.Of(facts) {
		f := in.needFinding(n, id)
		if _, seen := all[f.Key()]; !seen {
			all[f.Key()] = f
			order = append(order, f.Key())
		}
		v, why := in.judge(n, key)
		if v.Decision != policy.Allow {
			verdicts[f.Key()] = append(verdicts[f.Key()], n)
			if old, ok := reasons[f.Key()]; !ok || old.Decision == policy.Unknown {
				reasons[f.Key()] = v
			}
			if why != "" {
				f.Cause = why
				all[f.Key()] = f
			}
		}
	}
	var out []diag.Finding
	for _, k := range order {
		out = append(out, report(all[k], verdicts[k], reasons[k])...)
	}
	return out
}

func (in Input) needFinding(n needs.Need, id estate.KeyID) diag.Finding {
	f := diag.Finding{Code: n.Code, Subject: KeySubject(n.Region, id) + "/" + n.Service, Owner: diag.ManagementAdmin, Source: []diag.Source{n.Source},
		Title: fmt.Sprintf("%s may use the key in %s: %s", n.Caller, n.Region, n.Why)}
	if n.Via != "" {
		f.Subject += "-via-" + n.Via
	}
	return f
}

// judge evaluates one need.
func (in Input) judge(n needs.Need, key estate.Key) (policy.Verdict, string) {
	there := key.Copies[n.Region]
	c, ok := there.Get()
	if there.IsAbsent() {
		return policy.Verdict{Decision: policy.Deny}, "the key has no copy in " + string(n.Region)
	}
	if !ok {
		return policy.Verdict{}, there.Why()
	}
	text, ok := c.Policy.Get()
	if !ok {
		return policy.Verdict{}, c.Policy.Why()
	}
	doc, err := policy.Parse(text)
	if err != nil {
		return policy.Verdict{Decision: policy.Deny}, "the key policy cannot be read: " + err.Error()
	}
	return n.Evaluate(doc), ""
}

func report(f diag.Finding, denied []needs.Need, v policy.Verdict) []diag.Finding {
	if len(denied) == 0 {
		return passed(f)
	}
	var actions []string
	for _, n := range denied {
		actions = append(actions, n.Action)
	}
	slices.Sort(actions)
	n := denied[0]
	f.Title = fmt.Sprintf("%s may not use the key in %s (%s)", n.Caller, n.Region, strings.Join(slices.Compact(actions), ", "))
	path := copyPath(estate.ARN(n.Key).Account(), estate.ARN(n.Key).KeyID(), n.Region, "/policy")
	if v.Decision == policy.Unknown {
		if n.Operator() {
			f.Severity = diag.Note // what hangs on the role's path shows at the first call, before anything is changed
		}
		f.Title = fmt.Sprintf("whether %s may use the key in %s cannot be told (%s)", n.Caller, n.Region, strings.Join(slices.Compact(actions), ", "))
		return unknown(f, path, orElse(f.Cause, because(v)))
	}
	f.Cause = orElse(f.Cause, because(v))
	f.Evidence = []diag.Evidence{{Path: path, Seen: v.Reason.String()}}
	f.Fix = "add to the key policy in " + string(n.Region) + ": " + statementFor(denied)
	if v.Explicit {
		f.Fix = "take statement " + v.Statement + " out of the key policy in " + string(n.Region) + ", or exempt AWS services from it"
	}
	return failed(f)
}

// statementFor picks the published statement that meets the needs; rehome plan merges it.
func statementFor(denied []needs.Need) string {
	for _, s := range needs.BaselineStatements() {
		doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":[` + string(s) + `]}`)
		if err == nil && !slices.ContainsFunc(denied, func(n needs.Need) bool { return n.Evaluate(doc).Decision != policy.Allow }) {
			return string(s)
		}
	}
	return "no single published statement meets it; run rehome plan"
}

func orElse(s, alt string) string {
	if s == "" {
		return alt
	}
	return s
}
