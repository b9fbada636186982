package policy

import (
	"strconv"
	"strings"
)

// keyRule is what is known of one condition key.
type keyRule struct {
	multi  bool // several values in one request
	always bool // AWS always sends it: silence means that nobody looked
}

// encryptionContext begins the keys that carry one pair each; single-valued.
const encryptionContext = "kms:encryptioncontext:"

// keyRules lists the condition keys that can be judged, by lower-case name
// (idc-kms 4.5; "AWS global condition context keys"; "AWS KMS condition
// keys"). A key that is not here is unknown, not absent: AWS may send it.
var keyRules = map[string]keyRule{
	"aws:principalarn":           {},
	"aws:principalaccount":       {},
	"aws:principalorgid":         {},
	"aws:principalorgpaths":      {multi: true},
	"aws:principalisawsservice":  {always: true},
	"aws:principalservicename":   {},
	"aws:username":               {},
	"aws:sourceaccount":          {},
	"aws:sourcearn":              {},
	"aws:sourceorgid":            {},
	"aws:sourceorgpaths":         {multi: true},
	"aws:resourceaccount":        {always: true},
	"aws:resourceorgid":          {},
	"aws:resourceorgpaths":       {multi: true},
	"aws:requestedregion":        {always: true},
	"aws:securetransport":        {always: true},
	"aws:viaawsservice":          {always: true},
	"kms:calleraccount":          {always: true}, // undocumented for services (idc-kms 4.5)
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
	if said {
		return d, rule, true
	}
	value, sent := r.derive(key)
	switch {
	case sent && value != "":
		d.values = []string{value}
	case sent || rule.always:
		d.notLooked = true
	}
	return d, rule, true
}

// derive gives the keys that follow from the request (idc-kms 4.5). sent: AWS
// sends the key with such a request, even if the value is not known here.
func (r Request) derive(key string) (value string, sent bool) {
	p := r.Principal
	switch key {
	case "aws:principalarn":
		if p.Kind == RoleSession { // a session counts as its role (idc-kms 4.3)
			return p.RoleARN, true
		}
		return p.ARN, p.iam()
	case "aws:principalaccount", "kms:calleraccount":
		return p.Account, p.iam()
	case "aws:principalisawsservice":
		return strconv.FormatBool(p.Kind == AWSService), true
	case "aws:principalservicename":
		return p.Service, p.Kind == AWSService
	case "aws:username": // users only ("IAM policy elements: Variables and tags")
		if p.Kind == IAMUser {
			return p.ARN[strings.LastIndexByte(p.ARN, '/')+1:], true
		}
	case "aws:resourceaccount":
		return r.ResourceAccount, true
	}
	return "", false
}
