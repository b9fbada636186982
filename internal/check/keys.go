package check

import (
	"fmt"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
)

var (
	keyDoc    = diag.Source{Doc: "idc-kms fact sheet 2.1, 2.5 (multi-Region keys, key states)", Date: "2026-11-22"}
	policyDoc = diag.Source{Doc: "ReplicateKey API reference, parameter Policy (idc-kms 2.2)", Date: "2026-11-22"}
)

// keyRegions are the Regions whose copy of the key matters.
func (in Input) keyRegions() []estate.Region {
	inst, _ := in.instance()
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
	inst, _ := in.instance()
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
			w := stateWords(c.State)
			f.Title, f.Cause, f.Owner = fmt.Sprintf("the key's copy in %s is %s", r, c.State), w.cause, w.owner
			f.Evidence = []diag.Evidence{{Path: path + "/state", Seen: string(c.State)}}
			f.Fix = strings.NewReplacer("REGION", string(r), "KEY", string(id)).Replace(w.fix)
			out = append(out, failed(f)...)
		default:
			out = append(out, passed(f)...)
			out = append(out, in.readable(r, id, c)...)
		}
	}
	return out
}

// wording is what a state of a key means for the calls that need it, and whose move it is.
type wording struct {
	cause, fix string
	owner      diag.Owner
}

func stateWords(s estate.KeyState) wording {
	const enable = "aws kms enable-key --region REGION --key-id KEY"
	const cancel = "aws kms cancel-key-deletion --region REGION --key-id KEY && " + enable
	switch s {
	case estate.KeyDisabled:
		return wording{"somebody disabled it; a disabled copy serves no call, whatever its policy says", enable, diag.ManagementAdmin}
	case estate.KeyCreating:
		return wording{"KMS is still making it; until then it can be managed, not used", "wait until it is Enabled, then run rehome survey again", diag.AWS}
	case estate.KeyPendingDeletion:
		return wording{"its deletion has been scheduled; when the waiting time is over it is gone for good", cancel, diag.ManagementAdmin}
	case estate.KeyPendingReplicaDeletion:
		return wording{"the deletion of the primary has been scheduled and waits for its replicas to go", cancel, diag.ManagementAdmin}
	case estate.KeyPendingImport:
		return wording{"its key material has expired or was never imported", "import the key material again: aws kms get-parameters-for-import --region REGION --key-id KEY, then import-key-material", diag.ManagementAdmin}
	}
	return wording{"a copy in this state serves no call", "aws kms describe-key --region REGION --key-id KEY shows it; run rehome survey again when it is Enabled", diag.ManagementAdmin}
}

// lacksReplica reports whether the key has no copy in the target, as far as anybody looked.
func (in Input) lacksReplica() bool {
	_, key, ok := in.key()
	there, listed := key.Copies[in.Target()]
	return in.additional() && (!ok || !listed || there.IsAbsent())
}

// readable: a policy that nobody could read leaves everything about that copy open.
func (in Input) readable(r estate.Region, id estate.KeyID, c estate.KeyCopy) []diag.Finding {
	inst, _ := in.instance()
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
	inst, _ := in.instance()
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
