package policy

import "strings"

// condition is one key under one operator.
type condition struct {
	written  string // the operator as written
	key      string // as written
	lower    string // the key in lower case
	rule     keyRule
	modelled bool // the key is
	op       operator
	known    bool // the operator is
	set      quantifier
	ifExists bool
	texts    []string // the values as written
	values   []pattern
	typed    []test // of the operators that compare no text; nil where a value is malformed
}

// quantifier is the set operator before an operator's name.
type quantifier string

const (
	single quantifier = ""
	forAny quantifier = "ForAnyValue:"
	forAll quantifier = "ForAllValues:"
)

// newCondition reads the operator's name; the order is quantifier, operator, IfExists.
func newCondition(written, key string) condition {
	c := condition{written: written, key: key, lower: strings.ToLower(key)}
	c.rule, c.modelled = ruleFor(c.lower)
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

// read makes the values ready to be compared. Only String and Arn operators
// take variables (idc-kms 4.4); elsewhere "${" is text.
func (c *condition) read(texts []string, variables bool) {
	c.texts = texts
	for _, text := range texts {
		if read, ok := readers[c.op.compare]; ok {
			c.typed = append(c.typed, read(c.op, text))
			continue
		}
		c.values = append(c.values, compile(text, variables && c.op.compare.takesVariables()))
	}
}

// holds judges the condition. The note and the request's values explain a
// result other than Matched.
func (c *condition) holds(q *asked, effect Decision) (Match, Note, []string) {
	switch {
	case !c.known:
		return MatchUnknown, NoteOperator, nil
	case !c.modelled:
		return MatchUnknown, NoteKey, nil
	}
	d := q.lookup(c.lower, c.rule)
	switch {
	case d.notLooked:
		return MatchUnknown, NoteNotLooked, nil
	case c.op.compare == null:
		return c.explained(c.presence(d), d.values)
	case d.absent():
		return c.withoutKey(), NoteAbsent, nil
	case c.set == single && c.rule.multi && effect == Allow:
		// AWS does not support this; taking it as no match can only refuse
		// (INFERRED, idc-kms 4.4). In a Deny that would permit: unknown.
		return NoMatch, NoteMultiValued, d.values
	case c.set == single && (c.rule.multi || len(d.values) > 1):
		return MatchUnknown, NoteMultiValued, d.values
	case c.set != single && len(d.values) == 1 && d.values[0] == "":
		return c.withEmptySet(), NoteEmpty, d.values
	}
	return c.explained(c.overValues(d.values, q), d.values)
}

// explained adds the note: all that is left unclear after the checks of holds
// is one of the two values.
func (c *condition) explained(m Match, got []string) (Match, Note, []string) {
	if m != MatchUnknown {
		return m, "", got
	}
	for _, t := range c.typed {
		if t == nil {
			return m, NoteValue, got
		}
	}
	if len(c.typed) > 0 {
		return m, NoteRequest, got
	}
	return m, NoteValue, got
}

// presence is Null: "true" asks for an absent key, "false" for a present one.
func (c *condition) presence(d datum) Match {
	result := NoMatch
	for i := range c.values {
		m := MatchUnknown
		switch strings.ToLower(c.values[i].text) {
		case "true":
			m = matchIf(d.absent())
		case "false":
			m = matchIf(!d.absent())
		}
		result = or(result, m)
	}
	return result
}

// withoutKey: idc-kms 4.4. Of ForAnyValue with IfExists AWS says both, true by
// the one and false by the other; that the fact sheet takes it as true is
// INFERRED, and independent evaluators differ: unknown.
func (c *condition) withoutKey() Match {
	if c.set == forAny && c.ifExists {
		return MatchUnknown
	}
	return matchIf(c.ifExists || c.set == forAll || c.op.negated && c.set != forAny)
}

// withEmptySet: a set operator takes an empty string as no value at all ("Set
// operators for multivalued context keys"); whether IfExists then applies is
// not documented.
func (c *condition) withEmptySet() Match {
	switch {
	case c.set == forAll:
		return Matched
	case c.ifExists:
		return MatchUnknown
	}
	return NoMatch
}

func (c *condition) overValues(values []string, q *asked) Match {
	combine, result := and, Matched
	if c.set == forAny {
		combine, result = or, NoMatch
	}
	for _, v := range values {
		result = combine(result, c.fits(v, q))
	}
	return result
}

// fits compares one request value: any policy value suffices, none for negated operators.
func (c *condition) fits(value string, q *asked) Match {
	result := NoMatch
	for _, t := range c.typed {
		if t != nil {
			result = or(result, t(value))
		} else {
			result = or(result, MatchUnknown)
		}
	}
	for i := range c.values {
		result = or(result, c.op.compare.text(&c.values[i], value, q))
	}
	if c.op.negated {
		return not(result)
	}
	return result
}
