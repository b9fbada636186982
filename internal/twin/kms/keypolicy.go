package kms

import (
	"encoding/json"
	"regexp"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/policy"
	"rehome/internal/twin/kernel"
)

type policyInput struct {
	KeyID      string `json:"KeyId"`
	PolicyName string
	Policy     *string
	Bypass     bool `json:"BypassPolicyLockoutSafetyCheck"`
}

func getKeyPolicy(r *kernel.Request) (any, error) {
	var in policyInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	t, err := open(r, in.KeyID, read)
	if err != nil {
		return nil, err
	}
	if in.PolicyName != "" && in.PolicyName != "default" {
		return nil, kernel.Errorf("NotFoundException", "No such policy exists")
	}
	text, _, err := kernel.Need(t.copy.Policy, t.path("policy")...)
	return map[string]string{"Policy": text, "PolicyName": "default"}, err
}

func listKeyPolicies(r *kernel.Request) (any, error) {
	var in policyInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	_, err := open(r, in.KeyID, read)
	return map[string]any{"PolicyNames": []string{"default"}, "Truncated": false}, err
}

func putKeyPolicy(r *kernel.Request) (any, error) {
	var in policyInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.Policy == nil {
		return nil, invalid("Value null at 'policy' failed to satisfy constraint: Member must not be null")
	}
	if in.PolicyName != "" && in.PolicyName != "default" {
		return nil, invalid("Value '%s' at 'policyName' failed to satisfy constraint: only default is possible", in.PolicyName)
	}
	t, err := open(r, in.KeyID, manage)
	if err != nil {
		return nil, err
	}
	if err := acceptable(r, t, *in.Policy, in.Bypass); err != nil {
		return nil, err
	}
	before, known := t.copy.Policy.Get()
	if lag := r.Takes(estate.TimePolicyVisible); lag > 0 && known && before != *in.Policy {
		r.After(lag, kernel.Event{Kind: eventPolicyVisible, Account: t.account, Subject: t.arn(), Data: before})
	}
	t.change(r, func(c *estate.KeyCopy) { c.Policy = estate.Of(*in.Policy) })
	return nil, nil
}

// maxPolicy is the documented size of a key policy in bytes; the API model allows more (idc-kms 2.4).
const maxPolicy = 32768

// acceptable refuses what KMS refuses to store (idc-kms 2.4, 2.6). The lockout check asks whether the caller could change the policy
// again under the new one.
func acceptable(r *kernel.Request, t target, text string, bypass bool) error {
	if len(text) > maxPolicy {
		return kernel.Errorf("LimitExceededException", "The key policy is longer than %d bytes.", maxPolicy)
	}
	doc, err := policy.Parse(text)
	if err != nil {
		return malformed(err.Error())
	}
	if err := checkStatements(text); err != nil {
		return err
	}
	if bypass {
		return nil
	}
	v := question{target: t, action: "kms:PutKeyPolicy"}.by(r, doc)
	switch v.Decision {
	case policy.Allow:
		return nil
	case policy.Deny:
		return malformed("The new key policy will not allow you to update the key policy in the future.")
	default:
		return kernel.Undecided(v, t.path("policy")...)
	}
}

func malformed(message string) *kernel.Error {
	return kernel.Errorf("MalformedPolicyDocumentException", "%s", message)
}

// statement is what the checks need of a policy that policy.Parse has accepted.
type statement struct {
	Principal    any
	NotPrincipal any
	Condition    map[string]map[string]any
}

func checkStatements(text string) error {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return malformed(err.Error())
	}
	var list []statement
	if json.Unmarshal(doc.Statement, &list) != nil {
		list = make([]statement, 1)
		if err := json.Unmarshal(doc.Statement, &list[0]); err != nil {
			return malformed(err.Error())
		}
	}
	for _, s := range list {
		if s.Principal == nil && s.NotPrincipal == nil {
			return malformed("Each statement of a key policy needs a principal.")
		}
		if !principalsExist(s.Principal) || !principalsExist(s.NotPrincipal) {
			return malformed("Policy contains a statement with one or more invalid principals.")
		}
		for operator, keys := range s.Condition {
			for key := range keys {
				if strings.HasPrefix(operator, "ForAllValues:") && strings.HasPrefix(strings.ToLower(key), "kms:encryptioncontext:") {
					return malformed("OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key")
				}
			}
		}
	}
	return nil
}

// principal are the forms of an AWS principal that can name somebody. An id such as AROA… is what a stored policy shows after the
// principal was deleted (idc-kms 2.4). Whether a named role exists is not checked: a world lists only the roles that it needs.
var principal = regexp.MustCompile(`^(\*|[0-9]{12}|arn:aws:iam::[0-9]{12}:(root|(role|user)/.+)|arn:aws:sts::[0-9]{12}:assumed-role/.+/.+)$`)

func principalsExist(p any) bool {
	kinds, ok := p.(map[string]any)
	if !ok {
		return true // absent or "*"
	}
	names, ok := kinds["AWS"].([]any)
	if one, single := kinds["AWS"].(string); single {
		names = []any{one}
	} else if !ok {
		return true
	}
	for _, n := range names {
		if name, _ := n.(string); !principal.MatchString(name) {
			return false
		}
	}
	return true
}
