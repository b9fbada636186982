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
	numeric
	date
	binary
	network
)

type operator struct {
	compare comparison
	negated bool // true when no policy value fits, and when the key is absent
	order   order
}

// order are the outcomes of a comparison, request value against policy value, that fit.
type order int

const (
	below order = 1 << iota
	equal
	above
)

// fits reports whether an outcome in the manner of cmp.Compare is among them.
func (o order) fits(compared int) bool {
	switch {
	case compared < 0:
		return o&below != 0
	case compared > 0:
		return o&above != 0
	}
	return o&equal != 0
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
	"BinaryEquals":              {compare: binary},
	"IpAddress":                 {compare: network},
	"NotIpAddress":              {compare: network, negated: true},
	"NumericEquals":             {compare: numeric, order: equal},
	"NumericNotEquals":          {compare: numeric, order: equal, negated: true},
	"NumericLessThan":           {compare: numeric, order: below},
	"NumericLessThanEquals":     {compare: numeric, order: below | equal},
	"NumericGreaterThan":        {compare: numeric, order: above},
	"NumericGreaterThanEquals":  {compare: numeric, order: above | equal},
	"DateEquals":                {compare: date, order: equal},
	"DateNotEquals":             {compare: date, order: equal, negated: true},
	"DateLessThan":              {compare: date, order: below},
	"DateLessThanEquals":        {compare: date, order: below | equal},
	"DateGreaterThan":           {compare: date, order: above},
	"DateGreaterThanEquals":     {compare: date, order: above | equal},
}

func (c comparison) takesVariables() bool { return c <= arn }

// text compares a value of an operator on texts.
func (c comparison) text(p *pattern, value string, q *asked) Match {
	if c == like || c == arn {
		g, state := p.resolve(q)
		switch {
		case state != Matched:
			return state // a variable without value fits nothing
		case c == arn:
			return g.matchesARN(value)
		}
		return matchIf(g.matches(value))
	}
	text, state := p.resolveText(q)
	switch {
	case state != Matched:
		return state
	case c == ignoringCase:
		return matchIf(strings.EqualFold(text, value))
	case c == boolean:
		return matchIf(isBool(value) && strings.EqualFold(text, value))
	}
	return matchIf(text == value)
}

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }
