package app

import (
	"strings"

	"rehome/internal/check"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// encryptedWith is the key that Identity Center is encrypted with; zero when there is none or nobody looked.
func encryptedWith(e estate.Estate) (estate.KeyID, estate.Key) {
	inst, _ := e.IdentityCenter.Get()
	enc, _ := inst.Encryption.Get()
	id := enc.KeyARN.KeyID()
	return id, e.Accounts[enc.KeyARN.Account()].Keys[id]
}

func (a artist) key(r estate.Region) Part {
	p := Part{Title: "Encryption key"}
	inst, ok := a.estate.IdentityCenter.Get()
	if !ok {
		return blank(p, a.estate.IdentityCenter, "nothing to encrypt")
	}
	enc, ok := inst.Encryption.Get()
	if !ok {
		return blank(p, inst.Encryption, "no encryption is set")
	}
	if enc.KeyType != estate.CustomerManagedKey {
		return a.ownedByAWS(p, inst, r)
	}
	id := enc.KeyARN.KeyID()
	key, ok := a.estate.Accounts[enc.KeyARN.Account()].Keys[id]
	copied, listed := key.Copies[r]
	switch {
	case !ok:
		p.Lines = []string{"not looked at: the key's account could not be read"}
		return p
	case !listed && !key.MultiRegion && key.Primary != r:
		p.Sight, p.Lines = None, []string{"a single-Region key: it cannot be copied"}
		return p
	}
	c, ok := copied.Get()
	if !ok {
		return blank(p, copied, "no copy of the key")
	}
	switch {
	case !key.MultiRegion:
		p.Title = "Key, single-Region"
	case key.Primary == r:
		p.Title = "Key, multi-Region primary"
	default:
		p.Title = "Key, replica"
	}
	p.Sight, p.Lines = There, []string{a.name(id) + ", " + string(c.State)}
	subject := check.KeySubject(r, id)
	p.judge(a.findings, func(f diag.Finding) bool {
		return f.Subject == subject || strings.HasPrefix(f.Subject, subject+"/")
	})
	if p.Verdict == "pass" {
		p.Judged = "its own policy admits every documented caller"
	}
	return p
}

// ownedByAWS draws the key that AWS holds itself: it is wherever Identity Center is, and has no policy that anybody could set.
func (a artist) ownedByAWS(p Part, inst estate.Instance, r estate.Region) Part {
	_, enabled := inst.Regions.Or(nil)[r]
	switch {
	case enabled || inst.PrimaryRegion == r:
		p.Sight, p.Title, p.Lines = There, "Key, owned by AWS", []string{"no policy to set; it rules out further Regions"}
	case !inst.Regions.IsKnown():
		return blank(p, inst.Regions, "")
	default:
		p.Sight, p.Lines = None, []string{"no key of this instance"}
	}
	return p
}

// name tells the key from another; the id of a key that only a twin has made means nothing.
func (a artist) name(id estate.KeyID) string {
	if id == a.invented {
		return "a new key"
	}
	return short(id)
}

// short is enough of a key's id to tell it from another.
func short(id estate.KeyID) string {
	if len(id) > 16 {
		return string(id[:8]) + "..." + string(id[len(id)-4:])
	}
	return string(id)
}

// judge takes the worst verdict of the blocking findings about the part, in the words of the first that is no consequence of another.
func (p *Part) judge(all []diag.Finding, about func(diag.Finding) bool) {
	worst := diag.Finding{}
	found := false
	for _, f := range all {
		if f.Severity != diag.Block || !about(f) {
			continue
		}
		if !found || weight(f) > weight(worst) {
			worst, found = f, true
		}
	}
	if found {
		p.Verdict, p.Judged = worst.Status.String(), worst.Title
	}
}

// weight orders findings for a verdict: a failure before a doubt before a pass, a root before its consequences.
func weight(f diag.Finding) int {
	w := 2 * [...]int{diag.Unknown: 1, diag.Pass: 0, diag.Fail: 2}[f.Status]
	if f.CausedBy == "" {
		w++
	}
	return w
}
