package needs

import (
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/policy"
)

// Holds says whether a need is met by the key's copy in its Region, as far as anybody has seen that, and what was seen.
func (n Need) Holds(key estate.Key) (status diag.Status, seen string) {
	c, there := key.Copies[n.Region].Get()
	text, known := c.Policy.Get()
	switch {
	case key.Copies[n.Region].IsAbsent():
		return diag.Fail, "the key has no copy there"
	case !there || !known:
		return diag.Unknown, "nobody could read the policy: " + key.Copies[n.Region].Why() + c.Policy.Why()
	case c.State != estate.KeyEnabled && c.State != estate.KeyUpdating:
		return diag.Fail, "the copy is " + string(c.State)
	}
	doc, err := policy.Parse(text)
	if err != nil {
		return diag.Unknown, "the policy cannot be read: " + err.Error()
	}
	v := n.Evaluate(doc)
	seen = v.Decision.String()
	if v.Statement != "" {
		seen += " by statement " + v.Statement
	}
	switch v.Decision {
	case policy.Allow:
		return diag.Pass, seen
	case policy.Deny:
		return diag.Fail, seen
	}
	return diag.Unknown, seen
}
