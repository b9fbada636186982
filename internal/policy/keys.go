package policy

import "strings"

// keyRule is what is known of one condition key.
type keyRule struct {
	multi  bool                // several values in one request
	derive func(Request) datum // when the Context is silent; nil: absent
}

// encryptionContext begins the keys that carry one pair each; single-valued.
const encryptionContext = "kms:encryptioncontext:"

// keyRules lists the condition keys that can be judged, by lower-case name
// (idc-kms 4.5; "AWS global condition context keys"; "AWS KMS condition
// keys"). A key that is not here is unknown, not absent: AWS may send it.
var keyRules = map[string]keyRule{
	"aws:principalarn":           {derive: principalARN},
	"aws:principalaccount":       {derive: ofIAM(account)},
	"aws:principalorgid":         {},
	"aws:principalorgpaths":      {multi: true},
	"aws:principalisawsservice":  {derive: isService},
	"aws:principalservicename":   {derive: serviceName},
	"aws:username":               {derive: userName},
	"aws:sourceaccount":          {},
	"aws:sourcearn":              {},
	"aws:sourceorgid":            {},
	"aws:sourceorgpaths":         {multi: true},
	"aws:resourceaccount":        {derive: resourceAccount},
	"aws:resourceorgid":          {},
	"aws:resourceorgpaths":       {multi: true},
	"aws:requestedregion":        {derive: alwaysSent},
	"aws:securetransport":        {derive: alwaysSent},
	"aws:viaawsservice":          {derive: alwaysSent},
	"kms:calleraccount":          {derive: callerAccount},
	"kms:viaservice":             {},
	"kms:encryptioncontextkeys":  {multi: true},
	encryptionContext + "<name>": {},
}

func ruleFor(key string) (keyRule, bool) {
	if strings.HasPrefix(key, encryptionContext) && len(key) > len(encryptionContext) {
		key = encryptionContext + "<name>"
	}
	rule, ok := keyRules[key]
	return rule, ok
}

// lookup gives what is known of a key (lower case); ok is false when the key is not modelled.
func (r Request) lookup(key string) (d datum, rule keyRule, ok bool) {
	rule, ok = ruleFor(key)
	if !ok {
		return datum{}, rule, false
	}
	d, said := r.Context.data[key]
	if !said && rule.derive != nil {
		d = rule.derive(r)
	}
	return d, rule, true
}

func alwaysSent(Request) datum { return datum{notLooked: true} }

func account(r Request) string { return r.Principal.Account }

func resourceAccount(r Request) datum { return known(r.ResourceAccount) }

// known gives a value that AWS always sends: an empty one was not looked at.
func known(value string) datum {
	if value == "" {
		return datum{notLooked: true}
	}
	return datum{values: []string{value}}
}

// ofIAM is for keys that only IAM principals carry.
func ofIAM(value func(Request) string) func(Request) datum {
	return func(r Request) datum {
		if !r.Principal.iam() {
			return datum{}
		}
		return known(value(r))
	}
}

// principalARN: a session counts as its role (idc-kms 4.3); services have none (4.5).
func principalARN(r Request) datum {
	switch {
	case r.Principal.Kind == RoleSession:
		return known(r.Principal.RoleARN)
	case r.Principal.iam():
		return known(r.Principal.ARN)
	}
	return datum{}
}

// callerAccount: the value for services is not documented (idc-kms 4.5, 11.10).
func callerAccount(r Request) datum { return known(r.Principal.Account) }

func isService(r Request) datum {
	if r.Principal.Kind == AWSService {
		return known("true")
	}
	return known("false")
}

func serviceName(r Request) datum {
	if r.Principal.Kind != AWSService {
		return datum{}
	}
	return known(r.Principal.Service)
}

// userName: only IAM users have one ("IAM policy elements: Variables and tags").
func userName(r Request) datum {
	if r.Principal.Kind != IAMUser {
		return datum{}
	}
	return known(r.Principal.ARN[strings.LastIndexByte(r.Principal.ARN, '/')+1:])
}
