package policy

import (
	"fmt"
	"strings"
)

// The operations whose requests carry an encryption context. Other operations
// of a grant are not narrowed by its encryption context constraints, DescribeKey
// and RetireGrant among them (AWS KMS API: GrantConstraints). CreateGrant is
// compared with the constraints of the new grant instead, which are not known here.
var contextual = actionSet("Decrypt Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext " +
	"GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo")

const createGrant = "kms:creategrant"

// judgeGrants finds what grants allow. Grants cannot deny (idc-kms 4.1 step 2).
func judgeGrants(l Layers, q *asked) outcome {
	out := silent()
	for i := range l.Grants.List {
		g := &l.Grants.List[i]
		label := g.ID
		if label == "" {
			label = fmt.Sprintf("#%d", i+1)
		}
		j := g.judge(q)
		step := Step{Layer: LayerGrant, Document: i, Statement: label, Effect: Allow, Match: j.strongest(),
			Delegates: j.account == Matched && j.own != Matched && j.role != Matched}
		if step.Match != Matched {
			step.Cause = j.cause
		}
		q.traced(step)
		out.admit(j.address, label)
	}
	if l.Grants.Unread {
		out.own = strongest(out.own, hit{})
	}
	return out
}

// judge checks grantee, operations and constraints in this order.
func (g *Grant) judge(q *asked) judgement {
	var grantee principals
	if g.GranteePrincipal != "" {
		grantee.add("AWS", g.GranteePrincipal)
	}
	if g.GranteeServicePrincipal != "" {
		grantee.add("Service", g.GranteeServicePrincipal)
	}
	grantee.unclear = grantee.unclear || grantee.anyone // no grant is for everyone
	grantee.anyone = false
	j := judgement{address: grantee.match(q, Allow)}
	if m := j.strongest(); m != Matched {
		j.cause = Cause{Element: "Grantee", Policy: grantee.written, Request: q.shown}
		if m == MatchUnknown {
			j.cause.Note = NotePrincipal
		}
	}
	if j.refuted() {
		return j
	}
	if m := matchIf(g.permits(q.action)); m != Matched {
		j.add(m, Cause{Element: "Operations", Policy: g.Operations, Request: q.wanted[:1]})
		return j
	}
	g.Constraints.narrow(&j, q)
	return j
}

func (g *Grant) permits(action string) bool {
	for _, operation := range g.Operations {
		if action == "kms:"+strings.ToLower(operation) {
			return true
		}
	}
	return false
}

// narrow applies the constraints.
func (c *GrantConstraints) narrow(j *judgement, q *asked) {
	if c.SourceArn != "" {
		const key = "aws:sourcearn"
		d := q.lookup(key, keyRules[key])
		if m := oneOf(d, c.SourceArn); m != Matched {
			j.add(m, Cause{Element: "SourceArn", Policy: []string{c.SourceArn}, Request: d.values, Note: noteOf(d)})
		}
	}
	if c.EncryptionContextEquals == nil && c.EncryptionContextSubset == nil {
		return
	}
	if q.action == createGrant {
		j.add(MatchUnknown, Cause{Element: "EncryptionContext", Note: NoteNotLooked})
		return
	}
	if !contextual[q.action] {
		return
	}
	const key = "kms:encryptioncontextkeys"
	names := q.lookup(key, keyRules[key])
	m := and(includes(q, c.EncryptionContextSubset, names), includes(q, c.EncryptionContextEquals, names))
	if c.EncryptionContextEquals != nil {
		switch {
		case names.notLooked:
			m = and(m, MatchUnknown)
		case len(names.values) != len(c.EncryptionContextEquals):
			m = NoMatch
		}
	}
	if m != Matched {
		j.add(m, Cause{Element: "EncryptionContext", Request: names.values, Note: noteOf(names)})
	}
}

// includes reports whether the encryption context, of which names are the names, has all the pairs.
func includes(q *asked, pairs map[string]string, names datum) Match {
	result := Matched
	for name, value := range pairs {
		d := q.lookup(encryptionContext+strings.ToLower(name), keyRules[encryptionContext])
		d.notLooked = d.notLooked || d.absent() && names.notLooked
		result = and(result, oneOf(d, value))
	}
	return result
}

// oneOf reports whether the key's one value is the wanted one.
func oneOf(d datum, want string) Match {
	if d.notLooked || len(d.values) > 1 {
		return MatchUnknown
	}
	return matchIf(len(d.values) == 1 && d.values[0] == want)
}

func noteOf(d datum) Note {
	switch {
	case d.notLooked:
		return NoteNotLooked
	case d.absent():
		return NoteAbsent
	}
	return ""
}
