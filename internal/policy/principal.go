package policy

import "strings"

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
func (p Principal) names() (account string, own []string) {
	switch p.Kind {
	case IAMUser:
		return p.Account, []string{p.ARN}
	case RoleSession:
		return p.Account, []string{p.RoleARN, p.ARN}
	case AccountRoot:
		return "", []string{p.Account}
	case AWSService:
		return "", []string{servicePrefix + p.Service}
	}
	return "", nil
}

// match says whether the statement speaks to the caller directly, and whether
// it does so through the caller's account (idc-kms 4.3).
func (p *principals) match(caller Principal, effect Decision) (direct, account Match) {
	if p.negated {
		return not(p.exempts(caller, effect)), NoMatch
	}
	if p.anyone {
		return Matched, NoMatch
	}
	accountName, own := caller.names()
	direct = matchIf(p.countOf(own) > 0)
	if direct == NoMatch && (p.unclear || p.namesRoleOf(caller)) {
		direct = MatchUnknown
	}
	return direct, matchIf(p.has(accountName))
}

// exempts says whether NotPrincipal leaves the caller out. AWS may check the
// account, the role and the session one after the other, so a Deny spares only
// a caller who is listed at every level; listed at some levels only is unclear
// ("AWS JSON policy elements: NotPrincipal"). An account alone does not spare
// its users; whether Allow includes them then is not documented.
func (p *principals) exempts(caller Principal, effect Decision) Match {
	if p.anyone {
		return Matched
	}
	if p.unclear || p.namesRoleOf(caller) {
		return MatchUnknown
	}
	accountName, own := caller.names()
	listed := p.countOf(own)
	inAccount := p.has(accountName)
	switch {
	case listed == 0 && inAccount && effect == Allow:
		return MatchUnknown
	case listed == 0:
		return NoMatch
	case effect == Allow, listed == len(own) && (inAccount || accountName == ""):
		return Matched
	}
	return MatchUnknown
}

func (p *principals) countOf(own []string) int {
	n := 0
	for _, name := range own {
		if p.has(name) {
			n++
		}
	}
	return n
}

func (p *principals) has(name string) bool {
	if name == "" {
		return false
	}
	for _, listed := range p.names {
		if listed == name {
			return true
		}
	}
	return false
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
