package policy

import (
	"slices"
	"strings"
)

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
}

func (v *values) written() []string {
	texts := make([]string, len(v.patterns))
	for i, p := range v.patterns {
		texts[i] = p.text
	}
	return texts
}

// judgement is what a statement says to a request.
type judgement struct {
	direct  Match // it speaks to the caller itself
	account Match // it speaks to the caller's account
	cause   Cause
}

// add narrows the judgement by one more part, keeping the first cause; a
// definite mismatch replaces an uncertainty.
func (j *judgement) add(m Match, c Cause) {
	j.direct, j.account = and(j.direct, m), and(j.account, m)
	if m == NoMatch || m == MatchUnknown && j.cause.Element == "" {
		j.cause = c
	}
}

func (j *judgement) refuted() bool { return j.direct == NoMatch && j.account == NoMatch }

// judge checks principal, action, resource and conditions in this order and
// stops at the first that does not match.
func (s *statement) judge(layer string, r Request) judgement {
	j := s.speaksTo(layer, r)
	if j.refuted() {
		return j
	}
	m, cause := s.actions.judge("Action", r.Action, r, matchAction)
	if j.add(m, cause); j.refuted() {
		return j
	}
	m, cause = s.resources.judge("Resource", r.Resource, r, matchResource)
	if j.add(m, cause); j.refuted() {
		return j
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		m, note, got := c.holds(r, s.effect)
		if m == Matched {
			continue // spare the copies below
		}
		written := (&values{patterns: c.values}).written()
		j.add(m, Cause{Element: "Condition", Operator: c.written, Key: c.key, Policy: written, Request: slices.Clone(got), Note: note})
		if j.refuted() {
			return j
		}
	}
	return j
}

// speaksTo judges the principal. Identity policies have none: they speak to
// whoever they are attached to.
func (s *statement) speaksTo(layer string, r Request) judgement {
	switch {
	case layer == LayerIdentity && s.principals == nil:
		return judgement{direct: Matched, account: NoMatch}
	case layer == LayerIdentity:
		return judgement{account: NoMatch, cause: Cause{Element: s.principals.element(), Note: NoteForeign}}
	case s.principals == nil:
		return judgement{direct: NoMatch, account: NoMatch, cause: Cause{Element: "Principal", Note: NoteMissing}}
	}
	direct, account := s.principals.match(r.Principal, s.effect)
	j := judgement{direct: direct, account: account}
	if direct == Matched || account == Matched {
		return j
	}
	j.cause = Cause{Element: s.principals.element(), Policy: slices.Clone(s.principals.written), Request: r.Principal.shown()}
	if direct == MatchUnknown {
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

// shown is the caller in a trace.
func (p Principal) shown() []string {
	var shown []string
	for _, name := range []string{p.Service, p.ARN, p.RoleARN} {
		if name != "" {
			shown = append(shown, name)
		}
	}
	return shown
}

// judge compares the request's action or resource with the element's patterns.
func (v *values) judge(element, got string, r Request, match func(pattern, string, Request) Match) (Match, Cause) {
	if v == nil { // "accepted but without effect" (idc-kms 2.4)
		return NoMatch, Cause{Element: element, Note: NoteMissing}
	}
	result := NoMatch
	for _, p := range v.patterns {
		m := match(p, got, r)
		if v.negated {
			if _, state := p.resolve(r); state == NoMatch {
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
	cause := Cause{Element: v.element, Policy: v.written(), Request: []string{got}}
	if result == MatchUnknown {
		cause.Note = NoteValue
	}
	return result, cause
}

// matchAction ignores case; a pattern needs its service prefix unless it is "*" (idc-kms 4.2).
func matchAction(p pattern, action string, _ Request) Match {
	g := p.parts[0].glob
	lone := len(g) == 1 && g[0] == anyRun
	return matchIf((lone || strings.Contains(p.text, ":")) && g.matches(strings.ToLower(action)))
}

// matchResource is case-sensitive; '*' crosses '/' and ':' (idc-kms 4.2).
func matchResource(p pattern, resource string, r Request) Match {
	g, state := p.resolve(r)
	if state != Matched {
		return state
	}
	return matchIf(g.matches(resource))
}
