package policy

import (
	"slices"
	"strings"
)

// principals is a Principal or NotPrincipal element.
type principals struct {
	negated bool     // NotPrincipal
	written []string // as written: "AWS=arn:...", "Service=...", "*"
	names   []string // what can be compared with principalNames
	anyone  bool     // "*"
	unclear bool     // a form that is not modelled: nobody can be excluded
}

const servicePrefix = "service/" // keeps service names apart from account ids and ARNs

// add takes one entry of the element.
func (p *principals) add(kind, text string) {
	p.written = append(p.written, kind+"="+text)
	switch {
	case kind == "AWS" && text == "*":
		p.anyone = true
	case kind == "AWS":
		p.addAWS(text)
	case kind == "Service" && !strings.ContainsAny(text, "*?"):
		p.names = append(p.names, servicePrefix+text)
	case kind == "Service":
		p.unclear = true
	}
	// Federated and CanonicalUser fit no caller that KMS sees (idc-kms 4.3).
}

// addAWS takes an entry under "AWS": account id, ARN, or the unique id that
// takes the place of a deleted user's or role's ARN and fits nobody.
func (p *principals) addAWS(text string) {
	if isAccountID(text) {
		p.names = append(p.names, text)
		return
	}
	if strings.HasPrefix(text, "AROA") || strings.HasPrefix(text, "AIDA") {
		return
	}
	arn := strings.SplitN(text, ":", arnParts)
	if len(arn) != arnParts || arn[0] != "arn" || !isAccountID(arn[4]) || strings.ContainsAny(text, "*?") {
		p.unclear = true
		return
	}
	kind, _, _ := strings.Cut(arn[5], "/")
	switch arn[2] + " " + kind {
	case "iam root":
		p.names = append(p.names, arn[4])
	case "iam user", "iam role", "sts assumed-role":
		p.names = append(p.names, text)
	case "sts federated-user", "iam saml-provider", "iam oidc-provider":
		// no PrincipalKind is one of these
	default:
		p.unclear = true
	}
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// names gives the name of the caller's account, which stands for delegation,
// and the names that mean the caller itself. The root user is its account.
func (p Principal) names() (account string, own [2]string) {
	switch p.Kind {
	case IAMUser:
		return p.Account, [2]string{p.ARN}
	case RoleSession:
		return p.Account, [2]string{p.ARN, p.RoleARN}
	case AccountRoot:
		return "", [2]string{p.Account}
	case AWSService:
		return "", [2]string{servicePrefix + p.Service}
	}
	return "", own
}

// address says how a Principal element names the caller; the three differ in
// what else must allow (idc-kms 4.1, 4.3).
type address struct {
	own     Match // as a user, session, service or root user, or by "*"
	role    Match // by the role of the session: a boundary and session policies limit it
	account Match // by the caller's account: delegation
}

func (a address) strongest() Match { return or(a.own, or(a.role, a.account)) }

func (a address) narrowed(m Match) address {
	return address{own: and(a.own, m), role: and(a.role, m), account: and(a.account, m)}
}

// nobody is the address of an element that does not name the caller.
func nobody() address { return address{own: NoMatch, role: NoMatch, account: NoMatch} }

// match says how the element names the caller (idc-kms 4.3).
func (p *principals) match(q *asked, effect Decision) address {
	a := nobody()
	switch {
	case p.negated:
		a.own = not(p.exempts(q, effect))
		return a
	case p.anyone:
		a.own = Matched
		return a
	}
	a.own, a.role, a.account = matchIf(p.has(q.names[0])), matchIf(p.has(q.names[1])), matchIf(p.has(q.account))
	if a.own == NoMatch && a.role == NoMatch {
		if p.unclear {
			a.own = MatchUnknown
		} else if p.namesRoleOf(q.Principal) {
			a.role = MatchUnknown
		}
	}
	return a
}

// exempts says whether NotPrincipal leaves the caller out. AWS may check the
// account, the role and the session one after the other, so a Deny spares only
// a caller who is listed at every level; listed at some levels only is unclear
// ("AWS JSON policy elements: NotPrincipal"). An account alone does not spare
// its users; whether Allow includes them then is not documented.
func (p *principals) exempts(q *asked, effect Decision) Match {
	if p.anyone {
		return Matched
	}
	if p.unclear || p.namesRoleOf(q.Principal) {
		return MatchUnknown
	}
	own, role, inAccount := p.has(q.names[0]), p.has(q.names[1]), p.has(q.account)
	switch {
	case !own && !role && inAccount && effect == Allow:
		return MatchUnknown
	case !own && !role:
		return NoMatch
	case effect == Allow:
		return Matched
	case own && (role || q.Principal.Kind != RoleSession) && (inAccount || q.account == ""):
		return Matched
	}
	return MatchUnknown
}

func (p *principals) has(name string) bool {
	if name == "" {
		return false
	}
	return slices.Contains(p.names, name)
}

// namesRoleOf: a session whose role path is not known may belong to a listed
// role of the same account and name.
func (p *principals) namesRoleOf(caller Principal) bool {
	if caller.Kind != RoleSession || caller.RoleARN != "" {
		return false
	}
	session := strings.Split(caller.ARN, "/") // arn:aws:sts::ACCOUNT:assumed-role / NAME / SESSION
	for _, listed := range p.names {
		ofAccount := strings.Contains(listed, ":iam::"+caller.Account+":role/")
		if ofAccount && len(session) == 3 && strings.HasSuffix(listed, "/"+session[1]) {
			return true
		}
	}
	return false
}
