package policy

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// MaxText is the most characters that a policy text may have (KMS API model,
// idc-kms 2.4). The lower documented limit of 32 KB is the caller's to check.
const MaxText = 131072

const (
	version2008 = "2008-10-17" // what a missing Version means
	version2012 = "2012-10-17" // the one with variables
)

// Document is a parsed policy. It is immutable; the zero value has no statement.
type Document struct {
	statements []statement
}

// Parse reads a key policy or an identity policy strictly: it refuses whatever
// it would otherwise have to ignore. Every error is a *ParseError.
func Parse(text string) (*Document, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	root, err := readJSON(text)
	if err != nil {
		return nil, err
	}
	p := parser{text: text}
	return p.document(root)
}

// checkText enforces the API's length and characters (idc-kms 2.4). The
// characters are the same for identity policies.
func checkText(text string) error {
	count := 0
	for i, r := range text {
		if count++; count > MaxText {
			return errorAt(text, i, "more than %d characters", MaxText)
		}
		if _, width := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && width == 1 {
			return errorAt(text, i, "not UTF-8")
		}
		if r != '\t' && r != '\n' && r != '\r' && (r < 0x20 || r > 0xff) {
			return errorAt(text, i, "character %U is not allowed in a policy", r)
		}
	}
	return nil
}

// parser turns the JSON tree into statements.
type parser struct {
	text      string
	variables bool // the Version has them
}

func (p *parser) errorf(n node, format string, args ...any) error {
	return errorAt(p.text, n.offset, format, args...)
}

func (p *parser) document(root node) (*Document, error) {
	if !root.isObject() {
		return nil, p.errorf(root, "a policy must be an object, not %s", root.kind())
	}
	var list *node
	for _, m := range root.members {
		switch m.name {
		case "Version", "Id":
			text, ok := m.value.token.(string)
			if !ok {
				return nil, p.errorf(m.value, "%s must be a string, not %s", m.name, m.value.kind())
			}
			if m.name == "Version" && text != version2008 && text != version2012 {
				return nil, p.errorf(m.value, "Version %q is neither %s nor %s", text, version2008, version2012)
			}
			p.variables = p.variables || m.name == "Version" && text == version2012
		case "Statement":
			list = &m.value
		default:
			return nil, errorAt(p.text, m.offset, "unknown element %q in the policy", m.name)
		}
	}
	if list == nil {
		return nil, p.errorf(root, "the policy has no Statement")
	}
	return p.statements(*list)
}

func (p *parser) statements(list node) (*Document, error) {
	doc := &Document{}
	sids := map[string]bool{}
	for i, item := range list.list() {
		s, err := p.statement(item)
		if err != nil {
			return nil, err
		}
		if s.label != "" && sids[s.label] {
			return nil, p.errorf(item, "duplicate Sid %q", s.label)
		}
		sids[s.label] = true
		if s.label == "" {
			s.label = fmt.Sprintf("#%d", i+1)
		}
		doc.statements = append(doc.statements, s)
	}
	return doc, nil
}

func (p *parser) statement(n node) (statement, error) {
	s := statement{}
	if !n.isObject() {
		return s, p.errorf(n, "a statement must be an object, not %s", n.kind())
	}
	for _, m := range n.members {
		if err := p.element(&s, m); err != nil {
			return s, err
		}
	}
	if s.effect == Unknown {
		return s, p.errorf(n, "the statement has no Effect")
	}
	return s, nil
}

// element reads one member of a statement.
func (p *parser) element(s *statement, m member) (err error) {
	switch m.name {
	case "Sid":
		var ok bool
		if s.label, ok = m.value.token.(string); !ok {
			return p.errorf(m.value, "Sid must be a string, not %s", m.value.kind())
		}
	case "Effect":
		switch m.value.token {
		case "Allow":
			s.effect = Allow
		case "Deny":
			s.effect = Deny
		default:
			return p.errorf(m.value, "Effect must be Allow or Deny")
		}
	case "Principal", "NotPrincipal":
		if s.principals != nil {
			return errorAt(p.text, m.offset, "Principal and NotPrincipal exclude each other")
		}
		s.principals, err = p.principals(m)
	case "Action", "NotAction":
		if s.actions != nil {
			return errorAt(p.text, m.offset, "Action and NotAction exclude each other")
		}
		s.actions, err = p.values(m, compileAction)
	case "Resource", "NotResource":
		if s.resources != nil {
			return errorAt(p.text, m.offset, "Resource and NotResource exclude each other")
		}
		s.resources, err = p.values(m, compileResource)
	case "Condition":
		s.conditions, err = p.conditions(m.value)
	default:
		return errorAt(p.text, m.offset, "unknown element %q in a statement", m.name)
	}
	return err
}

func (p *parser) values(m member, compile func(string, bool) pattern) (*values, error) {
	texts, err := p.strings(m)
	if err != nil {
		return nil, err
	}
	v := &values{element: m.name, negated: m.name[0] == 'N', written: texts}
	for _, text := range texts {
		v.patterns = append(v.patterns, compile(text, p.variables))
	}
	return v, nil
}

func (p *parser) principals(m member) (*principals, error) {
	set := &principals{negated: m.name[0] == 'N'}
	if m.value.token == "*" {
		set.add("AWS", "*")
		return set, nil
	}
	if !m.value.isObject() || len(m.value.members) == 0 {
		return nil, p.errorf(m.value, `%s must be "*" or an object that names someone`, m.name)
	}
	for _, kind := range m.value.members {
		switch kind.name {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			return nil, errorAt(p.text, kind.offset, "unknown kind of principal %q", kind.name)
		}
		texts, err := p.strings(kind)
		if err != nil {
			return nil, err
		}
		for _, text := range texts {
			set.add(kind.name, text)
		}
	}
	return set, nil
}

// strings reads a string or a list of strings that is not empty.
func (p *parser) strings(m member) ([]string, error) {
	items := m.value.list()
	if len(items) == 0 {
		return nil, p.errorf(m.value, "%s is an empty list", m.name)
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		text, ok := item.token.(string)
		if !ok {
			return nil, p.errorf(item, "%s must hold strings, not %s", m.name, item.kind())
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (p *parser) conditions(n node) ([]condition, error) {
	if !n.isObject() {
		return nil, p.errorf(n, "Condition must be an object, not %s", n.kind())
	}
	var list []condition
	for _, operator := range n.members {
		if !operator.value.isObject() {
			return nil, p.errorf(operator.value, "%s must be an object of keys, not %s", operator.name, operator.value.kind())
		}
		for _, key := range operator.value.members {
			c := newCondition(operator.name, key.name)
			texts, err := p.scalars(key)
			if err != nil {
				return nil, err
			}
			c.read(texts, p.variables)
			list = append(list, c)
		}
	}
	return list, nil
}

// scalars reads condition values, which may be numbers and booleans as well
// ("Grammar of the IAM JSON policy language").
func (p *parser) scalars(m member) ([]string, error) {
	var texts []string
	for _, item := range m.value.list() {
		switch item.token.(type) {
		case string, json.Number, bool:
			texts = append(texts, fmt.Sprint(item.token))
		default:
			return nil, p.errorf(item, "a condition value must be a string, number or boolean, not %s", item.kind())
		}
	}
	return texts, nil
}
