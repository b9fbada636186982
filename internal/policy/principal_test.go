package policy

// Whom a Principal or NotPrincipal element addresses.
type addressee int

const (
	toNobody  addressee = iota
	toCaller            // directly
	toAccount           // through the caller's account: delegation
	unsure
)

// principalCases: idc-kms 4.3. The callers' identity policies allow nothing,
// so that a direct allow and delegation give different verdicts.
func principalCases() []verdictCase {
	const (
		principal = "idc-kms 4.3"
		exception = "idc-kms 4.3; IAM: NotPrincipal element"
	)
	plain := session(management, "Admin")
	pathed := permissionSet(management, mumbai)
	pathless := pathed
	pathless.RoleARN = ""
	alice := user(management, "alice")
	anonymous := Principal{}
	rows := []struct {
		name, element string
		caller        Principal
		want          addressee
		source        string
	}{
		{"star, user", `"Principal":"*"`, alice, toCaller, principal},
		{"star, service", `"Principal":"*"`, service(quick), toCaller, principal + " (AllowManagedApps)"},
		{"star, anonymous", `"Principal":"*"`, anonymous, toCaller, principal},
		{"AWS star, service", `"Principal":{"AWS":"*"}`, service(quick), toCaller, principal},
		{"AWS star in a list", `"Principal":{"AWS":["arn:aws:iam::777788889999:root","*"]}`, alice, toCaller, principal},
		{"account by root ARN", `"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`, alice, toAccount, principal},
		{"account by id", `"Principal":{"AWS":"111122223333"}`, plain, toAccount, principal},
		{"account of another", `"Principal":{"AWS":"777788889999"}`, alice, toNobody, principal},
		{"account, service", `"Principal":{"AWS":"111122223333"}`, service(sso), toNobody, principal},
		{"account, anonymous", `"Principal":{"AWS":"111122223333"}`, anonymous, toNobody, principal},
		{"account, its root user", `"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`, rootUser(management), toCaller, "KMS: default key policy"},
		{"user", `"Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"}`, alice, toCaller, principal},
		{"user of another case", `"Principal":{"AWS":"arn:aws:iam::111122223333:user/Alice"}`, alice, toNobody, principal},
		{"user without its path", `"Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"}`, user(management, "team/alice"), toNobody, principal},
		{"role, its session", `"Principal":{"AWS":"arn:aws:iam::111122223333:role/Admin"}`, plain, toCaller, principal},
		{"role with path, its session", `"Principal":{"AWS":"` + pathed.RoleARN + `"}`, pathed, toCaller, principal},
		{"role without its path", `"Principal":{"AWS":"arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef"}`, pathed, toNobody, principal},
		{"role, session whose path nobody knows", `"Principal":{"AWS":"` + pathed.RoleARN + `"}`, pathless, unsure, principal + "; design law 1"},
		{"another role, session whose path nobody knows", `"Principal":{"AWS":"arn:aws:iam::111122223333:role/Admin"}`, pathless, toNobody, principal},
		{"session", `"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/Admin/s"}`, plain, toCaller, principal},
		{"session of another name", `"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/Admin/t"}`, plain, toNobody, principal},
		{"direct beside the account", `"Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/Admin"]}`, plain, toCaller, principal},
		{"service", `"Principal":{"Service":"sso.amazonaws.com"}`, service(sso), toCaller, principal},
		{"service in a list", `"Principal":{"Service":["identitystore.amazonaws.com","sso.amazonaws.com"]}`, service(sso), toCaller, principal},
		{"another service", `"Principal":{"Service":"identitystore.amazonaws.com"}`, service(sso), toNobody, principal},
		{"service by a longer name", `"Principal":{"Service":"sso.us-east-1.amazonaws.com"}`, service(sso), toNobody, principal + " (exact string)"},
		{"service and account together", `"Principal":{"AWS":"111122223333","Service":"sso.amazonaws.com"}`, service(sso), toCaller, principal},
		{"service, user", `"Principal":{"Service":"sso.amazonaws.com"}`, alice, toNobody, principal},
		{"deleted role", `"Principal":{"AWS":"AROAEXAMPLEEXAMPLEEXA"}`, plain, toNobody, principal + "; 2.4"},
		{"deleted user beside a user", `"Principal":{"AWS":["AIDAEXAMPLEEXAMPLEEXA","arn:aws:iam::111122223333:user/alice"]}`, alice, toCaller, principal},
		{"federated", `"Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/Okta"}`, alice, toNobody, principal},
		{"canonical user", `"Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`, alice, toNobody, principal},
		{"federated user session", `"Principal":{"AWS":"arn:aws:sts::111122223333:federated-user/bob"}`, alice, toNobody, principal},
		{"wildcard inside an ARN", `"Principal":{"AWS":"arn:aws:iam::111122223333:role/*"}`, plain, unsure, principal + " (not supported); design law 1"},
		{"group", `"Principal":{"AWS":"arn:aws:iam::111122223333:group/admins"}`, alice, unsure, "IAM: Principal element (no groups); design law 1"},
		{"wildcard service", `"Principal":{"Service":"*"}`, service(sso), unsure, "design law 1"},

		{"not another user", `"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/bob"}`, alice, toCaller, exception},
		{"not this user", `"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/alice"}`, alice, toNobody, exception},
		{"not this role", `"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/Admin"}`, plain, toNobody, exception},
		{"not this account", `"NotPrincipal":{"AWS":"111122223333"}`, alice, unsure, exception + "; design law 1"},
		{"not this account, service", `"NotPrincipal":{"AWS":"111122223333"}`, service(sso), toCaller, exception},
		{"not this account, anonymous", `"NotPrincipal":{"AWS":"111122223333"}`, anonymous, toCaller, exception},
		{"not this service", `"NotPrincipal":{"Service":"sso.amazonaws.com"}`, service(sso), toNobody, exception},
		{"not anybody", `"NotPrincipal":{"AWS":"*"}`, alice, toNobody, exception},
		{"not a deleted role", `"NotPrincipal":{"AWS":"AROAEXAMPLEEXAMPLEEXA"}`, plain, toCaller, exception},
		{"not an unclear form", `"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/*"}`, alice, unsure, exception + "; design law 1"},
	}
	var cases []verdictCase
	for _, row := range rows {
		c := verdictCase{name: row.name, req: onKey(row.caller, "kms:Decrypt", mumbai), layer: LayerKey, source: row.source,
			key: document(`{"Sid":"A","Effect":"Allow",` + row.element + `,"Action":"kms:Decrypt","Resource":"*"}`)}
		switch row.want {
		case toCaller:
			c.want, c.reason, c.statement = Allow, ReasonAllowed, "A"
		case toAccount:
			c.want, c.reason, c.layer = Deny, ReasonNoIdentityAllow, LayerIdentity
		case toNobody:
			c.want, c.reason = Deny, ReasonNoResourceAllow
		case unsure:
			c.want, c.reason, c.statement = Unknown, ReasonUnclear, "A"
		}
		cases = append(cases, c)
	}
	return append(cases, denyExceptCases()...)
}

// denyExceptCases: a Deny spares only those whom NotPrincipal names at every level.
func denyExceptCases() []verdictCase {
	const source = "idc-kms 4.3; IAM: NotPrincipal element (Deny)"
	alice, admin := user(management, "alice"), session(management, "Admin")
	const root, aliceARN = "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/alice"
	const role, assumed = "arn:aws:iam::111122223333:role/Admin", "arn:aws:sts::111122223333:assumed-role/Admin/s"
	except := func(name, list string, caller Principal, want Decision) verdictCase {
		c := verdictCase{name: "deny except: " + name, req: onKey(caller, "kms:Decrypt", mumbai), want: want, layer: LayerKey, source: source,
			key: document(everyone, `{"Sid":"Except","Effect":"Deny","NotPrincipal":`+list+`,"Action":"kms:*","Resource":"*"}`)}
		switch want {
		case Allow:
			c.reason, c.statement = ReasonAllowed, "Everyone"
		case Deny:
			c.reason, c.statement = ReasonResourceDeny, "Except"
		case Unknown:
			c.reason, c.statement = ReasonUnclear, "Except"
		}
		return c
	}
	return []verdictCase{
		except("user and account", `{"AWS":["`+root+`","`+aliceARN+`"]}`, alice, Allow),
		except("user without the account", `{"AWS":"`+aliceARN+`"}`, alice, Unknown),
		except("account alone does not spare its users", `{"AWS":"`+root+`"}`, alice, Deny),
		except("another user and the account", `{"AWS":["`+root+`","`+aliceARN+`"]}`, user(management, "bob"), Deny),
		except("account, role and session", `{"AWS":["`+root+`","`+role+`","`+assumed+`"]}`, admin, Allow),
		except("account and role without the session", `{"AWS":["`+root+`","`+role+`"]}`, admin, Unknown),
		except("root user", `{"AWS":"`+root+`"}`, rootUser(management), Allow),
		except("service that is listed", `{"Service":"sso.amazonaws.com"}`, service(sso), Allow),
		except("service that is not listed", `{"AWS":"`+root+`"}`, service(sso), Deny),
	}
}
