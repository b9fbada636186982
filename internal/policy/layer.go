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
	direct    hit // an allow for the caller itself
	delegated hit // an allow for the caller's account; key policies only
}

// silent is the outcome of a layer that was read and has no statement.
func silent() outcome {
	return outcome{deny: hit{match: NoMatch}, direct: hit{match: NoMatch}, delegated: hit{match: NoMatch}}
}

func judgeKey(l Layers, r Request) (outcome, []Step) {
	if l.Resource == nil {
		return outcome{}, nil // everything MatchUnknown
	}
	out := silent()
	return out, out.take(LayerKey, 0, l.Resource, r)
}

func judgeIdentity(l Layers, r Request) (outcome, []Step) {
	out := silent()
	switch {
	case !r.Principal.iam():
		return out, nil
	case r.Principal.Kind == AccountRoot:
		// The root user needs no identity policy and none can bind it ("AWS account root user").
		out.direct.match = Matched
		return out, nil
	}
	var trace []Step
	for i, doc := range l.Identity {
		trace = append(trace, out.take(LayerIdentity, i, doc, r)...)
	}
	if !l.IdentityKnown {
		out.deny = strongest(out.deny, hit{})
		out.direct = strongest(out.direct, hit{})
	}
	return out, trace
}

// take adds the statements of one document and traces them. A nil document was not read.
func (o *outcome) take(layer string, index int, doc *Document, r Request) []Step {
	if doc == nil {
		o.deny, o.direct = strongest(o.deny, hit{}), strongest(o.direct, hit{})
		return nil
	}
	trace := make([]Step, 0, len(doc.statements))
	for i := range doc.statements {
		s := &doc.statements[i]
		j := s.judge(layer, r)
		step := Step{
			Layer: layer, Document: index, Statement: s.label, Effect: s.effect,
			Match:     or(j.direct, j.account),
			Delegates: j.account == Matched && j.direct != Matched,
		}
		if step.Match != Matched {
			step.Cause = j.cause
		}
		trace = append(trace, step)
		if s.effect == Deny {
			o.deny = strongest(o.deny, hit{step.Match, s.label})
			continue
		}
		o.direct = strongest(o.direct, hit{j.direct, s.label})
		o.delegated = strongest(o.delegated, hit{j.account, s.label})
	}
	return trace
}
