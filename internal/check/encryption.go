package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// This file asks whether Identity Center is encrypted with a key that it can be replicated with.

var (
	shapeDoc   = diag.Source{Doc: "IAM Identity Center user guide, prerequisites of a customer managed key; multi-Region keys cannot be made of others: AWS KMS developer guide (idc-kms 1.5)", Date: "2026-11-22"}
	supportDoc = diag.Source{Doc: "IAM Identity Center user guide, AWS managed applications with customer managed keys (idc-kms 1.5)", Date: "2026-11-22"}
	ownKeyDoc  = diag.Source{Doc: "IAM Identity Center user guide, enabling with several Regions: the console makes and tags the key (idc-kms 1.5)", Date: "2026-11-22", Generation: "newest"}
)

// portal is the provider of the access portal, which is a part of Identity Center itself (idc-kms 5.1).
const portal = "sso"

const newKey = "; rehome plan makes one in %s with Identity Center's key policy and switches the instance to it"

// encryption: additional Regions presuppose a customer's key; a switch to one must have succeeded.
func encryption(in Input) []diag.Finding {
	inst, ok := in.instance()
	if !ok || in.Survey.Estate.IdentityCenter.IsAbsent() {
		return nil
	}
	f := diag.Finding{Code: "IDC-06", Subject: "identity-center", Owner: diag.ManagementAdmin, Source: []diag.Source{replicationDoc},
		Title: "Identity Center is encrypted with a customer managed key"}
	enc, known := inst.Encryption.Get()
	path, customers := "/identity_center/encryption", enc.KeyType == estate.CustomerManagedKey
	f.Evidence = []diag.Evidence{{Path: path + "/key_type", Seen: orNone(enc.KeyType)}}
	switch {
	case !known:
		f.Title, f.Evidence = "nobody could look at Identity Center's encryption", nil
		return unknown(f, path, inst.Encryption.Why())
	case enc.Status == estate.EncryptionUpdating:
		f.Title, f.Cause = "Identity Center is being switched to another key (UPDATING)", "only one change of the key runs at a time"
		f.Owner, f.Fix = diag.AWS, "wait until it is ENABLED, then run rehome survey again"
		f.Evidence = []diag.Evidence{{Path: path + "/status", Seen: enc.Status}}
		return failed(f)
	case enc.Status == estate.EncryptionFailed && (in.additional() || customers):
		f.Title, f.Cause = "Identity Center's key switch is "+enc.Status, orElse(enc.Reason, "AWS gives no reason")+"; the key before stays in use"
		f.Fix = "mend what the reason names, then run rehome plan; aws sso-admin describe-instance --region " + string(inst.PrimaryRegion) + " --instance-arn " + string(inst.ARN) + " shows the reason"
		f.Evidence = []diag.Evidence{{Path: path + "/status", Seen: enc.Status}}
		return failed(f)
	case !customers && in.additional():
		f.Title, f.Cause = "Identity Center is encrypted with an AWS owned key", "additional Regions need a customer managed multi-Region key"
		f.Fix = fmt.Sprintf("a new key and a switch are needed"+newKey, inst.PrimaryRegion)
		return failed(f)
	case !customers:
		f.Title = "Identity Center is encrypted with an AWS owned key, which is enough for one Region"
	}
	return passed(f)
}

// misfits says why a key cannot be the one that Identity Center is replicated with; nothing when it can, or when there is no need.
func (in Input) misfits(enc estate.Encryption, key estate.Key) []string {
	inst, _ := in.instance()
	if !in.additional() {
		return nil
	}
	var out []string
	for _, m := range []struct {
		wrong bool
		why   string
	}{
		{!key.MultiRegion, "it is a single-Region key, and no key can be converted"},
		{key.Spec != "" && key.Spec != "SYMMETRIC_DEFAULT" || key.Usage != "" && key.Usage != "ENCRYPT_DECRYPT", fmt.Sprintf("it is no symmetric key to encrypt and decrypt with (%s, %s)", key.Spec, key.Usage)},
		{enc.KeyARN.Account() != in.Spec.Management.Account && enc.KeyARN.Account() != inst.Owner, fmt.Sprintf("it is in account %s, not in the management account", enc.KeyARN.Account())},
		{enc.KeyARN.Region() != inst.PrimaryRegion, fmt.Sprintf("it is named in %s, not in %s where Identity Center is homed", enc.KeyARN.Region(), inst.PrimaryRegion)},
	} {
		if m.wrong {
			out = append(out, m.why)
		}
	}
	return out
}

// keyShape: the key must be a symmetric multi-Region key of the management account, at home.
func keyShape(in Input) []diag.Finding {
	inst, _ := in.instance()
	enc, ok := inst.Encryption.Get()
	if !ok || enc.KeyType != estate.CustomerManagedKey || !in.additional() {
		return nil
	}
	path := fmt.Sprintf("/accounts/%s/keys/%s", enc.KeyARN.Account(), enc.KeyARN.KeyID())
	f := diag.Finding{Code: "KMS-01", Subject: "identity-center", Owner: diag.ManagementAdmin, Source: []diag.Source{shapeDoc},
		Title: "Identity Center's key is a symmetric multi-Region key of the management account, at home"}
	key, surveyed := in.Survey.Estate.Accounts[enc.KeyARN.Account()].Keys[enc.KeyARN.KeyID()]
	why := in.misfits(enc, key)
	switch {
	case !surveyed:
		f.Title = "nobody could look at Identity Center's key"
		return unknown(f, path, "the survey has no such key")
	case len(why) > 0:
		f.Title, f.Cause = "Identity Center's key cannot be used in additional Regions", strings.Join(why, "; ")
		f.Fix = fmt.Sprintf("the old key stays as it is; a new key and a switch are needed"+newKey, inst.PrimaryRegion)
		return failed(f, diag.Evidence{Path: path, Seen: fmt.Sprintf("%s: multi_region %t, spec %s, usage %s", enc.KeyARN, key.MultiRegion, orNone(key.Spec), orNone(key.Usage))})
	}
	return passed(f)
}

// ownKey: a key that Identity Center made for itself when it was enabled needs no key steps.
func ownKey(in Input) []diag.Finding {
	id, key, ok := in.key()
	inst, _ := in.instance()
	c, _ := key.Copies[inst.PrimaryRegion].Get()
	if tags, _ := c.Tags.Get(); !ok || tags[estate.TagCreatedBy] != estate.CreatedByIdentityCenter {
		return nil
	}
	return noted(diag.Finding{Code: "IDC-34", Subject: KeySubject(inst.PrimaryRegion, id), Owner: diag.ManagementAdmin, Source: []diag.Source{ownKeyDoc},
		Title:    "Identity Center made its multi-Region key itself when it was enabled; no key has to be made or copied where it has copies",
		Evidence: []diag.Evidence{{Path: copyPath(inst.Owner, id, inst.PrimaryRegion, "/tags/"+estate.TagCreatedBy), Seen: estate.CreatedByIdentityCenter}}})
}

// customerKeySupport: applications in use must work with a customer's key before Identity Center is switched to one.
func customerKeySupport(in Input) []diag.Finding {
	if !in.switches() {
		return nil
	}
	inst, _ := in.instance()
	f := diag.Finding{Code: "IDC-07", Subject: "identity-center", Owner: diag.ManagementAdmin, Source: []diag.Source{supportDoc},
		Title: "every AWS managed application in use works when Identity Center has a customer managed key"}
	apps, known := inst.Applications.Get()
	if !known {
		f.Title = "nobody could look which applications use Identity Center"
		return unknown(f, "/identity_center/applications", inst.Applications.Why())
	}
	var no, unsure []string
	for _, arn := range slices.Sorted(maps.Keys(apps)) {
		app := apps[arn]
		provider := app.ProviderName()
		if provider == estate.CustomProvider || provider == portal {
			continue
		}
		row, _ := in.Spec.Support(provider)
		name := fmt.Sprintf("%s (%s, account %s)", app.Name, provider, orNone(string(app.Account)))
		switch row.CustomerKey {
		case estate.Unsupported:
			no = append(no, name)
			f.Source = append(f.Source, row.Source)
		case estate.Supported:
		default:
			unsure = append(unsure, name)
		}
	}
	switch path := "/identity_center/applications"; {
	case len(no) > 0:
		f.Title = "these applications stop working when Identity Center gets a customer managed key: " + strings.Join(no, ", ")
		f.Cause, f.Fix = "AWS's table of applications, or the spec's, says that they do not support it", "give them up, or leave Identity Center as it is and choose path: federation in the spec"
		return failed(f, diag.Evidence{Path: path, Seen: strings.Join(no, ", ")})
	case len(unsure) > 0:
		f.Title = "whether these applications work with a customer managed key is not known: " + strings.Join(unsure, ", ")
		f.Fix = "look them up in AWS's table of managed applications and add a row for each to applications in the spec"
		return unknown(f, path, "no row of the table of applications speaks of "+strings.Join(unsure, ", "))
	}
	return passed(f)
}
