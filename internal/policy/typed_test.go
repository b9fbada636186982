package policy

import "strings"

// typedCases: numbers, dates, binary values and addresses (idc-kms 4.4; IAM:
// Condition operators). Where the key is absent, and where a value is not of
// the operator's type.
func typedCases() []conditionCase {
	const (
		age  = "aws:MultiFactorAuthAge"
		now  = "aws:CurrentTime"
		ip   = "aws:SourceIp"
		blob = "aws:SourceIdentity" // any key: what is base64 is the caller's to know
		s44  = "idc-kms 4.4"
		law1 = "design law 1"
	)
	type row struct {
		name, operator, key, policy, request string // request "-": absent
		want                                 Match
		note                                 Note
		source                               string
	}
	rows := []row{
		{"equal numbers", "NumericEquals", age, "300", "300", Matched, "", s44},
		{"equal numbers, written otherwise", "NumericEquals", age, "300.0", "300", Matched, "", s44 + " (decimal)"},
		{"numbers beyond float64", "NumericEquals", age, "12345678901234567891", "12345678901234567890", NoMatch, "", s44},
		{"negative number", "NumericEquals", age, "-1", "-1.0", Matched, "", s44},
		{"other number", "NumericEquals", age, "300", "301", NoMatch, "", s44},
		{"number absent", "NumericEquals", age, "300", "-", NoMatch, NoteAbsent, s44},
		{"not equal", "NumericNotEquals", age, "300", "301", Matched, "", s44},
		{"not equal, equal", "NumericNotEquals", age, "300", "300", NoMatch, "", s44},
		{"not equal, absent", "NumericNotEquals", age, "300", "-", Matched, "", s44},
		{"not equal to one of two", "NumericNotEquals", age, "300|301", "301", NoMatch, "", s44 + " (NOR)"},
		{"less", "NumericLessThan", age, "300", "299.9", Matched, "", s44},
		{"less, equal", "NumericLessThan", age, "300", "300", NoMatch, "", s44},
		{"less, as numbers and not as text", "NumericLessThan", age, "1000", "300", Matched, "", s44},
		{"less than one of two", "NumericLessThan", age, "100|400", "300", Matched, "", s44 + " (OR)"},
		{"less, absent", "NumericLessThan", age, "300", "-", NoMatch, NoteAbsent, s44},
		{"less or equal", "NumericLessThanEquals", age, "300", "300", Matched, "", s44},
		{"less or equal, more", "NumericLessThanEquals", age, "300", "300.1", NoMatch, "", s44},
		{"more", "NumericGreaterThan", age, "300", "301", Matched, "", s44},
		{"more, equal", "NumericGreaterThan", age, "300", "300", NoMatch, "", s44},
		{"more or equal", "NumericGreaterThanEquals", age, "300", "300", Matched, "", s44},
		{"more or equal, less", "NumericGreaterThanEquals", age, "300", "299", NoMatch, "", s44},
		{"number, IfExists, absent", "NumericLessThanIfExists", age, "300", "-", Matched, "", s44},
		{"number, IfExists, there", "NumericLessThanIfExists", age, "300", "301", NoMatch, "", s44},
		{"number in the policy is none", "NumericLessThan", age, "many", "300", MatchUnknown, NoteValue, law1},
		{"number in the request is none", "NumericLessThan", age, "300", "many", MatchUnknown, NoteRequest, law1},
		{"number with an exponent", "NumericLessThan", age, "1e3", "300", MatchUnknown, NoteValue, law1},
		{"number as a variable", "NumericEquals", age, "${aws:SourceAccount}", "300", MatchUnknown, NoteValue, s44 + " (no variables); " + law1},
		{"number beside one that fits", "NumericEquals", age, "many|300", "300", Matched, "", "three-valued OR"},

		{"same moment", "DateEquals", now, "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z", Matched, "", s44},
		{"same moment in another zone", "DateEquals", now, "2026-07-01T14:00:00+02:00", "2026-07-01T12:00:00Z", Matched, "", s44 + " (ISO 8601)"},
		{"same moment in seconds", "DateEquals", now, "1782907200", "2026-07-01T12:00:00Z", Matched, "", s44 + " (epoch)"},
		{"same moment with a fraction", "DateEquals", now, "2026-07-01T12:00:00.000Z", "2026-07-01T12:00:00Z", Matched, "", s44},
		{"a day is its beginning", "DateEquals", now, "2026-07-01", "2026-07-01T00:00:00Z", Matched, "", "W3C: Date and Time Formats"},
		{"another moment", "DateEquals", now, "2026-07-01", "2026-07-01T12:00:00Z", NoMatch, "", s44},
		{"date absent", "DateEquals", now, "2026-07-01", "-", NoMatch, NoteAbsent, s44},
		{"not that moment", "DateNotEquals", now, "2026-07-01", "2026-07-02", Matched, "", s44},
		{"not that moment, absent", "DateNotEquals", now, "2026-07-01", "-", Matched, "", s44},
		{"before", "DateLessThan", now, "2026-07-01T12:00:01Z", "2026-07-01T12:00:00Z", Matched, "", s44},
		{"before, by half a second", "DateLessThan", now, "2026-07-01T12:00:00.5Z", "2026-07-01T12:00:00Z", Matched, "", s44},
		{"before, same", "DateLessThan", now, "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z", NoMatch, "", s44},
		{"before or same", "DateLessThanEquals", now, "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z", Matched, "", s44},
		{"after", "DateGreaterThan", now, "2026-07-01T12:00:00Z", "2026-07-01T12:00:01Z", Matched, "", s44},
		{"after, not as text", "DateGreaterThan", now, "2026-07-01T13:00:00+02:00", "2026-07-01T11:30:00Z", Matched, "", s44},
		{"after or same", "DateGreaterThanEquals", now, "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z", Matched, "", s44},
		{"after or same, before", "DateGreaterThanEquals", now, "2026-07-01T12:00:00Z", "2026-07-01T11:59:59Z", NoMatch, "", s44},
		{"date, IfExists, absent", "DateGreaterThanIfExists", now, "2026-07-01", "-", Matched, "", s44},
		{"date in the policy is none", "DateLessThan", now, "tomorrow", "2026-07-01", MatchUnknown, NoteValue, law1},
		{"year or seconds", "DateLessThan", now, "2027", "2026-07-01", MatchUnknown, NoteValue, law1},
		{"date in the request is none", "DateLessThan", now, "2026-07-01", "now", MatchUnknown, NoteRequest, law1},

		{"same bytes", "BinaryEquals", blob, "QmluYXJ5", "QmluYXJ5", Matched, "", s44},
		{"other bytes", "BinaryEquals", blob, "QmluYXJ5", "Qmlu", NoMatch, "", s44},
		{"bytes keep case", "BinaryEquals", blob, "QmluYXJ5", "qMLUyxj5", NoMatch, "", s44},
		{"bytes absent", "BinaryEquals", blob, "QmluYXJ5", "-", NoMatch, NoteAbsent, s44},
		{"bytes, IfExists, absent", "BinaryEqualsIfExists", blob, "QmluYXJ5", "-", Matched, "", s44},
		{"bytes in the policy are none", "BinaryEquals", blob, "no base64", "QmluYXJ5", MatchUnknown, NoteValue, law1},
		{"bytes in the request are none", "BinaryEquals", blob, "QmluYXJ5", "no base64", MatchUnknown, NoteRequest, law1},

		{"address in the range", "IpAddress", ip, "192.0.2.0/24", "192.0.2.7", Matched, "", s44},
		{"address beside the range", "IpAddress", ip, "192.0.2.0/24", "192.0.3.7", NoMatch, "", s44},
		{"address in the second range", "IpAddress", ip, "198.51.100.0/24|192.0.2.0/24", "192.0.2.7", Matched, "", s44 + " (OR)"},
		{"lone address", "IpAddress", ip, "192.0.2.7", "192.0.2.7", Matched, "", s44 + " (/32)"},
		{"lone address, another", "IpAddress", ip, "192.0.2.7", "192.0.2.8", NoMatch, "", s44 + " (/32)"},
		{"range written by one of its addresses", "IpAddress", ip, "192.0.2.9/29", "192.0.2.15", Matched, "", "RFC 4632"},
		{"every IPv4 address", "IpAddress", ip, "0.0.0.0/0", "198.51.100.1", Matched, "", "RFC 4632"},
		{"IPv6 in the range", "IpAddress", ip, "2001:db8::/32", "2001:db8:0:1::1", Matched, "", s44},
		{"IPv6, shortened otherwise", "IpAddress", ip, "2001:db8:0:0:0:0:0:1", "2001:db8::1", Matched, "", s44 + " (/128)"},
		{"IPv6 is in no IPv4 range", "IpAddress", ip, "0.0.0.0/0", "2001:db8::1", NoMatch, "", "IAM: IP address condition operators"},
		{"IPv4 is in no IPv6 range", "NotIpAddress", ip, "2001:db8::/32", "192.0.2.7", Matched, "", "IAM: IP address condition operators"},
		{"both versions in one list", "IpAddress", ip, "192.0.2.0/24|2001:db8::/32", "2001:db8::1", Matched, "", "IAM: IP address condition operators"},
		{"address absent", "IpAddress", ip, "0.0.0.0/0", "-", NoMatch, NoteAbsent, s44 + ", 4.5 (service calls)"},
		{"not in the range", "NotIpAddress", ip, "192.0.2.0/24", "198.51.100.1", Matched, "", s44},
		{"not in the range, in it", "NotIpAddress", ip, "192.0.2.0/24", "192.0.2.7", NoMatch, "", s44},
		{"not in one of two ranges", "NotIpAddress", ip, "192.0.2.0/24|198.51.100.0/24", "198.51.100.1", NoMatch, "", s44 + " (NOR)"},
		{"not in the range, absent", "NotIpAddress", ip, "192.0.2.0/24", "-", Matched, "", s44 + ", 4.5 (service calls)"},
		{"address, IfExists, absent", "IpAddressIfExists", ip, "192.0.2.0/24", "-", Matched, "", s44},
		{"range is none", "IpAddress", ip, "192.0.2.*", "192.0.2.7", MatchUnknown, NoteValue, law1},
		{"range is none, negated", "NotIpAddress", ip, "192.0.2.*", "192.0.2.7", MatchUnknown, NoteValue, law1},
		{"address in the request is none", "IpAddress", ip, "192.0.2.0/24", "AWS Internal", MatchUnknown, NoteRequest, law1},
	}
	var cases []conditionCase
	for _, r := range rows {
		request := Context{}.With(r.key)
		if r.request != "-" {
			request = Context{}.With(r.key, r.request)
		}
		cases = append(cases, conditionCase{name: r.operator + ": " + r.name, context: request, want: r.want, note: r.note, source: r.source,
			condition: `{"` + r.operator + `":{"` + r.key + `":["` + strings.ReplaceAll(r.policy, "|", `","`) + `"]}}`})
	}
	return cases
}

// setCases: set operators with every kind of operator, and keys of several values.
func setCases() []conditionCase {
	const (
		s44   = "idc-kms 4.4"
		empty = "IAM: Set operators for multivalued context keys"
	)
	operations := func(names ...string) Context { return Context{}.With("kms:GrantOperations", names...) }
	tags := func(names ...string) Context { return Context{}.With("aws:TagKeys", names...) }
	via := func(names ...string) Context { return Context{}.With("aws:CalledVia", names...) }
	return []conditionCase{
		{name: "ForAllValues: grant operations listed", condition: `{"ForAllValues:StringEquals":{"kms:GrantOperations":["Decrypt","DescribeKey"]}}`, context: operations("Decrypt"), want: Matched, source: s44},
		{name: "ForAllValues: one grant operation more", condition: `{"ForAllValues:StringEquals":{"kms:GrantOperations":["Decrypt","DescribeKey"]}}`, context: operations("Decrypt", "Encrypt"), want: NoMatch, source: s44},
		{name: "ForAllValues, negated, none listed", condition: `{"ForAllValues:StringNotEquals":{"aws:TagKeys":["secret"]}}`, context: tags("team", "cost"), want: Matched, source: s44},
		{name: "ForAllValues, negated, one listed", condition: `{"ForAllValues:StringNotEquals":{"aws:TagKeys":["secret"]}}`, context: tags("team", "secret"), want: NoMatch, source: s44},
		{name: "ForAllValues, negated, absent", condition: `{"ForAllValues:StringNotEquals":{"aws:TagKeys":["secret"]}}`, context: tags(), want: Matched, source: s44},
		{name: "ForAllValues ignoring case", condition: `{"ForAllValues:StringEqualsIgnoreCase":{"aws:TagKeys":["TEAM"]}}`, context: tags("team"), want: Matched, source: s44},
		{name: "ForAllValues with IfExists, absent", condition: `{"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":["team"]}}`, context: tags(), want: Matched, source: s44},
		{name: "ForAllValues, empty value", condition: `{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`, context: tags(""), want: Matched, source: empty},
		{name: "ForAnyValue, empty value", condition: `{"ForAnyValue:StringLike":{"aws:TagKeys":["*"]}}`, context: tags(""), want: NoMatch, note: NoteEmpty, source: empty},
		{name: "ForAnyValue with IfExists, empty value", condition: `{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["*"]}}`, context: tags(""), want: MatchUnknown, note: NoteEmpty, source: "design law 1 (not documented)"},
		{name: "ForAnyValue, service in the chain", condition: `{"ForAnyValue:StringEquals":{"aws:CalledVia":["sso.amazonaws.com"]}}`, context: via(quick, sso), want: Matched, source: s44},
		{name: "ForAnyValue, service not in the chain", condition: `{"ForAnyValue:StringEquals":{"aws:CalledVia":["sso.amazonaws.com"]}}`, context: via(quick), want: NoMatch, source: s44},
		{name: "ForAnyValue, negated, all listed", condition: `{"ForAnyValue:StringNotLike":{"aws:CalledVia":["*.amazonaws.com"]}}`, context: via(quick, sso), want: NoMatch, source: s44},
		{name: "ForAnyValue with IfExists, there", condition: `{"ForAnyValue:StringEqualsIfExists":{"aws:CalledVia":["sso.amazonaws.com"]}}`, context: via(quick), want: NoMatch, source: s44},
		{name: "ForAnyValue on a key of one value", condition: `{"ForAnyValue:StringEquals":{"kms:KeySpec":["SYMMETRIC_DEFAULT"]}}`, context: Context{}.With("kms:KeySpec", "SYMMETRIC_DEFAULT"), want: Matched, source: s44},
		{name: "ForAnyValue with numbers", condition: `{"ForAnyValue:NumericLessThan":{"aws:MultiFactorAuthAge":["300"]}}`, context: Context{}.With("aws:MultiFactorAuthAge", "10"), want: Matched, source: s44},
		{name: "ForAllValues with addresses", condition: `{"ForAllValues:IpAddress":{"aws:SourceIp":["192.0.2.0/24"]}}`, context: Context{}.With("aws:SourceIp", "198.51.100.1"), want: NoMatch, source: s44},
		{name: "ForAllValues with Bool, absent", condition: `{"ForAllValues:Bool":{"aws:MultiFactorAuthPresent":["true"]}}`, context: Context{}.With("aws:MultiFactorAuthPresent"), want: Matched, source: s44},
		{name: "aliases of a key", condition: `{"ForAnyValue:StringLike":{"kms:ResourceAliases":["alias/idc-*"]}}`, context: Context{}.With("kms:ResourceAliases", "alias/other", "alias/idc-main"), want: Matched, source: "idc-kms 4.5"},
		{name: "tag of the principal", condition: `{"StringEquals":{"aws:PrincipalTag/Team":"blue"}}`, context: Context{}.With("aws:PrincipalTag/team", "blue"), want: Matched, source: s44 + " (key names ignore case)"},
		{name: "tag of the resource, absent", condition: `{"StringNotEquals":{"aws:ResourceTag/run":"x"}}`, context: Context{}.With("aws:ResourceTag/run"), want: Matched, source: s44},
		{name: "tag as a variable", condition: `{"StringEquals":{"aws:PrincipalTag/team":"${aws:ResourceTag/team}"}}`, context: Context{}.With("aws:PrincipalTag/team", "blue").With("aws:ResourceTag/team", "blue"), want: Matched, source: s44},
		{name: "tag without name", condition: `{"StringNotEquals":{"aws:PrincipalTag/":"x"}}`, want: MatchUnknown, note: NoteKey, source: "design law 1"},
		{name: "single-valued key with two values, Deny may hold", condition: `{"StringNotEquals":{"aws:SourceIdentity":"x"}}`, context: Context{}.With("aws:SourceIdentity", "a", "b"), want: MatchUnknown, note: NoteMultiValued, source: "design law 1"},
	}
}
