package ssoadmin

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// The state holds the token issuers as the primary Region has them. What the other Regions do not see yet is in the events that will make
// it visible: each holds the issuers that its change replaced, and a reading elsewhere takes the pending changes back, the last one first.

// replaced are issuers as they were before a change; nil: there was no such one.
type replaced map[estate.ARN]*estate.TrustedTokenIssuer

// changeIssuers changes the issuers, at once here and with the lag of other changes elsewhere (idc-kms 1.7).
func (s seat) changeIssuers(r *kernel.Request, change func(map[estate.ARN]estate.TrustedTokenIssuer)) error {
	old := s.TokenIssuers.Or(nil)
	now := maps.Clone(old)
	if now == nil {
		now = map[estate.ARN]estate.TrustedTokenIssuer{}
	}
	change(now)
	was := replaced{}
	for arn, t := range old {
		if after, there := now[arn]; !there || after != t {
			was[arn] = &t
		}
	}
	for arn := range now {
		if _, there := old[arn]; !there {
			was[arn] = nil
		}
	}
	if len(was) == 0 {
		return nil
	}
	text, err := json.Marshal(was)
	if err != nil {
		return err
	}
	replicated := len(s.Regions.Or(nil)) > 1
	s.edit(r, func(i *estate.Instance) {
		i.TokenIssuers = estate.Of(now)
		was.admit(i)
		if !replicated {
			was.forget(i)
		}
	})
	if replicated {
		number := len(r.Pending(eventIssuersVisible, string(s.ARN))) // events of one instant are sorted by their text
		r.After(r.Takes(estate.TimeIdentityVisible), kernel.Event{Kind: eventIssuersVisible, Account: s.Owner, Region: s.PrimaryRegion, Subject: string(s.ARN),
			Data: fmt.Sprintf("%06d %s", number, text)})
	}
	return nil
}

// issuersVisible: what a world says that a Region shows goes with what was deleted.
func issuersVisible(r *kernel.Request, e kernel.Event) error {
	s, _, err := ofOrganization(r)
	if err != nil {
		return err
	}
	was, err := parse(e)
	if err == nil {
		s.edit(r, was.forget)
	}
	return err
}

func parse(e kernel.Event) (was replaced, err error) {
	_, text, _ := strings.Cut(e.Data, " ")
	return was, json.Unmarshal([]byte(text), &was)
}

// admit lets the other Regions show new issuers, once they see the change.
func (was replaced) admit(i *estate.Instance) {
	for region, shown := range i.TokenIssuersAt {
		list, ok := shown.Get()
		for arn, t := range was {
			if ok && t == nil && !slices.Contains(list, arn) {
				list = slices.Sorted(slices.Values(append(slices.Clone(list), arn)))
				i.TokenIssuersAt[region] = estate.Of(list)
			}
		}
	}
}

// forget takes deleted issuers from the lists of the Regions that showed them.
func (was replaced) forget(i *estate.Instance) {
	now := i.TokenIssuers.Or(nil)
	for region, shown := range i.TokenIssuersAt {
		if list, ok := shown.Get(); ok {
			i.TokenIssuersAt[region] = estate.Of(slices.DeleteFunc(slices.Clone(list), func(arn estate.ARN) bool {
				_, changed := was[arn]
				_, there := now[arn]
				return changed && !there
			}))
		}
	}
}

// issuersSeen are the token issuers as the Region of the call has them.
func (s seat) issuersSeen(r *kernel.Request) (map[estate.ARN]estate.TrustedTokenIssuer, error) {
	all, _, err := kernel.Need(s.TokenIssuers, s.at("trusted_token_issuers")...)
	if err != nil || r.Region == s.PrimaryRegion {
		return all, err
	}
	seen := maps.Clone(all)
	for _, e := range slices.Backward(r.Pending(eventIssuersVisible, string(s.ARN))) {
		was, err := parse(e)
		if err != nil {
			return nil, err
		}
		for arn, t := range was {
			if t == nil {
				delete(seen, arn)
			} else {
				seen[arn] = *t
			}
		}
	}
	if shown, ok := s.TokenIssuersAt[r.Region].Get(); ok {
		maps.DeleteFunc(seen, func(arn estate.ARN, _ estate.TrustedTokenIssuer) bool { return !slices.Contains(shown, arn) })
	}
	return seen, nil
}
