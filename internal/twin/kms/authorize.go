package kms

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"rehome/internal/policy"
	"rehome/internal/twin/kernel"
)

// question is one authorization that KMS has to decide.
type question struct {
	target
	action string // kms:Decrypt
	// context is the encryption context; nil in operations that have none (idc-kms 4.5).
	context map[string]string
	// conditions are further condition keys that the operation brings along.
	conditions conditions
	// byCiphertext: the caller did not name the key, so refusals do not name it either.
	byCiphertext bool
}

// conditions are condition keys with their values; no value: certainly absent.
type conditions map[string][]string

// allow decides by the policy that the Region has for the key, and keeps the evidence.
func (q question) allow(r *kernel.Request) error {
	_, err := q.decide(r)
	return err
}

// decide is allow with the verdict.
func (q question) decide(r *kernel.Request) (policy.Verdict, error) {
	v, err := q.judge(r)
	r.Evidence(kernel.KMSRecord{Action: q.action, Key: q.arn(), ContextKeys: slices.Sorted(maps.Keys(q.context)),
		Decision: v.Decision.String(), Statement: v.Statement, Reason: v.Reason.String()})
	switch {
	case err != nil, v.Decision == policy.Allow:
		return v, err
	case v.Decision == policy.Unknown:
		return v, r.Undecided(v, q.account, q.path("policy")...)
	case q.byCiphertext:
		return v, deniedByCiphertext(r.Caller, q.action, v.Reason)
	default:
		return v, kernel.AccessDenied(r.Caller, q.action, q.arn(), v.Reason)
	}
}

func (q question) judge(r *kernel.Request) (policy.Verdict, error) {
	text, err := q.effectivePolicy(r)
	if err != nil {
		return policy.Verdict{Reason: policy.ReasonNotLooked}, err
	}
	doc, err := r.Parse(text)
	if err != nil { // a text that AWS holds and that we cannot read
		return policy.Verdict{Reason: policy.ReasonUnclear}, kernel.DoesNotKnow(q.path("policy")...)
	}
	return q.by(r, doc), nil
}

func (q question) by(r *kernel.Request, doc *policy.Document) policy.Verdict {
	l := r.Layers(doc)
	l.RCPs, l.Grants.List = r.ResourceControls(q.account), q.grants(r)
	return policy.AuthorizeKey(l, policy.Request{
		Principal: r.Caller.Principal, Action: q.action, Resource: q.arn(), ResourceAccount: string(q.account), Context: q.policyContext(r),
	})
}

// policyContext is the request's with what the key and the operation add (idc-kms 4.5).
func (q question) policyContext(r *kernel.Request) policy.Context {
	c := r.PolicyContext(q.account)
	kind := []string{}
	if q.key.MultiRegion {
		if kind = []string{"REPLICA"}; q.key.Primary == q.region {
			kind = []string{"PRIMARY"}
		}
	}
	c = c.With("kms:KeySpec", q.key.Spec).With("kms:KeyUsage", q.key.Usage).With("kms:KeyOrigin", "AWS_KMS").
		With("kms:MultiRegion", strconv.FormatBool(q.key.MultiRegion)).With("kms:MultiRegionKeyType", kind...)
	tags := q.copy.Tags.Or(nil)
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		c = c.With("aws:ResourceTag/"+name, tags[name])
	}
	for _, name := range slices.Sorted(maps.Keys(q.conditions)) {
		c = c.With(name, q.conditions[name]...)
	}
	if q.context != nil {
		c = c.WithEncryptionContext(q.context)
	}
	return c
}

// effectivePolicy is the policy that decides now. A new one takes its time (times: kms_policy_visible).
func (q question) effectivePolicy(r *kernel.Request) (string, error) {
	if pending := r.Pending(eventPolicyVisible, q.arn()); len(pending) > 0 {
		return pending[0].Data, nil
	}
	text, ok, err := kernel.Need(q.copy.Policy, q.path("policy")...)
	if err == nil && !ok {
		err = kernel.DoesNotKnow(q.path("policy")...)
	}
	return text, err
}

// deniedByCiphertext is the refusal for a key that only the ciphertext names (idc-kms 2.7; which branch is INFERRED there): vague
// where the key policy decides, precise where any other does.
func deniedByCiphertext(c kernel.Caller, action string, why policy.Reason) *kernel.Error {
	because := kernel.Because(why, action)
	switch why {
	case policy.ReasonNoResourceAllow, policy.ReasonResourceDeny, policy.ReasonNotCrossAccount:
		because = "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
	}
	return kernel.Errorf("AccessDeniedException", "%s is not authorized to perform: %s on the resource associated with this ciphertext %s", c, action, because)
}

// notHere turns "no such key" into the vague refusal when only the ciphertext names the key.
func (q question) notHere(r *kernel.Request, err error) error {
	var e *kernel.Error
	if !errors.As(err, &e) || e.Code != "NotFoundException" {
		return err
	}
	r.Evidence(kernel.KMSRecord{Action: q.action, Key: q.arn(), ContextKeys: slices.Sorted(maps.Keys(q.context)),
		Decision: policy.Deny.String(), Reason: "no such key in this Region"})
	return deniedByCiphertext(r.Caller, q.action, policy.ReasonNoResourceAllow)
}

// open is the common beginning of operations on one key: lookup, authorization, state (idc-kms 2.6).
func open(r *kernel.Request, name string, u use, more conditions) (target, error) {
	t, err := find(r, name)
	if err == nil {
		err = question{target: t, action: "kms:" + r.Operation, conditions: more}.allow(r)
	}
	if err == nil {
		err = t.state(u)
	}
	return t, err
}
