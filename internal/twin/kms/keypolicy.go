package kms

import (
	"encoding/json"
	"slices"
	"strconv"
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
	t, err := open(r, in.KeyID, read, nil)
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
	_, err := open(r, in.KeyID, read, nil)
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
	t, err := open(r, in.KeyID, manage, conditions{bypassKey: {strconv.FormatBool(in.Bypass)}})
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

// bypassKey is the condition key with which administrators forbid to skip the lock-out check.
const bypassKey = "kms:BypassPolicyLockoutSafetyCheck"

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
	if err := t.checkStatements(r, text); err != nil {
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
		return r.Undecided(v, t.account, t.path("policy")...)
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

func (t target) checkStatements(r *kernel.Request, text string) error {
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
	known := t.principals(r)
	for _, s := range list {
		if s.Principal == nil && s.NotPrincipal == nil {
			return malformed("Each statement of a key policy needs a principal.")
		}
		if !known.all(s.Principal) || !known.all(s.NotPrincipal) {
			return malformed("Policy contains a statement with one or more invalid principals.")
		}
		for operator, keys := range s.Condition {
			for key := range keys {
				if strings.HasPrefix(operator, "ForAllValues:") && !multiValued(key) {
					return malformed("OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key")
				}
			}
		}
	}
	return nil
}

// multiValued reports whether a request can hold several values of a condition key ("Multivalued context keys", IAM user guide; AWS KMS
// condition keys).
func multiValued(key string) bool {
	return slices.Contains([]string{"aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:resourceorgpaths", "aws:sourceorgpaths",
		"aws:tagkeys", "kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases"}, strings.ToLower(key))
}
