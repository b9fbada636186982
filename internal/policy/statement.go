package policy

import "strings"

// statement is one parsed statement.
type statement struct {
	label      string // Sid, or "#3"
	effect     Decision
	principals *principals
	actions    *values
	resources  *values
	conditions []condition
}

// values is an Action, NotAction, Resource or NotResource element.
type values struct {
	element  string // its name
	negated  bool
	patterns []pattern
	written  []string // as written, for traces
}

// judgement is what a statement says to a request.
type judgement struct {
	address
	cause Cause
}

// add narrows the judgement by one more part, keeping the first cause; a
// definite mismatch replaces an uncertainty.
func (j *judgement) add(m Match, c Cause) {
	j.address = j.narrowed(m)
	if m == NoMatch || m == MatchUnknown && j.cause.Element == "" {
		j.cause = c
	}
}

func (j *judgement) refuted() bool { return j.strongest() == NoMatch }

// judge checks principal, action, resource and conditions in this order and
// stops at the first that does not match.
func (s *statement) judge(layer string, q *asked) judgement {
	j := s.speaksTo(layer, q)
	if j.refuted() {
		return j
	}
	m, cause := s.actions.judge("Action", q.wanted[:1], q, matchAction)
	if j.add(m, cause); j.refuted() {
		return j
	}
	m, cause = s.resources.judge("Resource", q.wanted[1:], q, matchResource)
	if j.add(m, cause); j.refuted() {
		return j
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		m, note, got := c.holds(q, s.effect)
		if m == Matched {
			continue
		}
		j.add(m, Cause{Element: "Condition", Operator: c.written, Key: c.key, Policy: c.texts, Request: got, Note: note})
		if j.refuted() {
			return j
		}
	}
	return j
}

// speaksTo judges the principal. Only resource policies and RCPs have one; all
// others speak to whoever they are attached to.
func (s *statement) speaksTo(layer string, q *asked) judgement {
	ofResource := layer == LayerKey || layer == LayerRCP
	j := judgement{address: nobody()}
	switch {
	case !ofResource && s.principals == nil:
		j.own = Matched
		return j
	case !ofResource:
		j.own, j.cause = MatchUnknown, Cause{Element: s.principals.element(), Note: NoteForeign}
		return j
	case s.principals == nil:
		j.cause = Cause{Element: "Principal", Note: NoteMissing}
		if layer == LayerRCP { // AWS Organizations does not take such an RCP
			j.own = MatchUnknown
		}
		return j
	}
	j.address = s.principals.match(q, s.effect)
	if j.strongest() == Matched {
		return j
	}
	j.cause = Cause{Element: s.principals.element(), Policy: s.principals.written, Request: q.shown}
	if j.strongest() == MatchUnknown {
		j.cause.Note = NotePrincipal
	}
	return j
}

func (p *principals) element() string {
	if p.negated {
		return "NotPrincipal"
	}
	return "Principal"
}

// judge compares the request's action or resource with the element's patterns.
func (v *values) judge(element string, got []string, q *asked, match func(*pattern, *asked) Match) (Match, Cause) {
	if v == nil { // "accepted but without effect" (idc-kms 2.4)
		return NoMatch, Cause{Element: element, Note: NoteMissing}
	}
	result := NoMatch
	for i := range v.patterns {
		p := &v.patterns[i]
		m := match(p, q)
		if v.negated && !p.literal() {
			if _, state := p.resolve(q); state == NoMatch {
				m = MatchUnknown // excluding nothing would widen the statement
			}
		}
		result = or(result, m)
	}
	if v.negated {
		result = not(result)
	}
	if result == Matched {
		return result, Cause{}
	}
	cause := Cause{Element: v.element, Policy: v.written, Request: got}
	if result == MatchUnknown {
		cause.Note = NoteValue
	}
	return result, cause
}

// matchAction ignores case; a pattern needs its service prefix unless it is "*" (idc-kms 4.2).
func matchAction(p *pattern, q *asked) Match {
	g := p.parts[0].glob
	lone := len(g) == 1 && g[0] == anyRun
	return matchIf((lone || strings.Contains(p.text, ":")) && g.matches(q.action))
}

// matchResource is case-sensitive; '*' crosses '/' and ':' (idc-kms 4.2).
func matchResource(p *pattern, q *asked) Match {
	g, state := p.resolve(q)
	if state != Matched {
		return state
	}
	return matchIf(g.matches(q.Resource))
}
