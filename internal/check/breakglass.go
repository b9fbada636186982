package check

import (
	"strings"

	"rehome/internal/diag"
)

// breakGlass: whoever changes Identity Center's key policy must hold an identity that Identity Center did not issue, for the undo.
func breakGlass(in Input) []diag.Finding {
	inst, ok := in.instance()
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
