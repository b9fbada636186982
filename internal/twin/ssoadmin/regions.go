package ssoadmin

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

func (s seat) regionList(r *kernel.Request) ([]map[string]any, error) {
	regions, _, err := kernel.Need(s.Regions, s.at("regions")...)
	list := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(regions)) {
		list = append(list, s.region(r, name, regions[name]))
	}
	return list, err
}

// region is one Region as the API shows it. The estate holds no date of an additional Region; the instance's stands in.
func (s seat) region(r *kernel.Request, name estate.Region, state estate.ReplicaState) map[string]any {
	return map[string]any{"RegionName": name, "Status": state, "IsPrimaryRegion": name == s.PrimaryRegion, "AddedDate": s.created(r)}
}

func listRegions(r *kernel.Request) (any, error) {
	in, s, err := onInstance(r)
	if err != nil {
		return nil, err
	}
	list, err := s.regionList(r)
	if err != nil {
		return nil, err
	}
	return page(r, "Regions", list, in, 100)
}

// describeRegion answers at the instance's own Regions only (idc-kms 1.2).
func describeRegion(r *kernel.Request) (any, error) {
	in, s, err := onInstance(r)
	if err != nil {
		return nil, err
	}
	regions, _, err := kernel.Need(s.Regions, s.at("regions")...)
	name := estate.Region(in.RegionName)
	state, ok := regions[name]
	if err == nil && !ok {
		err = notEnabled(name)
	}
	return s.region(r, name, state), err
}

func notEnabled(region estate.Region) error {
	return kernel.Errorf("ResourceNotFoundException", "The Region %s is not enabled for this instance.", region)
}

// working is the Region with an unfinished workflow; empty when there is none.
func working(regions map[estate.Region]estate.ReplicaState) estate.Region {
	for _, name := range slices.Sorted(maps.Keys(regions)) {
		if regions[name] != estate.RegionActive {
			return name
		}
	}
	return ""
}

// addRegion begins the replication of the instance. Texts, and the types where idc-kms 1.2 does not give them, are INFERRED. So is
// that sso:AddRegion is the only action asked of the caller beside kms:Decrypt: AWS lists identitystore:AddRegion as dependent.
func addRegion(r *kernel.Request) (any, error) {
	in, s, err := onInstance(r, seat.atHome)
	if err != nil {
		return nil, err
	}
	to := estate.Region(in.RegionName)
	regions, _, err := kernel.Need(s.Regions, s.at("regions")...)
	if err == nil {
		err = s.mayReplicate(r, to, regions)
	}
	if err != nil {
		return nil, err
	}
	replica, err := s.keyFor(r, to)
	if err != nil {
		return nil, err
	}
	s.editRegions(r, func(all map[estate.Region]estate.ReplicaState) { all[to] = estate.RegionAdding })
	s.adding(r, to, replica)
	return map[string]any{"Status": estate.RegionAdding}, nil
}

// adding announces how an accepted AddRegion ends, if it does.
func (s seat) adding(r *kernel.Request, to estate.Region, replica bool) {
	switch outcome := r.Knobs().AddRegion; {
	case outcome == "stuck" || !replica:
	case outcome == "vanishes":
		s.later(r, estate.TimeRegionAdded, eventRegionVanish, to)
	default:
		s.later(r, estate.TimeRegionAdded, eventRegionAdded, to)
	}
}

func (s seat) later(r *kernel.Request, takes estate.TimeKey, kind string, region estate.Region) {
	r.After(r.Takes(takes), kernel.Event{Kind: kind, Account: s.Owner, Region: s.PrimaryRegion, Subject: string(region)})
}

// mayReplicate: an organization instance whose people do not come from Active Directory, to a Region that is enabled by default
// (idc-kms 1.5). Where a world does not say where the people come from, that is no obstacle.
func (s seat) mayReplicate(r *kernel.Request, to estate.Region, regions map[estate.Region]estate.ReplicaState) error {
	enc, _, err := kernel.Need(s.Encryption, s.at("encryption")...)
	_, present := regions[to]
	quota := r.Knobs().Regions
	switch {
	case err != nil:
		return err
	case s.own:
		return invalid("Account instances of IAM Identity Center cannot be replicated to additional Regions.")
	case r.Account != s.Owner && r.Knobs().DelegatedAddRegion == "refused":
		return denied("sso:AddRegion is refused to delegated administrators in this world")
	case s.IdentitySource.Or("") == estate.SourceActiveDirectory:
		return invalid("An instance with Active Directory as identity source cannot be replicated to additional Regions.")
	case !slices.Contains(estate.Regions().DefaultEnabled, to):
		return invalid("The Region %q is not supported for replication.", to)
	case present:
		return conflict("The Region %s is added already.", to)
	case working(regions) != "":
		return conflict("Another workflow is in progress for the Region %s.", working(regions))
	case enc.Status == estate.EncryptionUpdating:
		return conflict("The encryption configuration of the instance is being updated.")
	case quota > 0 && len(regions) >= quota:
		return kernel.Errorf("ServiceQuotaExceededException", "The instance has the most Regions that it may have: %d.", quota)
	}
	return nil
}

// keyFor makes sure of the key: customer managed, multi-Region and usable by both services at home. Of the new Region's copy only
// the state counts, whatever its policy says: the runbook's Region became ACTIVE over the policy that KMS gives by default. replica
// is false when there is no such copy and the world lets the call be accepted all the same.
func (s seat) keyFor(r *kernel.Request, to estate.Region) (replica bool, err error) {
	enc, _, err := kernel.Need(s.Encryption, s.at("encryption")...)
	if err != nil {
		return false, err
	}
	if enc.KeyType != estate.CustomerManagedKey {
		return false, invalid("The instance must be encrypted with a customer managed multi-Region key.")
	}
	key, known := r.Estate().Accounts[enc.KeyARN.Account()].Keys[enc.KeyARN.KeyID()]
	switch {
	case !known:
		return false, kernel.DoesNotKnow("accounts", string(enc.KeyARN.Account()), "keys", string(enc.KeyARN.KeyID()))
	case !key.MultiRegion:
		return false, invalid("The key %s is not a multi-Region key.", enc.KeyARN)
	}
	for _, p := range s.parties(holding) {
		if err := ask(r, p.itself, enc.KeyARN, p.context, "DescribeKey", "Decrypt", "ReEncrypt"); err != nil {
			return false, refused(err)
		}
	}
	replica, err = replicated(r, enc.KeyARN, to)
	if err == nil && !replica && r.Knobs().MissingReplica != "stuck" {
		err = missingReplica(enc.KeyARN, to)
	}
	return replica, err
}

func missingReplica(key estate.ARN, region estate.Region) error {
	return invalid("The key %s has no enabled replica in %s.", key, region)
}

// replicated reports whether the key has an enabled copy in the Region. A key of which a copy was seen has no others than the listed
// ones, because DescribeKey names all of them (idc-kms 2.1).
func replicated(r *kernel.Request, arn estate.ARN, region estate.Region) (bool, error) {
	copied, listed := r.Estate().Accounts[arn.Account()].Keys[arn.KeyID()].Copies[region]
	if !listed {
		return false, nil
	}
	c, ok, err := kernel.Need(copied, "accounts", string(arn.Account()), "keys", string(arn.KeyID()), "copies", string(region))
	return ok && c.State == estate.KeyEnabled, err
}

// removeRegion begins to take a Region away. Applications made there stay in the lists and work again when the Region is back
// (idc-kms 1.2, 1.7).
func removeRegion(r *kernel.Request) (any, error) {
	in, s, err := onInstance(r, seat.atHome)
	if err != nil {
		return nil, err
	}
	gone := estate.Region(in.RegionName)
	regions, _, err := kernel.Need(s.Regions, s.at("regions")...)
	_, present := regions[gone]
	switch {
	case err != nil:
		return nil, err
	case gone == s.PrimaryRegion:
		return nil, invalid("The primary Region %s cannot be removed.", s.PrimaryRegion)
	case !present:
		return nil, notEnabled(gone)
	case working(regions) != "":
		return nil, conflict("Another workflow is in progress for the Region %s.", working(regions))
	}
	s.editRegions(r, func(all map[estate.Region]estate.ReplicaState) { all[gone] = estate.RegionRemoving })
	s.later(r, estate.TimeRegionRemoved, eventRegionRemoved, gone)
	return map[string]any{"Status": estate.RegionRemoving}, nil
}

func regionAdded(r *kernel.Request, e kernel.Event) error {
	s, _, err := ofOrganization(r)
	if err == nil {
		s.editRegions(r, func(all map[estate.Region]estate.ReplicaState) { all[estate.Region(e.Subject)] = estate.RegionActive })
	}
	return err
}

func regionGone(r *kernel.Request, e kernel.Event) error {
	s, _, err := ofOrganization(r)
	if err == nil {
		s.editRegions(r, func(all map[estate.Region]estate.ReplicaState) { delete(all, estate.Region(e.Subject)) })
	}
	return err
}

func (s seat) editRegions(r *kernel.Request, change func(map[estate.Region]estate.ReplicaState)) {
	s.edit(r, func(i *estate.Instance) {
		all := i.Regions.Or(map[estate.Region]estate.ReplicaState{})
		change(all)
		i.Regions = estate.Of(all)
	})
}
