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

var (
	keyDoc    = diag.Source{Doc: "idc-kms fact sheet 2.1, 2.5 (multi-Region keys, key states)", Date: "2026-11-22"}
	policyDoc = diag.Source{Doc: "ReplicateKey API reference, parameter Policy (idc-kms 2.2)", Date: "2026-11-22"}
)

func encryption(in Input) []diag.Finding {
	inst, ok := in.Survey.Estate.IdentityCenter.Get()
	if !ok {
		return nil
	}
	f := diag.Finding{Code: "IDC-06", Subject: "identity-center/encryption", Owner: diag.ManagementAdmin, Source: []diag.Source{replicationDoc},
		Title: "Identity Center is encrypted with a customer managed multi-Region key"}
	enc, known := inst.Encryption.Get()
	_, key, surveyed := in.key()
	switch {
	case !known:
		f.Title = "nobody could look at Identity Center's encryption"
		return unknown(f, "/identity_center/encryption", inst.Encryption.Why())
	case enc.KeyType != estate.CustomerManagedKey:
		f.Title, f.Cause = "Identity Center is encrypted with an AWS owned key", "additional Regions need a customer managed multi-Region key"
		f.Fix = "create a multi-Region key in " + string(inst.PrimaryRegion) + ", give it Identity Center's key policy, and switch the instance to it"
		return failed(f, diag.Evidence{Path: "/identity_center/encryption/key_type", Seen: enc.KeyType})
	case enc.Status != "ENABLED":
		f.Title, f.Cause = "Identity Center's key switch is "+enc.Status, orNone(enc.Reason)
		f.Fix = "aws sso-admin describe-instance --region " + string(inst.PrimaryRegion) + " --instance-arn " + string(inst.ARN)
		return failed(f, diag.Evidence{Path: "/identity_center/encryption/status", Seen: enc.Status})
	case !surveyed:
		f.Title = "nobody could look at Identity Center's key"
		return unknown(f, fmt.Sprintf("/accounts/%s/keys/%s", enc.KeyARN.Account(), enc.KeyARN.KeyID()), "the survey has no such key")
	case !key.MultiRegion:
		f.Title, f.Cause = "Identity Center's key is a single-Region key", "a single-Region key cannot be converted; a new key and a switch are needed"
		f.Fix = "create a multi-Region key in " + string(inst.PrimaryRegion) + ", give it Identity Center's key policy, and switch the instance to it"
		return failed(f, diag.Evidence{Path: fmt.Sprintf("/accounts/%s/keys/%s/multi_region", enc.KeyARN.Account(), enc.KeyARN.KeyID()), Seen: "false"})
	}
	return passed(f)
}

// keyRegions are the Regions whose copy of the key matters.
func (in Input) keyRegions() []estate.Region {
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	out := []estate.Region{inst.PrimaryRegion, in.Target()}
	for r := range in.regions() {
		out = append(out, r)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// KeySubject names a copy of a key in findings.
func KeySubject(region estate.Region, id estate.KeyID) string {
	return fmt.Sprintf("key/%s/%s", region, id)
}

func copyPath(account estate.AccountID, id estate.KeyID, r estate.Region, rest string) string {
	return fmt.Sprintf("/accounts/%s/keys/%s/copies/%s%s", account, id, r, rest)
}

func keyCopies(in Input) []diag.Finding {
	id, key, ok := in.key()
	if !ok {
		return nil
	}
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	var out []diag.Finding
	for _, r := range in.keyRegions() {
		f := diag.Finding{Code: "KMS-26", Subject: KeySubject(r, id), Owner: diag.ManagementAdmin, Source: []diag.Source{keyDoc},
			Title: fmt.Sprintf("the key's copy in %s is Enabled", r)}
		there := key.Copies[r]
		c, known := there.Get()
		switch path := copyPath(inst.Owner, id, r, ""); {
		case !there.Looked():
			f.Title = fmt.Sprintf("nobody could look at the key's copy in %s", r)
			out = append(out, unknown(f, path, there.Why())...)
		case !known:
			f.Title, f.Cause = fmt.Sprintf("the key has no copy in %s", r), "Identity Center decrypts in the Region of the call with that Region's copy"
			f.Fix = fmt.Sprintf("aws kms replicate-key --region %s --key-id %s --replica-region %s --policy file://key-policy.json", key.Primary, id, r)
			out = append(out, failed(f, diag.Evidence{Path: path, Seen: "none"})...)
		case c.State != estate.KeyEnabled && c.State != estate.KeyUpdating:
			f.Title, f.Cause = fmt.Sprintf("the key's copy in %s is %s", r, c.State), "a copy in this state serves no call"
			f.Evidence = []diag.Evidence{{Path: path + "/state", Seen: string(c.State)}}
			f.Fix = fmt.Sprintf("aws kms enable-key --region %s --key-id %s (cancel-key-deletion first when it is pending deletion)", r, id)
			out = append(out, failed(f)...)
		default:
			out = append(out, passed(f)...)
			out = append(out, in.readable(r, id, c)...)
		}
	}
	return out
}

// readable: a policy that nobody could read leaves everything about that copy open.
func (in Input) readable(r estate.Region, id estate.KeyID, c estate.KeyCopy) []diag.Finding {
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	f := diag.Finding{Code: "KMS-24", Subject: KeySubject(r, id), Owner: diag.ManagementAdmin, Source: []diag.Source{keyDoc},
		Title: fmt.Sprintf("the key policy in %s was read", r)}
	if c.Policy.IsKnown() {
		return passed(f)
	}
	f.Title = fmt.Sprintf("nobody could read the key policy in %s", r)
	f.Fix = fmt.Sprintf("allow kms:GetKeyPolicy on %s for the caller, then run: rehome survey", estate.KeyARN(r, inst.Owner, id))
	return unknown(f, copyPath(inst.Owner, id, r, "/policy"), c.Policy.Why())
}

// defaultPolicies finds copies whose policy admits no service at all: what ReplicateKey leaves behind without a policy.
func defaultPolicies(in Input) []diag.Finding {
	id, key, ok := in.key()
	if !ok {
		return nil
	}
	inst, _ := in.Survey.Estate.IdentityCenter.Get()
	var out []diag.Finding
	for _, r := range in.keyRegions() {
		text, known := keyPolicy(key, r)
		if !known || !onlyAccount(text) {
			continue
		}
		out = append(out, failed(diag.Finding{Code: "KMS-05", Subject: KeySubject(r, id), Owner: diag.ManagementAdmin, Source: []diag.Source{policyDoc},
			Title:    fmt.Sprintf("the key's copy in %s has the default key policy: it admits the account and no AWS service", r),
			Cause:    "a replica made by API, CLI or Terraform without a policy gets the default one; policies are never replicated",
			Fix:      fmt.Sprintf("aws kms put-key-policy --region %s --key-id %s --policy-name default --policy file://key-policy.json (rehome plan writes the policy; rehome apply puts it)", r, id),
			Evidence: []diag.Evidence{{Path: copyPath(inst.Owner, id, r, "/policy"), Seen: "one statement, for the account alone"}}})...)
	}
	return out
}

func keyPolicy(key estate.Key, r estate.Region) (string, bool) {
	c, ok := key.Copies[r].Get()
	if !ok {
		return "", false
	}
	return c.Policy.Get()
}

func onlyAccount(text string) bool {
	statements, err := needs.Statements(text)
	return err == nil && len(statements) == 1 && strings.Contains(string(statements[0]), ":root") && !strings.Contains(string(statements[0]), "Service")
}

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

// breakGlass: whoever changes Identity Center's key policy must hold an identity that Identity Center did not issue, for the undo.
func breakGlass(in Input) []diag.Finding {
	inst, ok := in.Survey.Estate.IdentityCenter.Get()
	if !ok {
		return nil
	}
	caller := in.Survey.Callers[inst.Owner]
	f := diag.Finding{Code: "FLO-10", Subject: "account/" + string(inst.Owner), Source: []diag.Source{{Doc: "Okta and multi-Region article, outages of the identity provider; that a key policy can lock everybody out: AWS KMS developer guide, key policies", Date: "2026-11-22"}},
		Title: "an identity that Identity Center did not issue can undo a key policy", Evidence: []diag.Evidence{{Path: "/callers/" + string(inst.Owner), Seen: orNone(caller)}}}
	switch {
	case caller == "":
		return unknown(f, "/callers/"+string(inst.Owner), "the survey did not call from the account that owns the key")
	case IssuedByIdentityCenter(caller) && in.Spec.BreakGlass == nil:
		f.Title, f.Cause = "rehome runs with a role that Identity Center issued", "a wrong key policy would lock out everybody who signs in through Identity Center, this role included"
		f.Fix = "run with an IAM role or user of the account, or name one as break_glass in the spec"
		return failed(f)
	}
	return passed(f)
}

// IssuedByIdentityCenter reports whether a caller ARN is a session of a role that Identity Center made.
func IssuedByIdentityCenter(arn string) bool {
	return strings.Contains(arn, ":assumed-role/AWSReservedSSO_")
}
