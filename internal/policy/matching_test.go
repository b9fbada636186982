package policy

// matchingCases: action, resource and their complements (idc-kms 4.2).
func matchingCases() []verdictCase {
	const (
		source = "idc-kms 4.2"
		mine   = "arn:aws:kms:ap-south-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	)
	rows := []struct {
		name, parts string
		want        Match
		cause       Cause
		source      string
	}{
		{"action by name", `"Action":"kms:Decrypt","Resource":"*"`, Matched, Cause{}, source},
		{"action in another case", `"Action":"KMS:decrypt","Resource":"*"`, Matched, Cause{}, source},
		{"action star", `"Action":"*","Resource":"*"`, Matched, Cause{}, source},
		{"action prefix", `"Action":"kms:Dec*","Resource":"*"`, Matched, Cause{}, source},
		{"action with one character open", `"Action":"kms:De?rypt","Resource":"*"`, Matched, Cause{}, source},
		{"question mark is one character", `"Action":"kms:Decrypt?","Resource":"*"`, NoMatch, Cause{Element: "Action"}, source},
		{"second of several actions", `"Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*"`, Matched, Cause{}, source},
		{"another action", `"Action":["kms:Encrypt","kms:DescribeKey"],"Resource":"*"`, NoMatch,
			Cause{Element: "Action", Policy: []string{"kms:Encrypt", "kms:DescribeKey"}, Request: []string{"kms:Decrypt"}}, source},
		{"action of another service", `"Action":"s3:*","Resource":"*"`, NoMatch, Cause{Element: "Action"}, source},
		{"action without service", `"Action":"Decrypt*","Resource":"*"`, NoMatch, Cause{Element: "Action"}, source},
		{"two stars without service", `"Action":"**","Resource":"*"`, NoMatch, Cause{Element: "Action"}, source},
		{"variable text in an action is literal", `"Action":"kms:${aws:username}","Resource":"*"`, NoMatch, Cause{Element: "Action"}, "idc-kms 4.4"},
		{"all but another action", `"NotAction":"kms:Encrypt","Resource":"*"`, Matched, Cause{}, source},
		{"all but this action", `"NotAction":["kms:Encrypt","kms:dec*"],"Resource":"*"`, NoMatch, Cause{Element: "NotAction", Request: []string{"kms:Decrypt"}}, source},
		{"no action", `"Resource":"*"`, NoMatch, Cause{Element: "Action", Note: NoteMissing}, "idc-kms 2.4"},
		{"no resource", `"Action":"kms:*"`, NoMatch, Cause{Element: "Resource", Note: NoteMissing}, "idc-kms 2.4"},
		{"this key by ARN", `"Action":"kms:*","Resource":"` + mine + `"`, Matched, Cause{}, "idc-kms 2.4"},
		{"its replica elsewhere", `"Action":"kms:*","Resource":"arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"`, NoMatch,
			Cause{Element: "Resource", Request: []string{mine}}, "idc-kms 2.4"},
		{"any Region", `"Action":"kms:*","Resource":"arn:aws:kms:*:111122223333:key/mrk-*"`, Matched, Cause{}, "idc-kms 3.4"},
		{"star crosses colons and slashes", `"Action":"kms:*","Resource":"arn:*90ab"`, Matched, Cause{}, source},
		{"resource keeps case", `"Action":"kms:*","Resource":"arn:aws:kms:*:111122223333:KEY/*"`, NoMatch, Cause{Element: "Resource"}, source},
		{"all but another key", `"Action":"kms:*","NotResource":"arn:aws:kms:*:*:key/other"`, Matched, Cause{}, source},
		{"all but this key", `"Action":"kms:*","NotResource":"arn:aws:kms:*:*:key/mrk-*"`, NoMatch, Cause{Element: "NotResource"}, source},
		{"variable after the fifth colon", `"Action":"kms:*","Resource":"arn:aws:kms:*:*:key/${aws:SourceAccount, 'mrk-1234abcd12ab34cd56ef1234567890ab'}"`, Matched, Cause{}, "idc-kms 4.2, 4.4"},
		{"variable in the account part", `"Action":"kms:*","Resource":"arn:aws:kms:*:${aws:ResourceAccount}:key/*"`, MatchUnknown, Cause{Element: "Resource", Note: NoteValue}, "idc-kms 4.2; design law 1"},
		{"variable without value", `"Action":"kms:*","Resource":"arn:aws:kms:*:*:key/${aws:SourceAccount}*"`, NoMatch, Cause{Element: "Resource"}, source},
		{"variable without value beside a plain value", `"Action":"kms:*","Resource":["arn:aws:kms:*:*:key/${aws:SourceAccount}*","*"]`, Matched, Cause{}, source + " (that resource only)"},
		{"all but a variable without value", `"Action":"kms:*","NotResource":"arn:aws:kms:*:*:key/${aws:SourceAccount}"`, MatchUnknown, Cause{Element: "NotResource", Note: NoteValue}, "design law 1 (not documented)"},
		{"variable of a key that is not modelled", `"Action":"kms:*","Resource":"arn:aws:kms:*:*:key/${aws:PrincipalTag/team}"`, MatchUnknown, Cause{Element: "Resource", Note: NoteValue}, "design law 1"},
	}
	var cases []verdictCase
	for _, row := range rows {
		c := verdictCase{name: row.name, req: onKey(service(sso), "kms:Decrypt", mumbai), layer: LayerKey, source: row.source, cause: row.cause, causeOf: "A",
			key: document(`{"Sid":"A","Effect":"Allow","Principal":"*",` + row.parts + `}`)}
		switch row.want {
		case Matched:
			c.want, c.reason, c.statement = Allow, ReasonAllowed, "A"
		case NoMatch:
			c.want, c.reason = Deny, ReasonNoResourceAllow
		case MatchUnknown:
			c.want, c.reason, c.statement = Unknown, ReasonUnclear, "A"
		}
		cases = append(cases, c)
	}
	return cases
}
