package policy

import "strings"

// caller is what the caller's own policies say.
type caller struct{ identity, boundary, session gate }

// judgeCaller asks the policies that bind an IAM caller. The root user has
// neither a boundary nor session policies ("AWS account root user").
func judgeCaller(l Layers, q *asked) caller {
	identity := judgeIdentity(l, q)
	if !q.Principal.iam() || q.Principal.Kind == AccountRoot {
		l.Boundary, l.Session = Limit{}, Limit{}
	}
	boundary, session := l.Boundary.judge(LayerBoundary, 0, q), l.Session.judge(LayerSession, 0, q)
	return caller{
		identity: gate{LayerIdentity, identity.own, identity.deny, ReasonNoIdentityAllow, ReasonIdentityDeny},
		boundary: gate{LayerBoundary, boundary.own, boundary.deny, ReasonNoBoundaryAllow, ReasonBoundaryDeny},
		session:  gate{LayerSession, session.own, session.deny, ReasonNoSessionAllow, ReasonSessionDeny},
	}
}

// delegated is the way through the caller's account, which leaves the decision
// to the caller's policies.
func (c caller) delegated(account gate) Verdict {
	v := chain(account, c.identity, c.boundary, c.session)
	if v.Decision == Allow {
		v = allowed(c.identity.allow, LayerIdentity)
		v.Delegated = true
	}
	return v
}

// judgeSCPs asks each level of the caller's account.
func judgeSCPs(l Layers, q *asked) gate {
	g := gate{layer: LayerSCP, lack: ReasonNoSCPAllow, refusal: ReasonSCPDeny}
	bound := NoMatch
	if q.Principal.iam() {
		bound = l.bound(q.Principal.Account, q.Principal)
	}
	return g.over(l.SCPs, bound, q)
}

// judgeRCPs asks each level of the resource's account.
func judgeRCPs(l Layers, q *asked) gate {
	g := gate{layer: LayerRCP, lack: ReasonNoRCPAllow, refusal: ReasonRCPDeny}
	account := q.ResourceAccount
	if account == "" && iamOnly[q.action] {
		account = q.Principal.Account
	}
	return g.over(l.RCPs, l.bound(account, q.Principal), q)
}

// bound reports whether the organization's policies on an account bind its
// users or its resources; unknown where that cannot be told.
func (l Layers) bound(account string, p Principal) Match {
	outside := matchIf(account == l.Management)
	if account == "" || l.Management == "" {
		outside = MatchUnknown
	}
	return not(or(outside, p.serviceLinked()))
}

// serviceLinked reports whether the caller is a service-linked role, by its
// path or, if the path is not known, by what AWS calls such roles.
func (p Principal) serviceLinked() Match {
	switch {
	case p.Kind != RoleSession:
		return NoMatch
	case p.RoleARN == "" && strings.Contains(p.ARN, ":assumed-role/AWSServiceRoleFor"):
		return MatchUnknown
	}
	return matchIf(strings.Contains(p.RoleARN, ":role/aws-service-role/"))
}

// over asks every level: one that does not allow is enough to refuse.
func (g gate) over(levels []Limit, bound Match, q *asked) gate {
	g.allow, g.deny = hit{match: Matched}, hit{match: NoMatch}
	if bound == NoMatch {
		return g
	}
	for i, level := range levels {
		out := level.judge(g.layer, i, q)
		allow := strongest(strongest(out.own, out.role), out.delegated)
		if allow.match < g.allow.match {
			g.allow = allow
		}
		g.deny = strongest(g.deny, out.deny)
	}
	if bound == MatchUnknown {
		return g.doubted()
	}
	return g
}

// statements is how many steps a trace can have.
func (l Layers) statements() int {
	count := len(l.Grants.List)
	add := func(docs ...*Document) {
		for _, doc := range docs {
			if doc != nil {
				count += len(doc.statements)
			}
		}
	}
	add(l.Resource)
	add(l.Identity...)
	add(l.Boundary.Policies...)
	add(l.Session.Policies...)
	for _, level := range l.SCPs {
		add(level.Policies...)
	}
	for _, level := range l.RCPs {
		add(level.Policies...)
	}
	return count
}
