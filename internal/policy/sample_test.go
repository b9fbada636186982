//go:build slow

package policy

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// sample is one request with the policies that decide it, in a form that can
// be given to both evaluators and be changed.
type sample struct {
	principal Principal
	action    string
	account   string              // of the key
	context   map[string][]string // what the request carries beyond what follows from the caller; all else is absent
	key       *text
	identity  []text
	boundary  *text
	session   *text
	scps      [][]text
	rcps      [][]text
}

// text is a policy before it is written.
type text struct {
	Version   string   `json:"Version,omitempty"`
	Statement []clause `json:"Statement"`
}

type clause struct {
	Effect       string                         `json:"Effect"`
	Principal    any                            `json:"Principal,omitempty"`
	NotPrincipal any                            `json:"NotPrincipal,omitempty"`
	Action       []string                       `json:"Action,omitempty"`
	NotAction    []string                       `json:"NotAction,omitempty"`
	Resource     []string                       `json:"Resource,omitempty"`
	NotResource  []string                       `json:"NotResource,omitempty"`
	Condition    map[string]map[string][]string `json:"Condition,omitempty"`
}

func (s sample) resource() string {
	if iamOnly[strings.ToLower(s.action)] {
		return "*"
	}
	return "arn:aws:kms:" + virginia + ":" + s.account + ":key/" + keyID
}

// ours asks this package.
func (s sample) ours(tb testing.TB) Verdict {
	tb.Helper()
	read := func(t text) *Document {
		out, err := json.Marshal(t)
		if err != nil {
			tb.Fatal(err)
		}
		return mustParse(tb, string(out))
	}
	limit := func(texts ...text) (l Limit) {
		for _, t := range texts {
			l.Policies = append(l.Policies, read(t))
		}
		return l
	}
	l := Layers{IdentityKnown: true, Identity: limit(s.identity...).Policies, Management: management, Resource: &Document{}}
	if s.key != nil {
		l.Resource = read(*s.key)
	}
	if s.boundary != nil {
		l.Boundary = limit(*s.boundary)
	}
	if s.session != nil {
		l.Session = limit(*s.session)
	}
	for _, level := range s.scps {
		l.SCPs = append(l.SCPs, limit(level...))
	}
	for _, level := range s.rcps {
		l.RCPs = append(l.RCPs, limit(level...))
	}
	return AuthorizeKey(l, s.request())
}

// request says of every key of the generator whether it is there.
func (s sample) request() Request {
	r := Request{Principal: s.principal, Action: s.action, Resource: s.resource(), ResourceAccount: s.account}
	for _, k := range contextKeys {
		if !k.derived {
			r.Context = r.Context.With(k.name, s.context[k.name]...)
		}
	}
	return r
}

// theirs is the simulation for the other evaluator, which derives no keys.
func (s sample) theirs() map[string]any {
	variables := map[string]any{}
	for _, k := range contextKeys {
		values := s.context[k.name]
		if k.derived {
			values = s.derivedKey(k.name)
		}
		switch {
		case len(values) == 0:
		case k.multi:
			variables[k.name] = values
		default:
			variables[k.name] = values[0]
		}
	}
	named := func(texts []text) (list []map[string]any) {
		list = []map[string]any{}
		for i, t := range texts {
			list = append(list, map[string]any{"name": string(rune('a' + i)), "policy": t})
		}
		return list
	}
	levels := func(all [][]text, drop int) (list []map[string]any) { // the other one adds RCPFullAWSAccess itself
		list = []map[string]any{}
		for i, level := range all {
			level = level[drop:]
			list = append(list, map[string]any{"orgIdentifier": string(rune('a' + i)), "policies": named(level)})
		}
		return list
	}
	simulation := map[string]any{
		"request": map[string]any{
			"principal": s.shown(), "action": s.action, "contextVariables": variables,
			"resource": map[string]any{"resource": s.resource(), "accountId": s.account},
		},
		"identityPolicies": named(s.identity), "serviceControlPolicies": levels(s.scps, 0), "resourceControlPolicies": levels(s.rcps, 1),
	}
	if s.key != nil {
		simulation["resourcePolicy"] = *s.key
	}
	if s.boundary != nil {
		simulation["permissionBoundaryPolicies"] = named([]text{*s.boundary})
	}
	if s.session != nil {
		simulation["sessionPolicy"] = *s.session
	}
	return simulation
}

func (s sample) shown() string {
	if s.principal.Kind == AWSService {
		return s.principal.Service
	}
	return s.principal.ARN
}

// derivedKey is what idc-kms 4.5 says that AWS adds, written down once more.
func (s sample) derivedKey(name string) []string {
	p := s.principal
	isService := p.Kind == AWSService
	switch name {
	case "aws:PrincipalIsAWSService":
		return []string{map[bool]string{true: "true", false: "false"}[isService]}
	case "aws:ResourceAccount":
		return []string{s.account}
	case "aws:PrincipalServiceName":
		if isService {
			return []string{p.Service}
		}
	case "aws:PrincipalArn":
		if p.Kind == RoleSession {
			return []string{p.RoleARN}
		}
		if !isService {
			return []string{p.ARN}
		}
	case "aws:PrincipalAccount":
		if !isService {
			return []string{p.Account}
		}
	case "aws:username":
		if p.Kind == IAMUser {
			return []string{p.ARN[strings.LastIndex(p.ARN, "/")+1:]}
		}
	}
	return nil
}

// texts are all policies of the sample.
func (s sample) texts() (all []text) {
	for _, one := range []*text{s.key, s.boundary, s.session} {
		if one != nil {
			all = append(all, *one)
		}
	}
	all = append(all, s.identity...)
	for _, level := range slices.Concat(s.scps, s.rcps) {
		all = append(all, level...)
	}
	return all
}

// edited is the sample with every statement changed or, where change says so, left out.
func (s sample) edited(change func(clause) (clause, bool)) sample {
	one := func(t text) text {
		var kept []clause
		for _, c := range t.Statement {
			if c, keep := change(c); keep {
				kept = append(kept, c)
			}
		}
		if kept == nil { // a policy needs a statement
			kept = []clause{{Effect: "Allow", Action: []string{"s3:ListBucket"}, Resource: []string{"*"}}}
			if len(t.Statement) > 0 && (t.Statement[0].Principal != nil || t.Statement[0].NotPrincipal != nil) {
				kept[0].Principal = "*"
			}
		}
		return text{Version: t.Version, Statement: kept}
	}
	many := func(texts []text) (out []text) {
		for i, t := range texts {
			changed := one(t)
			if i > 0 && changed.filler() { // what an RCP must not say
				continue
			}
			out = append(out, changed)
		}
		return out
	}
	for _, p := range []**text{&s.key, &s.boundary, &s.session} {
		if *p != nil {
			changed := one(**p)
			*p = &changed
		}
	}
	s.identity = many(s.identity)
	for _, p := range []*[][]text{&s.scps, &s.rcps} {
		levels := slices.Clone(*p)
		for i := range levels {
			levels[i] = many(levels[i])
		}
		*p = levels
	}
	return s
}

// filler stands for a policy without statements, which AWS does not take.
func (t text) filler() bool {
	return len(t.Statement) == 1 && t.Statement[0].Action != nil && t.Statement[0].Action[0] == "s3:ListBucket"
}

// anyCondition reports whether some condition of the sample is such.
func (s sample) anyCondition(such func(operator, key string, values []string) bool) bool {
	for _, t := range s.texts() {
		for _, c := range t.Statement {
			for _, operator := range slices.Sorted(maps.Keys(c.Condition)) {
				for key, values := range c.Condition[operator] {
					if such(operator, key, values) {
						return true
					}
				}
			}
		}
	}
	return false
}
