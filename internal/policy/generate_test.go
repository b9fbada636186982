//go:build slow

package policy

import (
	"math/rand/v2"
	"strings"
)

// contextKey is a key that generated requests and conditions use.
type contextKey struct {
	name    string
	kind    string // which operators compare it
	multi   bool
	derived bool
	values  []string // in requests
	wanted  []string // in policies, besides values
}

var contextKeys = []contextKey{
	{name: "aws:PrincipalIsAWSService", kind: "Bool", derived: true, wanted: []string{"true", "false"}},
	{name: "aws:ResourceAccount", kind: "String", derived: true, wanted: []string{management, memberAccount}},
	{name: "aws:PrincipalServiceName", kind: "String", derived: true, wanted: []string{sso, "*.amazonaws.com"}},
	{name: "aws:PrincipalArn", kind: "Arn", derived: true, wanted: []string{"arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:user/ops", "arn:aws:iam::*:role/aws-reserved/*/AWSReservedSSO_*"}},
	{name: "aws:PrincipalAccount", kind: "String", derived: true, wanted: []string{management, memberAccount, "${aws:ResourceAccount}"}},
	{name: "aws:username", kind: "String", derived: true, wanted: []string{"ops", "o*", "D?V"}},
	{name: "aws:SourceAccount", kind: "String", values: []string{management, memberAccount, "*"}, wanted: []string{"${aws:ResourceAccount}", "11112222333?", "${aws:PrincipalAccount, '111122223333'}", "${*}", "7777*"}},
	{name: "aws:SourceOrgID", kind: "String", values: []string{orgID, "o-other"}, wanted: []string{"${aws:ResourceOrgID}", "o-*", "O-OTHER"}},
	{name: "aws:ResourceOrgID", kind: "String", values: []string{orgID}, wanted: []string{"${aws:SourceOrgID}"}},
	{name: "aws:PrincipalOrgID", kind: "String", values: []string{orgID}, wanted: []string{"${aws:ResourceOrgID}"}},
	{name: "kms:ViaService", kind: "String", values: []string{"sso.us-east-1.amazonaws.com", "identitystore.us-east-1.amazonaws.com"}, wanted: []string{"sso.*.amazonaws.com", "identitystore.us-east-?.amazonaws.com"}},
	{name: "aws:PrincipalTag/team", kind: "String", values: []string{"blue", "red"}, wanted: []string{"BLUE", "b*"}},
	{name: "aws:SourceArn", kind: "Arn", values: []string{instanceARN, storeARN}, wanted: []string{"arn:aws:sso:::instance/*", "arn:aws:identitystore:*:${aws:SourceAccount}:identitystore/*", "arn:*:*:*:*:*"}},
	{name: "aws:SecureTransport", kind: "Bool", values: []string{"true", "false"}},
	{name: "aws:MultiFactorAuthAge", kind: "Numeric", values: []string{"10", "300", "3600"}, wanted: []string{"300.0", "299.5", "-1", "12345678901234567890"}},
	{name: "aws:CurrentTime", kind: "Date", values: []string{"2026-07-01T12:00:00Z", "2026-07-01T12:00:00.5Z"}, wanted: []string{"2026-07-01", "2026-07-01T14:00:00+02:00", "1782907200", "2025-01-01T00:00:00Z"}},
	{name: "aws:SourceIp", kind: "Ip", values: []string{"192.0.2.7", "198.51.100.1", "2001:db8::1"}, wanted: []string{"192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "192.0.2.9/29"}},
	{name: "kms:EncryptionContextKeys", kind: "String", multi: true, values: []string{"aws:sso:instance-arn", "purpose"}, wanted: []string{"aws:*", "PURPOSE"}},
	{name: "aws:CalledVia", kind: "String", multi: true, values: []string{sso, quick}, wanted: []string{"*.amazonaws.com"}},
}

var operatorsOf = map[string][]string{
	"String":  {"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"},
	"Arn":     {"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"},
	"Bool":    {"Bool"},
	"Numeric": {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
	"Date":    {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
	"Ip":      {"IpAddress", "NotIpAddress"},
}

// callers of the samples; the service-linked role belongs to a member account.
var callers = []Principal{
	user(management, "ops"), user(memberAccount, "dev"), user(memberAccount, "team/dev"),
	session(management, "Admin"), session(memberAccount, "Admin"), permissionSet(management, mumbai), permissionSet(memberAccount, virginia),
	session(memberAccount, "aws-service-role/kms.amazonaws.com/AWSServiceRoleForKeys"),
	rootUser(management), rootUser(memberAccount),
	service(sso), service(sso), service(quick),
}

var actions = []string{"kms:Decrypt", "kms:Decrypt", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey", "kms:CreateGrant",
	"kms:PutKeyPolicy", "kms:ReplicateKey", "kms:CreateKey", "kms:ListAliases"}

// generator makes samples; the same seed makes the same ones.
type generator struct{ *rand.Rand }

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g generator, list []T) T { return list[g.IntN(len(list))] }

// some picks one to three, perhaps twice the same.
func (g generator) some(list []string) (picked []string) {
	for range 1 + g.IntN(3)*g.IntN(2) {
		picked = append(picked, pick(g, list))
	}
	return picked
}

func (g generator) sample() sample {
	s := sample{principal: pick(g, callers), action: pick(g, actions), account: pick(g, []string{management, memberAccount}), context: map[string][]string{}}
	for iamOnly[strings.ToLower(s.action)] && (s.principal.Kind == AWSService || s.principal.Account != s.account) { // nothing to decide here
		s.principal, s.action = pick(g, callers), pick(g, actions)
	}
	for _, k := range contextKeys {
		if k.derived || !g.chance(60) {
			continue
		}
		s.context[k.name] = []string{pick(g, k.values)}
		if k.multi && g.chance(50) {
			s.context[k.name] = k.values
		}
	}
	if !iamOnly[strings.ToLower(s.action)] {
		s.key = new(text)
		*s.key = g.policy(true, 4, 60)
	}
	s.scps, s.rcps = [][]text{{allowAny(false)}}, nil
	if s.principal.Kind != AWSService && s.principal.Kind != AccountRoot {
		for range g.IntN(3) {
			s.identity = append(s.identity, g.policy(false, 3, 70))
		}
		if g.chance(25) {
			s.boundary = new(text)
			*s.boundary = g.policy(false, 3, 80)
		}
		if s.principal.Kind == RoleSession && g.chance(20) {
			s.session = new(text)
			*s.session = g.policy(false, 3, 80)
		}
	}
	if g.chance(35) {
		s.scps = g.levels(false)
	}
	if g.chance(25) {
		s.rcps = g.levels(true)
	}
	return s
}

// allowAny is FullAWSAccess or, with a principal, RCPFullAWSAccess.
func allowAny(principal bool) text {
	c := clause{Effect: "Allow", Action: []string{"*"}, Resource: []string{"*"}}
	if principal {
		c.Principal = "*"
	}
	return text{Version: version2012, Statement: []clause{c}}
}

func (g generator) levels(principal bool) (levels [][]text) {
	for range 1 + g.IntN(3) {
		var level []text
		if principal || g.chance(80) {
			level = append(level, allowAny(principal))
		}
		if len(level) == 0 || g.chance(40) {
			own := g.policy(principal, 2, 50)
			if principal { // RCPs of customers only deny, deny everyone, and name a service
				own.Version = version2012
				for i := range own.Statement {
					c := &own.Statement[i]
					c.Effect, c.Principal, c.NotPrincipal, c.NotAction = "Deny", "*", nil, nil
					c.Action = g.some([]string{"kms:*", "kms:Decrypt", "kms:De*", "kms:PutKeyPolicy"})
				}
			}
			level = append(level, own)
		}
		levels = append(levels, level)
	}
	return levels
}

func (g generator) policy(principal bool, most, allows int) text {
	t := text{Version: version2012}
	if g.chance(8) {
		t.Version = version2008
	}
	for range 1 + g.IntN(most) {
		t.Statement = append(t.Statement, g.clause(principal, allows))
	}
	return t
}

func (g generator) clause(principal bool, allows int) clause {
	c := clause{Effect: "Deny"}
	if g.chance(allows) {
		c.Effect = "Allow"
	}
	if principal {
		g.principal(&c)
	}
	patterns := []string{"kms:*", "*", "kms:Decrypt", "kms:De*", "KMS:decrypt", "kms:?ncrypt", "kms:Generate*", "kms:PutKeyPolicy", "kms:Create*", "kms:List*"}
	if g.chance(90) {
		c.Action = g.some(patterns[:2+g.IntN(len(patterns)-1)])
	} else {
		c.NotAction = g.some(patterns[2:])
	}
	resources := []string{"*", "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:777788889999:key/mrk-*", "arn:aws:kms:*:*:key/" + keyID, "arn:aws:kms:*:*:alias/*"}
	if g.chance(92) {
		c.Resource = []string{"*"}
		if g.chance(30) {
			c.Resource = g.some(resources)
		}
	} else {
		c.NotResource = g.some(resources[1:])
	}
	for range []int{0, 0, 0, 1, 1, 2}[g.IntN(6)] {
		g.condition(&c)
	}
	return c
}

// principal fills Principal or, seldom, NotPrincipal.
func (g generator) principal(c *clause) {
	names := []string{"arn:aws:iam::111122223333:root", "arn:aws:iam::777788889999:root", "777788889999",
		"arn:aws:iam::111122223333:user/ops", "arn:aws:iam::777788889999:user/dev", "arn:aws:iam::777788889999:user/team/dev",
		"arn:aws:iam::111122223333:role/Admin", "arn:aws:iam::777788889999:role/Admin", "arn:aws:sts::777788889999:assumed-role/Admin/s",
		callers[5].RoleARN, callers[6].RoleARN, callers[6].ARN}
	var value any
	switch n := g.IntN(10); {
	case n < 3:
		value = "*"
	case n < 5:
		value = map[string]any{"AWS": g.some(names[:3])}
	case n < 8:
		value = map[string]any{"AWS": g.some(names)}
	case n < 9:
		value = map[string]any{"Service": g.some([]string{sso, quick, identityStore})}
	default:
		value = map[string]any{"AWS": g.some(names), "Service": []string{sso}}
	}
	if c.Effect == "Deny" && value != "*" && g.chance(15) {
		c.NotPrincipal = value
		return
	}
	c.Principal = value
}

// condition adds one operator with one key.
func (g generator) condition(c *clause) {
	k := pick(g, contextKeys)
	operator := pick(g, operatorsOf[k.kind])
	values := g.some(append(k.wanted[:len(k.wanted):len(k.wanted)], k.values...))
	switch n := g.IntN(100); {
	case n < 8:
		operator, values = "Null", []string{pick(g, []string{"true", "false"})}
	case k.multi && n < 80:
		operator = pick(g, []string{"ForAnyValue:", "ForAllValues:"}) + operator
	case n > 96:
		operator = pick(g, []string{"ForAnyValue:", "ForAllValues:"}) + operator
	}
	if operator != "Null" && g.chance(20) {
		operator += "IfExists"
	}
	if c.Condition == nil {
		c.Condition = map[string]map[string][]string{}
	}
	if c.Condition[operator] == nil {
		c.Condition[operator] = map[string][]string{}
	}
	c.Condition[operator][k.name] = values
}
