package policy

import "slices"

// gate is one layer that a request has to pass.
type gate struct {
	layer   string
	allow   hit
	deny    hit
	lack    Reason // when nothing allows
	refusal Reason // when something denies
}

// link is a gate of the resource's side; its denials are counted elsewhere.
func link(layer string, allow hit) gate {
	return gate{layer: layer, allow: allow, deny: hit{match: NoMatch}, lack: ReasonNoResourceAllow}
}

// doubted is the gate when it is not known whether it binds: what would refuse
// makes unknown.
func (g gate) doubted() gate {
	if g.allow.match == NoMatch {
		g.allow = hit{}
	}
	g.deny.match = min(g.deny.match, MatchUnknown)
	return g
}

// chain needs the allow of every gate; the first allows. What refuses for
// certain is named before what is unknown; among equals the first, in the order
// in which AWS documents its evaluation. That the texts of idc-kms 2.7 follow
// this order is INFERRED.
func chain(gates ...gate) Verdict {
	for _, want := range []Match{NoMatch, MatchUnknown} {
		for i := range gates {
			switch g := &gates[i]; {
			case g.allow.match != want:
			case want == NoMatch:
				return lacking(g.lack, g.layer)
			default:
				return unclear(g.allow, g.layer)
			}
		}
	}
	return allowed(gates[0].allow, gates[0].layer)
}

// furthest ranks what a way failed for: the last is closest to an allow.
var furthest = []Reason{ReasonNoResourceAllow, ReasonNoIdentityAllow, ReasonNoBoundaryAllow, ReasonNoSessionAllow}

// either takes the first way that allows, else the first that might, else the
// refusal of the way that came furthest.
func either(ways ...Verdict) Verdict {
	best := ways[0]
	for _, v := range ways[1:] {
		switch {
		case best.Decision == Allow:
		case v.Decision == Allow, v.Decision == Unknown && best.Decision == Deny:
			best = v
		case v.Decision == Deny && best.Decision == Deny && slices.Index(furthest, v.Reason) > slices.Index(furthest, best.Reason):
			best = v
		}
	}
	return best
}

// guarded adds the gates of the organization, which come first.
func guarded(v Verdict, gates ...gate) Verdict {
	all := chain(gates...)
	if all.Decision == Deny || all.Decision == Unknown && v.Decision == Allow {
		return all
	}
	return v
}

// veto is what one layer denies.
type veto struct {
	deny   hit
	layer  string
	reason Reason
}

func (g gate) veto() veto { return veto{g.deny, g.layer, g.refusal} }

// overruled applies explicit denials: a certain one wins over everything, a
// possible one turns an allow into Unknown.
func overruled(v Verdict, vetoes ...veto) Verdict {
	for _, n := range vetoes {
		if n.deny.match == Matched {
			return Verdict{Decision: Deny, Explicit: true, Statement: n.deny.statement, Layer: n.layer, Reason: n.reason}
		}
	}
	for _, n := range vetoes {
		if v.Decision == Allow && n.deny.match == MatchUnknown {
			return unclear(n.deny, n.layer)
		}
	}
	return v
}

func allowed(h hit, layer string) Verdict {
	return Verdict{Decision: Allow, Statement: h.statement, Layer: layer, Reason: ReasonAllowed}
}

func lacking(why Reason, layer string) Verdict {
	return Verdict{Decision: Deny, Layer: layer, Reason: why}
}

func unclear(h hit, layer string) Verdict {
	v := Verdict{Statement: h.statement, Layer: layer, Reason: ReasonUnclear}
	if h.statement == "" {
		v.Reason = ReasonNotLooked
	}
	return v
}
