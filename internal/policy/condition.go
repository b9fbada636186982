package policy

import "strings"

// comparison is how an operator compares one policy value with one request value.
type comparison int

const (
	exact comparison = iota
	ignoringCase
	like
	arn
	boolean
	null // looks at the key's presence, not at a value
)

type operator struct {
	compare comparison
	negated bool // true when no policy value fits, and when the key is absent
}

// operators lists what can be judged, without qualifier and IfExists (idc-kms
// 4.4). ArnEquals means ArnLike. Any other operator is unknown.
var operators = map[string]operator{
	"StringEquals":              {compare: exact},
	"StringNotEquals":           {compare: exact, negated: true},
	"StringEqualsIgnoreCase":    {compare: ignoringCase},
	"StringNotEqualsIgnoreCase": {compare: ignoringCase, negated: true},
	"StringLike":                {compare: like},
	"StringNotLike":             {compare: like, negated: true},
	"ArnEquals":                 {compare: arn},
	"ArnLike":                   {compare: arn},
	"ArnNotEquals":              {compare: arn, negated: true},
	"ArnNotLike":                {compare: arn, negated: true},
	"Bool":                      {compare: boolean},
	"Null":                      {compare: null},
}

// quantifier is the set operator before an operator's name.
type quantifier string

const (
	single quantifier = ""
	forAny quantifier = "ForAnyValue:"
	forAll quantifier = "ForAllValues:"
)

// condition is one key under one operator.
type condition struct {
	written  string // the operator as written
	key      string // as written
	op       operator
	known    bool // the operator is modelled
	set      quantifier
	ifExists bool
	values   []pattern
}

// newCondition reads the operator's name; the order is quantifier, operator, IfExists.
func newCondition(written, key string) condition {
	c := condition{written: written, key: key}
	name := written
	for _, q := range []quantifier{forAny, forAll} {
		if rest, found := strings.CutPrefix(name, string(q)); found {
			c.set, name = q, rest
			break
		}
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	c.op, c.known = operators[name]
	if c.op.compare == null && (c.ifExists || c.set != single) {
		c.known = false // Null takes neither (idc-kms 4.4)
	}
	return c
}

// takesVariables: only String and Arn operators do (idc-kms 4.4).
func (c *condition) takesVariables() bool {
	return c.op.compare != boolean && c.op.compare != null
}

// holds judges the condition. The note and the request's values explain a
// result other than Matched.
func (c *condition) holds(r Request, effect Decision) (Match, Note, []string) {
	if !c.known {
		return MatchUnknown, NoteOperator, nil
	}
	d, rule, ok := r.lookup(strings.ToLower(c.key))
	switch {
	case !ok:
		return MatchUnknown, NoteKey, nil
	case d.notLooked:
		return MatchUnknown, NoteNotLooked, nil
	case c.op.compare == null:
		return explained(c.presence(d), d.values)
	case d.absent():
		return c.withoutKey(), NoteAbsent, nil
	case c.set == single && rule.multi && effect == Allow:
		// AWS does not support this; taking it as no match can only refuse
		// (INFERRED, idc-kms 4.4). In a Deny that would permit: unknown.
		return NoMatch, NoteMultiValued, d.values
	case c.set == single && (rule.multi || len(d.values) > 1):
		return MatchUnknown, NoteMultiValued, d.values
	}
	return explained(c.overValues(d.values, r), d.values)
}

// explained adds the note: all that is left unclear after the checks of holds
// is the policy's own value.
func explained(m Match, got []string) (Match, Note, []string) {
	if m == MatchUnknown {
		return m, NoteValue, got
	}
	return m, "", got
}

// presence is Null: "true" asks for an absent key, "false" for a present one.
func (c *condition) presence(d datum) Match {
	result := NoMatch
	for _, v := range c.values {
		m := MatchUnknown
		switch strings.ToLower(v.text) {
		case "true":
			m = matchIf(d.absent())
		case "false":
			m = matchIf(!d.absent())
		}
		result = or(result, m)
	}
	return result
}

// withoutKey: idc-kms 4.4. ForAnyValue with IfExists is INFERRED there.
func (c *condition) withoutKey() Match {
	return matchIf(c.ifExists || c.set == forAll || c.op.negated && c.set != forAny)
}

func (c *condition) overValues(values []string, r Request) Match {
	combine, result := and, Matched
	if c.set == forAny {
		combine, result = or, NoMatch
	}
	for _, v := range values {
		result = combine(result, c.fits(v, r))
	}
	return result
}

// fits compares one request value: any policy value suffices, none for negated operators.
func (c *condition) fits(value string, r Request) Match {
	result := NoMatch
	for _, p := range c.values {
		result = or(result, c.fitsOne(p, value, r))
	}
	if c.op.negated {
		return not(result)
	}
	return result
}

func (c *condition) fitsOne(p pattern, value string, r Request) Match {
	g, state := p.resolve(r)
	if state != Matched {
		return state // a variable without value fits nothing
	}
	switch c.op.compare {
	case ignoringCase:
		return matchIf(strings.EqualFold(g.String(), value))
	case like:
		return matchIf(g.matches(value))
	case arn:
		return g.matchesARN(value)
	case boolean:
		return matchIf(isBool(value) && strings.EqualFold(g.String(), value))
	}
	return matchIf(g.String() == value)
}

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }
