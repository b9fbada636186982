//go:build slow

package policy

import (
	"maps"
	"slices"
	"strings"
)

// kind is one reason why the two evaluators disagree.
type kind struct {
	name    string
	source  string // who is right
	applies func(compared) bool
	without func(sample) sample // the sample with the cause taken away
}

var kinds = []kind{
	{
		name:   "SCPs of a caller whom they do not bind",
		source: "AWS Organizations, Service control policies: not the management account, not service-linked roles; idc-kms 4.1 step 3: not services",
		applies: func(c compared) bool {
			return (Layers{Management: management}).bound(c.principal.Account, c.principal) == NoMatch || !c.principal.iam()
		},
		without: func(s sample) sample {
			s.scps = [][]text{{allowAny(false)}}
			return s
		},
	},
	{
		name:    "RCPs of a resource that they do not protect",
		source:  "AWS Organizations, Resource control policies: not in the management account, not from service-linked roles",
		applies: func(c compared) bool { return c.account == management || c.principal.serviceLinked() == Matched },
		without: func(s sample) sample {
			s.rcps = nil
			return s
		},
	},
	{
		name:   "operation that KMS offers to no other account",
		source: "AWS KMS, Allowing users in other accounts to use a KMS key; idc-kms 4.1 step 6",
		applies: func(c compared) bool {
			return c.principal.iam() && c.principal.Account != c.account && !crossAccount[strings.ToLower(c.action)]
		},
		without: func(s sample) sample {
			s.action = "kms:Decrypt"
			return s
		},
	},
	{
		name:    "root user",
		source:  "AWS KMS, Default key policy: the account's root user is the account; IAM, AWS account root user: no identity policy",
		applies: func(c compared) bool { return c.principal.Kind == AccountRoot },
		without: func(s sample) sample {
			s.principal, s.identity = user(s.principal.Account, "root"), []text{allowAny(false)}
			return s
		},
	},
	{
		name:    "session policy and what is granted to the session itself",
		source:  "IAM, Session policies: what a resource policy grants to the session's ARN is added to the session policy; idc-kms 4.3",
		applies: func(c compared) bool { return c.session != nil },
		without: func(s sample) sample {
			s.session = nil
			return s
		},
	},
	{
		name:    "condition key that the other evaluator leaves out",
		source:  "its own answer names the key; AWS KMS condition keys and idc-kms 4.5 have it with this operation",
		applies: func(c compared) bool { return len(c.theirs.Ignored) > 0 },
		without: func(s sample) sample {
			s.context = maps.Clone(s.context)
			maps.DeleteFunc(s.context, func(key string, _ []string) bool { return strings.HasPrefix(key, "kms:") })
			return s
		},
	},
	{
		name:    "key of several values without a set operator",
		source:  "IAM, Single-valued vs. multivalued context keys: a set operator is required, what happens without is not said; docs/decisions/0022",
		applies: func(c compared) bool { return c.anyCondition(unset) },
		without: func(s sample) sample { return s.withoutConditions(unset) },
	},
	{
		name:    "negated operator with a variable that has no value",
		source:  "idc-kms 4.4: such a variable fits nothing, so a negated operator holds",
		applies: func(c compared) bool { return c.anyCondition(negatedVariable) },
		without: func(s sample) sample { return s.withoutConditions(negatedVariable) },
	},
	{
		name:    "range of all IPv4 addresses",
		source:  "RFC 4632: a prefix of length 0 holds every address",
		applies: func(c compared) bool { return c.anyCondition(ofAllAddresses) },
		without: func(s sample) sample { return s.withoutConditions(ofAllAddresses) },
	},
	{
		name:    "RCP and a call without a resource",
		source:  "AWS KMS permissions: no key; whether RCPs reach such a call is not documented: unknown here, unless something else refuses",
		applies: func(c compared) bool { return iamOnly[strings.ToLower(c.action)] && len(c.rcps) > 0 },
		without: func(s sample) sample {
			s.rcps = nil
			return s
		},
	},
	{
		name:   "variable under Version 2008-10-17",
		source: "IAM, Version: variables exist in 2012-10-17 only; idc-kms 4.4",
		applies: func(c compared) bool {
			return slices.ContainsFunc(c.texts(), func(t text) bool { return t.Version == version2008 })
		},
		without: sample.current,
	},
	{
		name:    "ForAnyValue with IfExists and an absent key",
		source:  "IAM, Set operators and IfExists say opposite things of an absent key: unknown here; docs/decisions/0022",
		applies: func(c compared) bool { return c.anyCondition(anyIfExists) },
		without: func(s sample) sample { return s.withoutConditions(anyIfExists) },
	},
	{
		name:    "date in seconds",
		source:  "IAM, Date condition operators: ISO 8601 or epoch time; idc-kms 4.4",
		applies: func(c compared) bool { return c.anyCondition(inSeconds) },
		without: func(s sample) sample { return s.withoutConditions(inSeconds) },
	},
	{
		name:    "address and range of different IP versions",
		source:  "IAM, IP address condition operators: both versions may stand in one list; an address lies in no range of the other version",
		applies: func(c compared) bool { return c.anyCondition(c.mixesVersions) },
		without: func(s sample) sample { return s.withoutConditions(s.mixesVersions) },
	},
	{
		name:    "variable under an Arn operator",
		source:  "IAM, Variables and tags: String and ARN operators take variables, which are replaced before anything is compared",
		applies: func(c compared) bool { return c.anyCondition(arnVariable) },
		without: func(s sample) sample { return s.withoutConditions(arnVariable) },
	},
	{
		name:   "NotPrincipal that names a caller at some levels only",
		source: "IAM, NotPrincipal: to spare a user or session its account, and for a session its role, must be listed as well; unknown here",
		applies: func(c compared) bool {
			return slices.ContainsFunc(c.key.clauses(), func(c clause) bool { return c.NotPrincipal != nil })
		},
		without: func(s sample) sample {
			return s.edited(func(c clause) (clause, bool) { return c, c.NotPrincipal == nil })
		},
	},
}

// What a condition can be.

func unset(operator, key string, _ []string) bool {
	rule, _ := ruleFor(strings.ToLower(key))
	return rule.multi && operator != "Null" && !strings.Contains(operator, ":")
}

func negatedVariable(operator, _ string, values []string) bool {
	return strings.Contains(operator, "Not") && slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "${aws:") })
}

func arnVariable(operator, _ string, values []string) bool {
	return strings.Contains(operator, "Arn") && slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "${") })
}

func anyIfExists(operator, _ string, _ []string) bool {
	return strings.HasPrefix(operator, string(forAny)) && strings.HasSuffix(operator, "IfExists")
}

func inSeconds(operator, _ string, values []string) bool {
	return strings.Contains(operator, "Date") && slices.ContainsFunc(values, func(v string) bool { return !strings.Contains(v, "-") })
}

func ofAllAddresses(_, _ string, values []string) bool { return slices.Contains(values, "0.0.0.0/0") }

// mixesVersions: some range is not of the IP version of the request's address.
func (s sample) mixesVersions(operator, key string, values []string) bool {
	return strings.Contains(operator, "IpAddress") && slices.ContainsFunc(slices.Concat(values, s.context[key]), func(v string) bool { return strings.Contains(v, ":") })
}

// current is the sample with every policy in the current version.
func (s sample) current() sample {
	s = s.edited(func(c clause) (clause, bool) { return c, true })
	for _, t := range []*text{s.key, s.boundary, s.session} {
		if t != nil {
			t.Version = version2012
		}
	}
	for _, texts := range append(slices.Concat(s.scps, s.rcps), s.identity) {
		for i := range texts {
			texts[i].Version = version2012
		}
	}
	return s
}

func (t *text) clauses() []clause {
	if t == nil {
		return nil
	}
	return t.Statement
}

// withoutConditions leaves out the statements that have such a condition.
func (s sample) withoutConditions(has func(operator, key string, values []string) bool) sample {
	return s.edited(func(c clause) (clause, bool) {
		for operator, keys := range c.Condition {
			for key, values := range keys {
				if has(operator, key, values) {
					return c, false
				}
			}
		}
		return c, true
	})
}
