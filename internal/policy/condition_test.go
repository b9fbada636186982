package policy

import "slices"

// conditionCase is one Condition element against one context, by sso itself.
type conditionCase struct {
	name, condition string
	context         Context
	want            Match
	note            Note
	source          string
	inDeny          Match  // where a Deny statement differs; else the same as want
	differs         bool   // inDeny counts
	version         string // "" is 2012-10-17
}

// conditionVerdicts puts each condition into an Allow, and into a Deny beside
// an allow for everyone.
func conditionVerdicts() []verdictCase {
	var cases []verdictCase
	for _, row := range slices.Concat(operatorCases(), variableCases(), typedCases(), setCases()) {
		version := row.version
		if version == "" {
			version = version2012
		}
		text := func(effect, others string) string {
			return `{"Version":"` + version + `","Statement":[` + others + `{"Sid":"C","Effect":"` + effect +
				`","Principal":"*","Action":"kms:*","Resource":"*","Condition":` + row.condition + `}]}`
		}
		req := onKey(service(sso), "kms:Decrypt", mumbai)
		req.Context = row.context
		allow := verdictCase{name: "allow if " + row.name, key: text("Allow", ""), req: req, layer: LayerKey, source: row.source, note: row.note, causeOf: "C"}
		switch row.want {
		case Matched:
			allow.want, allow.reason, allow.statement = Allow, ReasonAllowed, "C"
		case NoMatch:
			allow.want, allow.reason = Deny, ReasonNoResourceAllow
		case MatchUnknown:
			allow.want, allow.reason, allow.statement = Unknown, ReasonUnclear, "C"
		}
		deny := verdictCase{name: "deny if " + row.name, key: text("Deny", everyone+","), req: req, layer: LayerKey, source: row.source}
		inDeny := row.want
		if row.differs {
			inDeny = row.inDeny
		}
		switch inDeny {
		case Matched:
			deny.want, deny.reason, deny.statement = Deny, ReasonResourceDeny, "C"
		case NoMatch:
			deny.want, deny.reason, deny.statement = Allow, ReasonAllowed, "Everyone"
		case MatchUnknown:
			deny.want, deny.reason, deny.statement = Unknown, ReasonUnclear, "C"
		}
		cases = append(cases, allow, deny)
	}
	return cases
}

func operatorCases() []conditionCase {
	const s44 = "idc-kms 4.4"
	const law1 = "design law 1"
	org := Context{}.With("aws:SourceOrgID", "o-a1b2c3d4e5")
	via := Context{}.With("kms:ViaService", "sso.us-east-1.amazonaws.com")
	arnIs := func(arn string) Context { return Context{}.With("aws:SourceArn", arn) }
	keys := func(names ...string) Context { return Context{}.With("kms:EncryptionContextKeys", names...) }
	return []conditionCase{
		{name: "StringEquals fits", condition: `{"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}`, context: org, want: Matched, source: s44},
		{name: "StringEquals fits the second value", condition: `{"StringEquals":{"aws:SourceOrgID":["o-x","o-a1b2c3d4e5"]}}`, context: org, want: Matched, source: s44},
		{name: "StringEquals differs", condition: `{"StringEquals":{"aws:SourceOrgID":"o-x"}}`, context: org, want: NoMatch, source: s44},
		{name: "StringEquals differs in case", condition: `{"StringEquals":{"aws:SourceOrgID":"O-A1B2C3D4E5"}}`, context: org, want: NoMatch, source: s44},
		{name: "StringEquals takes a star literally", condition: `{"StringEquals":{"aws:SourceOrgID":"o-*"}}`, context: org, want: NoMatch, source: s44},
		{name: "StringEquals without key", condition: `{"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}`, want: NoMatch, source: s44},
		{name: "StringEquals with an empty list", condition: `{"StringEquals":{"aws:SourceOrgID":[]}}`, context: org, want: NoMatch, source: s44},
		{name: "StringEquals with the key in another case", condition: `{"StringEquals":{"AWS:sourceorgid":"o-a1b2c3d4e5"}}`, context: org, want: Matched, source: s44},
		{name: "StringEquals with a number", condition: `{"StringEquals":{"aws:SourceAccount":111122223333}}`, context: Context{}.With("aws:SourceAccount", management), want: Matched, source: "IAM: policy grammar"},
		{name: "StringNotEquals fits", condition: `{"StringNotEquals":{"aws:SourceOrgID":"o-x"}}`, context: org, want: Matched, source: s44},
		{name: "StringNotEquals finds one of two", condition: `{"StringNotEquals":{"aws:SourceOrgID":["o-x","o-a1b2c3d4e5"]}}`, context: org, want: NoMatch, source: s44 + " (NOR)"},
		{name: "StringNotEquals without key", condition: `{"StringNotEquals":{"aws:SourceOrgID":"o-x"}}`, want: Matched, source: s44},
		{name: "StringEqualsIgnoreCase", condition: `{"StringEqualsIgnoreCase":{"aws:SourceOrgID":"O-A1B2C3D4E5"}}`, context: org, want: Matched, source: s44},
		{name: "StringNotEqualsIgnoreCase", condition: `{"StringNotEqualsIgnoreCase":{"aws:SourceOrgID":"O-A1B2C3D4E5"}}`, context: org, want: NoMatch, source: s44},
		{name: "StringLike with a star", condition: `{"StringLike":{"kms:ViaService":"sso.*.amazonaws.com"}}`, context: via, want: Matched, source: s44},
		{name: "StringLike with question marks", condition: `{"StringLike":{"kms:ViaService":"sso.us-east-?.amazonaws.com"}}`, context: via, want: Matched, source: s44},
		{name: "StringLike keeps case", condition: `{"StringLike":{"kms:ViaService":"SSO.*.amazonaws.com"}}`, context: via, want: NoMatch, source: s44},
		{name: "StringLike matches the whole value", condition: `{"StringLike":{"kms:ViaService":"sso.*.amazonaws"}}`, context: via, want: NoMatch, source: s44},
		{name: "StringLike star without key", condition: `{"StringLike":{"kms:ViaService":"*"}}`, want: NoMatch, source: s44},
		{name: "StringLike star with an empty value", condition: `{"StringLike":{"kms:ViaService":"*"}}`, context: Context{}.With("kms:ViaService", ""), want: Matched, source: s44},
		{name: "StringNotLike", condition: `{"StringNotLike":{"kms:ViaService":"sso.*"}}`, context: via, want: NoMatch, source: s44},
		{name: "StringNotLike without key", condition: `{"StringNotLike":{"kms:ViaService":"sso.*"}}`, want: Matched, source: s44},

		{name: "ArnLike part by part", condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:sso:*:*:instance/ssoins-*"}}`, context: arnIs(instanceARN), want: Matched, source: s44},
		{name: "ArnLike star does not cross a colon", condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:*:*:*:d-1"}}`, context: arnIs("arn:aws:x:r:1:store:d-1"), want: NoMatch, source: s44},
		{name: "ArnLike last part holds colons", condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:x:r:1:store:*"}}`, context: arnIs("arn:aws:x:r:1:store:d-1"), want: Matched, source: s44},
		{name: "ArnEquals takes wildcards", condition: `{"ArnEquals":{"aws:SourceArn":"arn:aws:sso:::instance/*"}}`, context: arnIs(instanceARN), want: Matched, source: s44},
		{name: "ArnLike keeps case", condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:SSO:::instance/*"}}`, context: arnIs(instanceARN), want: NoMatch, source: s44},
		{name: "ArnLike without key", condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:sso:::instance/*"}}`, want: NoMatch, source: s44},
		{name: "ArnLike with a value that is no ARN", condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:sso:::instance/*"}}`, context: arnIs("ssoins-1"), want: NoMatch, source: s44},
		{name: "ArnLike with a pattern of fewer parts", condition: `{"ArnLike":{"aws:SourceArn":"*"}}`, context: arnIs(instanceARN), want: MatchUnknown, note: NoteValue, source: law1},
		{name: "ArnNotLike", condition: `{"ArnNotLike":{"aws:SourceArn":"arn:aws:sso:::instance/*"}}`, context: arnIs(instanceARN), want: NoMatch, source: s44},
		{name: "ArnNotEquals without key", condition: `{"ArnNotEquals":{"aws:SourceArn":"arn:aws:sso:::instance/*"}}`, want: Matched, source: s44},

		{name: "Bool", condition: `{"Bool":{"aws:PrincipalIsAWSService":"true"}}`, want: Matched, source: s44 + ", 4.5"},
		{name: "Bool in another case", condition: `{"Bool":{"aws:PrincipalIsAWSService":"TRUE"}}`, want: Matched, source: s44},
		{name: "Bool unquoted", condition: `{"Bool":{"aws:PrincipalIsAWSService":true}}`, want: Matched, source: "IAM: policy grammar"},
		{name: "Bool differs", condition: `{"Bool":{"aws:PrincipalIsAWSService":"false"}}`, want: NoMatch, source: s44},
		{name: "Bool with a value that is none", condition: `{"Bool":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}`, context: org, want: NoMatch, source: s44},
		{name: "Bool without key", condition: `{"Bool":{"aws:SourceAccount":"false"}}`, want: NoMatch, source: s44},
		{name: "Null true, absent", condition: `{"Null":{"kms:ViaService":"true"}}`, want: Matched, source: s44},
		{name: "Null true, present", condition: `{"Null":{"kms:ViaService":"true"}}`, context: via, want: NoMatch, source: s44},
		{name: "Null false, present", condition: `{"Null":{"kms:ViaService":false}}`, context: via, want: Matched, source: s44},
		{name: "Null false, absent", condition: `{"Null":{"kms:ViaService":"false"}}`, want: NoMatch, source: s44},
		{name: "Null on a multi-valued key", condition: `{"Null":{"kms:EncryptionContextKeys":"false"}}`, context: keys("a", "b"), want: Matched, source: s44},
		{name: "Null with another word", condition: `{"Null":{"kms:ViaService":"maybe"}}`, context: via, want: MatchUnknown, note: NoteValue, source: law1},

		{name: "IfExists absent", condition: `{"StringEqualsIfExists":{"kms:ViaService":"sso"}}`, want: Matched, source: s44},
		{name: "IfExists present", condition: `{"StringEqualsIfExists":{"kms:ViaService":"sso"}}`, context: via, want: NoMatch, source: s44},
		{name: "BoolIfExists absent", condition: `{"BoolIfExists":{"aws:SourceAccount":"true"}}`, want: Matched, source: s44},
		{name: "ArnLikeIfExists absent", condition: `{"ArnLikeIfExists":{"aws:SourceArn":"arn:aws:sso:::*"}}`, want: Matched, source: s44},
		{name: "ForAnyValue with IfExists absent", condition: `{"ForAnyValue:StringLikeIfExists":{"kms:EncryptionContextKeys":"aws:*"}}`, want: MatchUnknown, note: NoteAbsent, source: s44 + " (INFERRED true); IAM: set operators (false); " + law1},

		{name: "ForAnyValue finds one", condition: `{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["a","c"]}}`, context: keys("b", "c"), want: Matched, source: s44},
		{name: "ForAnyValue finds none", condition: `{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["a"]}}`, context: keys("b", "c"), want: NoMatch, source: s44},
		{name: "ForAnyValue without key", condition: `{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["a"]}}`, want: NoMatch, source: s44},
		{name: "ForAnyValue negated finds another", condition: `{"ForAnyValue:StringNotEquals":{"kms:EncryptionContextKeys":["b"]}}`, context: keys("b", "c"), want: Matched, source: s44},
		{name: "ForAnyValue negated without key", condition: `{"ForAnyValue:StringNotEquals":{"kms:EncryptionContextKeys":["b"]}}`, want: NoMatch, source: s44},
		{name: "ForAllValues all listed", condition: `{"ForAllValues:StringLike":{"kms:EncryptionContextKeys":["aws:*"]}}`, context: keys("aws:a", "aws:b"), want: Matched, source: s44},
		{name: "ForAllValues one not listed", condition: `{"ForAllValues:StringLike":{"kms:EncryptionContextKeys":["aws:*"]}}`, context: keys("aws:a", "b"), want: NoMatch, source: s44},
		{name: "ForAllValues without key", condition: `{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["a"]}}`, want: Matched, source: s44},
		{name: "ForAllValues on a single-valued key", condition: `{"ForAllValues:StringEquals":{"kms:EncryptionContext:x":"1"}}`, want: Matched, source: s44 + ", 2.4 (why KMS refuses it)"},
		{name: "multi-valued key without set operator", condition: `{"StringEquals":{"kms:EncryptionContextKeys":"a"}}`, context: keys("a"),
			want: NoMatch, note: NoteMultiValued, inDeny: MatchUnknown, differs: true, source: s44 + " (INFERRED); " + law1},
		{name: "multi-valued key without set operator, absent", condition: `{"StringEquals":{"kms:EncryptionContextKeys":"a"}}`, want: NoMatch, source: s44},
		{name: "single-valued key with two values", condition: `{"StringEquals":{"aws:SourceOrgID":"a"}}`, context: Context{}.With("aws:SourceOrgID", "a", "b"),
			want: MatchUnknown, note: NoteMultiValued, source: law1},

		{name: "two operators, both fit", condition: `{"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"true"}}`, context: org, want: Matched, source: s44 + " (AND)"},
		{name: "two operators, one fits", condition: `{"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"false"}}`, context: org, want: NoMatch, source: s44 + " (AND)"},
		{name: "two keys, one fits", condition: `{"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5","kms:ViaService":"sso"}}`, context: org, want: NoMatch, source: s44 + " (AND)"},
		{name: "encryption context key name ignores case", condition: `{"StringEquals":{"kms:EncryptionContext:AWS:SSO:Instance-Arn":"` + instanceARN + `"}}`,
			context: Context{}.WithEncryptionContext(instanceContext), want: Matched, source: "idc-kms 4.5"},
		{name: "encryption context keys keep case", condition: `{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"AWS:SSO:instance-arn"}}`,
			context: Context{}.WithEncryptionContext(instanceContext), want: NoMatch, source: "idc-kms 4.5"},
		{name: "service has no principal ARN", condition: `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:*"}}`, want: NoMatch, source: "idc-kms 4.5"},
		{name: "service has no principal account", condition: `{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}`, want: NoMatch, source: "idc-kms 4.5"},
		{name: "service has no user name", condition: `{"Null":{"aws:username":"true"}}`, want: Matched, source: "IAM: variables and tags"},
		{name: "service has a name", condition: `{"StringEquals":{"aws:PrincipalServiceName":"sso.amazonaws.com"}}`, want: Matched, source: "idc-kms 4.5"},

		{name: "address nobody looked at", condition: `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, want: MatchUnknown, note: NoteNotLooked, source: law1},
		{name: "age nobody looked at", condition: `{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}`, want: MatchUnknown, note: NoteNotLooked, source: law1},
		{name: "time nobody looked at", condition: `{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`, want: MatchUnknown, note: NoteNotLooked, source: law1},
		{name: "operator nobody knows", condition: `{"StringResembles":{"aws:SourceOrgID":"o"}}`, context: org, want: MatchUnknown, note: NoteOperator, source: law1},
		{name: "operator in another case", condition: `{"stringequals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}`, context: org, want: MatchUnknown, note: NoteOperator, source: law1},
		{name: "NullIfExists", condition: `{"NullIfExists":{"kms:ViaService":"true"}}`, want: MatchUnknown, note: NoteOperator, source: s44 + "; " + law1},
		{name: "ForAnyValue:Null", condition: `{"ForAnyValue:Null":{"kms:EncryptionContextKeys":"true"}}`, want: MatchUnknown, note: NoteOperator, source: s44 + "; " + law1},
		{name: "qualifier nobody knows", condition: `{"ForSomeValue:StringEquals":{"kms:EncryptionContextKeys":"a"}}`, context: keys("a"), want: MatchUnknown, note: NoteOperator, source: law1},
		{name: "key nobody knows", condition: `{"StringEquals":{"aws:NoSuchKey":"x"}}`, want: MatchUnknown, note: NoteKey, source: law1},
		{name: "key nobody knows with IfExists", condition: `{"StringEqualsIfExists":{"sso:PrimaryRegion":"x"}}`, want: MatchUnknown, note: NoteKey, source: law1},
		{name: "key nobody knows with Null", condition: `{"Null":{"kms:NoSuchKey":"true"}}`, want: MatchUnknown, note: NoteKey, source: law1},
		{name: "key nobody looked at", condition: `{"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}`, context: org.WithUnknown("aws:sourceorgid"), want: MatchUnknown, note: NoteNotLooked, source: law1},
		{name: "key nobody looked at, Null", condition: `{"Null":{"kms:ViaService":"true"}}`, context: Context{}.WithUnknown("kms:ViaService"), want: MatchUnknown, note: NoteNotLooked, source: law1},
		{name: "key nobody looked at, ForAllValues", condition: `{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}}`, context: Context{}.WithUnknown("kms:EncryptionContextKeys"), want: MatchUnknown, note: NoteNotLooked, source: law1},
		{name: "key that AWS always sends, silent context", condition: `{"Bool":{"aws:SecureTransport":"true"}}`, want: MatchUnknown, note: NoteNotLooked, source: "idc-kms 4.5; " + law1},
		{name: "key that AWS always sends, given", condition: `{"Bool":{"aws:SecureTransport":"true"}}`, context: Context{}.With("aws:SecureTransport", "true"), want: Matched, source: "idc-kms 4.5"},
		{name: "caller account of a service", condition: `{"StringEquals":{"kms:CallerAccount":"111122223333"}}`, want: MatchUnknown, note: NoteNotLooked, source: "idc-kms 4.5, 11"},
		{name: "unclear beside what does not fit", condition: `{"StringResembles":{"aws:SourceIp":"192.0.2.0/24"},"StringEquals":{"aws:SourceOrgID":"o-x"}}`, context: org, want: NoMatch, source: "three-valued AND"},
		{name: "unclear beside what fits", condition: `{"StringResembles":{"aws:SourceIp":"192.0.2.0/24"},"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}`, context: org, want: MatchUnknown, note: NoteOperator, source: "three-valued AND"},
	}
}

// variableCases: policy variables (idc-kms 4.4). The key's account is 111122223333.
func variableCases() []conditionCase {
	const s44 = "idc-kms 4.4"
	const law1 = "design law 1"
	source := func(value string) Context { return Context{}.With("aws:SourceAccount", value) }
	org := func(value string) Context { return Context{}.With("aws:SourceOrgID", value) }
	equal := func(value string) string { return `{"StringEquals":{"aws:SourceAccount":"` + value + `"}}` }
	return []conditionCase{
		{name: "variable fits", condition: equal("${aws:ResourceAccount}"), context: source(management), want: Matched, source: s44 + ", 3.1"},
		{name: "variable differs", condition: equal("${aws:ResourceAccount}"), context: source(memberAccount), want: NoMatch, source: s44},
		{name: "variable in another case", condition: equal("${AWS:resourceaccount}"), context: source(management), want: Matched, source: s44 + " (key names)"},
		{name: "variable inside text", condition: `{"ArnLike":{"aws:SourceArn":"arn:aws:quicksight:*:${aws:ResourceAccount}:*"}}`,
			context: Context{}.With("aws:SourceArn", "arn:aws:quicksight:us-east-1:111122223333:namespace/default"), want: Matched, source: s44},
		{name: "two variables", condition: `{"StringEquals":{"aws:SourceOrgID":"${aws:ResourceAccount}-${aws:SourceAccount}"}}`,
			context: org("111122223333-7").With("aws:SourceAccount", "7"), want: Matched, source: s44},
		{name: "variable under 2008-10-17", condition: equal("${aws:ResourceAccount}"), context: source(management), version: version2008, want: NoMatch, source: s44},
		{name: "variable text itself under 2008-10-17", condition: equal("${aws:ResourceAccount}"), context: source("${aws:ResourceAccount}"), version: version2008, want: Matched, source: s44},
		{name: "variable without value", condition: `{"StringEquals":{"aws:SourceOrgID":"${aws:ResourceOrgID}"}}`, context: org(orgID), want: NoMatch, source: s44},
		{name: "variable without value, Like", condition: `{"StringLike":{"aws:SourceOrgID":"${aws:ResourceOrgID}*"}}`, context: org(orgID), want: NoMatch, source: s44},
		{name: "variable without value, negated", condition: `{"StringNotEquals":{"aws:SourceOrgID":"${aws:ResourceOrgID}"}}`, context: org(orgID), want: Matched, source: s44},
		{name: "variable without value beside one that fits", condition: `{"StringEquals":{"aws:SourceOrgID":["${aws:ResourceOrgID}","o-a1b2c3d4e5"]}}`, context: org(orgID), want: Matched, source: s44},
		{name: "default of a variable without value", condition: `{"StringEquals":{"aws:SourceOrgID":"${aws:ResourceOrgID, 'o-a1b2c3d4e5'}"}}`, context: org(orgID), want: Matched, source: s44},
		{name: "default of a variable with value", condition: equal("${aws:ResourceAccount, '777788889999'}"), context: source(memberAccount), want: NoMatch, source: s44},
		{name: "default holding a brace and a comma", condition: `{"StringEquals":{"aws:SourceOrgID":"${aws:ResourceOrgID, 'a},b'}!"}}`, context: org("a},b!"), want: Matched, source: s44},
		{name: "substituted star is literal", condition: `{"StringLike":{"aws:SourceOrgID":"${aws:SourceAccount}"}}`, context: org("anything").With("aws:SourceAccount", "*"), want: NoMatch, source: s44},
		{name: "substituted star fits a star", condition: `{"StringLike":{"aws:SourceOrgID":"${aws:SourceAccount}"}}`, context: org("*").With("aws:SourceAccount", "*"), want: Matched, source: s44},
		{name: "escaped star is literal", condition: `{"StringLike":{"aws:SourceOrgID":"o-${*}"}}`, context: org("o-a"), want: NoMatch, source: s44},
		{name: "escaped characters", condition: `{"StringLike":{"aws:SourceOrgID":"${*}${?}${$}*"}}`, context: org("*?$ and more"), want: Matched, source: s44},
		{name: "escape under 2008-10-17", condition: `{"StringEquals":{"aws:SourceOrgID":"${*}"}}`, context: org("${*}"), version: version2008, want: Matched, source: s44},
		{name: "variable in Bool is literal", condition: `{"Bool":{"aws:PrincipalIsAWSService":"${aws:SourceOrgID}"}}`, context: org("true"), want: NoMatch, source: s44 + " (String and Arn only)"},
		{name: "variable of a key nobody knows", condition: equal("${aws:PrincipalTag/team}"), context: source(management), want: MatchUnknown, note: NoteValue, source: law1},
		{name: "variable of a key nobody knows, key absent", condition: equal("${aws:PrincipalTag/team}"), want: NoMatch, source: s44},
		{name: "variable of a key nobody looked at", condition: equal("${aws:ResourceOrgID}"), context: source(management).WithUnknown("aws:ResourceOrgID"), want: MatchUnknown, note: NoteValue, source: law1},
		{name: "variable nobody looked at beside one that fits", condition: `{"StringEquals":{"aws:SourceAccount":["${aws:ResourceOrgID}","111122223333"]}}`, context: source(management).WithUnknown("aws:ResourceOrgID"), want: Matched, source: "three-valued OR"},
		{name: "variable of a multi-valued key", condition: equal("${kms:EncryptionContextKeys}"), context: source("a").With("kms:EncryptionContextKeys", "a"), want: MatchUnknown, note: NoteValue, source: s44 + " (single-valued only); " + law1},
		{name: "variable that does not end", condition: equal("${aws:ResourceAccount"), context: source(management), want: MatchUnknown, note: NoteValue, source: law1},
		{name: "variable without name", condition: equal("${}"), context: source(management), want: MatchUnknown, note: NoteValue, source: law1},
		{name: "default without quotes", condition: equal("${aws:ResourceOrgID, x}"), context: source("x"), want: MatchUnknown, note: NoteValue, source: law1},
	}
}
