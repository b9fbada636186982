package policy

// hit is the strongest thing that a layer's statements say in one respect, and
// the first statement that says it; "" with MatchUnknown: an unread policy might.
type hit struct {
	match     Match
	statement string
}

// strongest keeps a unless b is more certain, so that the first statement decides.
func strongest(a, b hit) hit {
	if b.match > a.match {
		return b
	}
	return a
}

// outcome is what one layer says to one request.
type outcome struct {
	deny      hit
	own       hit // an allow for the caller itself
	role      hit // an allow for the caller's role; key policies and grants only
	delegated hit // an allow for the caller's account; key policies and grants only
}

// silent is the outcome of a layer that was read and has no statement.
func silent() outcome {
	return outcome{deny: hit{match: NoMatch}, own: hit{match: NoMatch}, role: hit{match: NoMatch}, delegated: hit{match: NoMatch}}
}

// unread adds what policies that nobody read might say.
func (o *outcome) unread() {
	o.deny, o.own = strongest(o.deny, hit{}), strongest(o.own, hit{})
}

func judgeKey(l Layers, q *asked) outcome {
	if l.Resource == nil {
		return outcome{} // everything MatchUnknown
	}
	out := silent()
	out.take(Step{Layer: LayerKey}, l.Resource, q)
	return out
}

func judgeIdentity(l Layers, q *asked) outcome {
	out := silent()
	switch {
	case !q.Principal.iam():
		return out
	case q.Principal.Kind == AccountRoot:
		// The root user needs no identity policy and none can bind it ("AWS account root user").
		out.own.match = Matched
		return out
	}
	for i, doc := range l.Identity {
		out.take(Step{Layer: LayerIdentity, Document: i}, doc, q)
	}
	if !l.IdentityKnown {
		out.unread()
	}
	return out
}

// judge says whether one of the limit's policies allows.
func (l Limit) judge(layer string, level int, q *asked) outcome {
	out := silent()
	if l.none() {
		out.own.match = Matched
		return out
	}
	for i, doc := range l.Policies {
		out.take(Step{Layer: layer, Level: level, Document: i}, doc, q)
	}
	if l.Unread {
		out.unread()
	}
	return out
}

// take adds the statements of one document and traces them. A nil document was not read.
func (o *outcome) take(step Step, doc *Document, q *asked) {
	if doc == nil {
		o.unread()
		return
	}
	for i := range doc.statements {
		s := &doc.statements[i]
		j := s.judge(step.Layer, q)
		step.Statement, step.Effect, step.Match, step.Cause = s.label, s.effect, j.strongest(), j.cause
		step.Delegates = j.account == Matched && j.own != Matched && j.role != Matched
		if step.Match == Matched {
			step.Cause = Cause{}
		}
		q.traced(step)
		if s.effect == Deny {
			o.deny = strongest(o.deny, hit{step.Match, s.label})
			continue
		}
		o.admit(j.address, s.label)
	}
}

// admit adds one allow.
func (o *outcome) admit(a address, label string) {
	o.own = strongest(o.own, hit{a.own, label})
	o.role = strongest(o.role, hit{a.role, label})
	o.delegated = strongest(o.delegated, hit{a.account, label})
}
