package policy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The wildcards inside a glob. Negative, so that no character equals them: an
// escaped or substituted '*' stays the character '*'.
const (
	anyRun rune = -1 // '*'
	anyOne rune = -2 // '?'
)

// glob is a text in which wildcards are told from characters.
type glob []rune

// pattern is one value of a policy: pieces of glob with variables between them.
type pattern struct {
	text   string // as written
	parts  []part
	broken bool // malformed variable, or a variable where AWS allows none
}

// part is a piece of glob or, with a key, a variable.
type part struct {
	glob       glob
	key        string // lower case
	rule       keyRule
	known      bool   // the key is modelled
	fallback   string // of ${key, 'fallback'}
	hasDefault bool
}

// wildcards reads a text without variables.
func wildcards(text string) glob {
	g := glob(text)
	for i, r := range g {
		switch r {
		case '*':
			g[i] = anyRun
		case '?':
			g[i] = anyOne
		}
	}
	return g
}

// compile reads a policy value. Variables exist only with Version 2012-10-17;
// otherwise their text is literal (idc-kms 4.4).
func compile(text string, variables bool) pattern {
	p := pattern{text: text}
	for rest := text; rest != "" || len(p.parts) == 0; {
		before, after, found := strings.Cut(rest, "${")
		if !variables || !found {
			p.parts = append(p.parts, part{glob: wildcards(rest)})
			break
		}
		if before != "" {
			p.parts = append(p.parts, part{glob: wildcards(before)})
		}
		v, tail, ok := variable(after)
		if !ok {
			p.broken = true
			break
		}
		p.parts = append(p.parts, v)
		rest = tail
	}
	return p
}

// compileResource reads an ARN pattern, where variables may stand only after
// the fifth colon (idc-kms 4.2).
func compileResource(text string, variables bool) pattern {
	p := compile(text, variables)
	if at := strings.Index(text, "${"); variables && at >= 0 && strings.Count(text[:at], ":") < 5 {
		p.broken = true
	}
	return p
}

// variable reads what follows "${": an escape, a key, or a key and its default.
func variable(s string) (v part, rest string, ok bool) {
	if len(s) >= 2 && strings.IndexByte("*?$", s[0]) >= 0 && s[1] == '}' {
		return part{glob: glob{rune(s[0])}}, s[2:], true
	}
	end := strings.IndexAny(s, ",}'")
	if end <= 0 || s[end] == '\'' {
		return part{}, "", false
	}
	v.key = strings.ToLower(strings.TrimSpace(s[:end]))
	v.rule, v.known = ruleFor(v.key)
	if s[end] == '}' {
		return v, s[end+1:], v.key != ""
	}
	quoted, found := strings.CutPrefix(strings.TrimLeft(s[end+1:], " "), "'")
	if !found {
		return part{}, "", false
	}
	v.fallback, rest, found = strings.Cut(quoted, "'")
	v.hasDefault = true
	rest, closed := strings.CutPrefix(strings.TrimLeft(rest, " "), "}")
	return v, rest, found && closed && v.key != ""
}

// literal reports whether the text means itself: no variable, no escape.
func (p *pattern) literal() bool { return len(p.parts) == 1 && p.parts[0].key == "" && !p.broken }

// resolve puts the request's values in place of variables. Matched: the glob
// is whole. NoMatch: a variable has no value. MatchUnknown: it cannot be told.
func (p *pattern) resolve(q *asked) (glob, Match) {
	if p.broken {
		return nil, MatchUnknown
	}
	if p.literal() {
		return p.parts[0].glob, Matched
	}
	var g glob
	state := Matched
	for i := range p.parts {
		part := &p.parts[i]
		if part.key == "" {
			g = append(g, part.glob...)
			continue
		}
		value, s := part.value(q)
		state = and(state, s)
		g = append(g, []rune(value)...)
	}
	return g, state
}

// resolveText is resolve for operators without wildcards.
func (p *pattern) resolveText(q *asked) (string, Match) {
	switch {
	case p.broken:
		return "", MatchUnknown
	case p.literal():
		return p.text, Matched
	case len(p.parts) == 1:
		return p.parts[0].value(q)
	}
	g, state := p.resolve(q)
	return g.String(), state
}

// value is a variable's text. Only single-valued keys can be variables.
func (v *part) value(q *asked) (string, Match) {
	if !v.known || v.rule.multi {
		return "", MatchUnknown
	}
	d := q.lookup(v.key, v.rule)
	switch {
	case d.notLooked, len(d.values) > 1:
		return "", MatchUnknown
	case len(d.values) == 1:
		return d.values[0], Matched
	case v.hasDefault:
		return v.fallback, Matched
	}
	return "", NoMatch
}

// String gives back the characters; wildcards stand for themselves.
func (g glob) String() string {
	text := slices.Clone(g)
	for i, r := range text {
		switch r {
		case anyRun:
			text[i] = '*'
		case anyOne:
			text[i] = '?'
		}
	}
	return string(text)
}

// matches is glob matching: '*' any run of characters, '?' exactly one.
func (g glob) matches(s string) bool {
	if len(g) == 1 && g[0] == anyRun {
		return true
	}
	i, j := 0, 0
	star, resume := -1, 0 // the last '*' and where its run ends so far
	for j < len(s) {
		r, width := rune(s[j]), 1
		if r >= utf8.RuneSelf {
			r, width = utf8.DecodeRuneInString(s[j:])
		}
		switch {
		case i < len(g) && (g[i] == anyOne || g[i] == r):
			i, j = i+1, j+width
		case i < len(g) && g[i] == anyRun:
			star, resume = i, j
			i++
		case star >= 0:
			_, width = utf8.DecodeRuneInString(s[resume:])
			resume += width
			i, j = star+1, resume
		default:
			return false
		}
	}
	for i < len(g) && g[i] == anyRun {
		i++
	}
	return i == len(g)
}

// arnParts is the number of colon-separated parts of an ARN; the last may contain colons.
const arnParts = 6

// matchesARN compares the parts of an ARN one by one (idc-kms 4.4). A pattern
// with fewer parts has no documented meaning; a value with fewer is no ARN.
func (g glob) matchesARN(s string) Match {
	fits := true
	for range arnParts - 1 {
		colon := slices.Index(g, ':')
		if colon < 0 {
			return MatchUnknown
		}
		value, rest, found := strings.Cut(s, ":")
		fits = fits && found && g[:colon].matches(value)
		g, s = g[colon+1:], rest
	}
	return matchIf(fits && g.matches(s))
}

// compileAction reads an action, which ignores case and knows no variables.
func compileAction(text string, _ bool) pattern {
	p := compile(strings.ToLower(text), false)
	p.text = text
	return p
}
