package ssoadmin

import (
	"encoding/json"
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// underWay announces how the changes end that a world begins with. Since when they are under way no API tells, so they take their whole
// time from now.
func underWay(r *kernel.Request) error {
	i, ok := r.Estate().IdentityCenter.Get()
	if !ok {
		return nil
	}
	s := seat{Instance: i, path: []string{"identity_center"}}
	regions := s.Regions.Or(nil)
	for _, name := range slices.Sorted(maps.Keys(regions)) {
		switch regions[name] {
		case estate.RegionAdding:
			s.adding(r, name, s.acceptedWith(r, name))
		case estate.RegionRemoving:
			s.later(r, estate.TimeRegionRemoved, eventRegionRemoved, name)
		}
	}
	enc, _ := s.Encryption.Get()
	if enc.Status != estate.EncryptionUpdating {
		return nil
	}
	// What the data were under before is not to be seen any more; a change that fails stays with the key that it was to.
	data, err := json.Marshal(enc)
	if err == nil {
		r.After(r.Takes(estate.TimeEncryptionSet), kernel.Event{Kind: eventEncryptionSet, Account: s.Owner, Region: s.PrimaryRegion, Subject: string(s.ARN), Data: string(data)})
	}
	return err
}

// acceptedWith reports whether the key's copy in a Region that is being added is no obstacle. AddRegion was accepted before the world
// began; only where the world lets one without a copy hang does a missing copy matter.
func (s seat) acceptedWith(r *kernel.Request, to estate.Region) bool {
	enc, _ := s.Encryption.Get()
	if r.Knobs().MissingReplica != "stuck" || enc.KeyType != estate.CustomerManagedKey {
		return true
	}
	there, err := replicated(r, enc.KeyARN, to)
	return there || err != nil
}
