package ssoadmin

import (
	"encoding/json"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// seat is an instance as a call finds it.
type seat struct {
	estate.Instance
	own  bool // of the caller's account alone; else it is the organization's
	path []string
}

func (s seat) at(more ...string) []string { return append(slices.Clip(s.path), more...) }

// edit changes the instance in the state.
func (s seat) edit(r *kernel.Request, change func(*estate.Instance)) {
	if !s.own {
		kernel.Edit(&r.Estate().IdentityCenter, change)
		return
	}
	kernel.EditAt(r.Estate().Accounts, s.Owner, func(a *estate.Account) { kernel.Edit(&a.AccountInstance, change) })
}

// ofOrganization is the organization's instance; ok is false when there is none.
func ofOrganization(r *kernel.Request) (s seat, ok bool, err error) {
	i, ok, err := kernel.Need(r.Estate().IdentityCenter, "identity_center")
	return seat{Instance: i, path: []string{"identity_center"}}, ok, err
}

// ofAccount is the instance of the caller's account; where a world does not speak of one, there is none.
func ofAccount(r *kernel.Request) (s seat, ok bool, err error) {
	known := r.Estate().Accounts[r.Account].AccountInstance
	if known.IsZero() {
		return s, false, nil
	}
	path := []string{"accounts", string(r.Account), "account_instance"}
	i, ok, err := kernel.Need(known, path...)
	return seat{Instance: i, own: true, path: path}, ok, err
}

// find looks an instance up; without an ARN it is the organization's. A deleted instance is answered with AccessDenied in AWS too
// (idc-kms 1.2).
func find(r *kernel.Request, arn estate.InstanceARN) (seat, error) {
	org, ok, unknown := ofOrganization(r)
	if ok && (arn == "" || arn == org.ARN) {
		return org, nil
	}
	own, ok, err := ofAccount(r)
	switch {
	case err == nil && ok && arn == own.ARN:
		return own, nil
	case unknown != nil:
		return own, unknown
	case err != nil:
		return own, err
	}
	return own, denied("there is no instance %s", arn)
}

// active reports whether this Region hosts the instance: the primary and every Region that is ACTIVE.
func (s seat) active(r *kernel.Request) (bool, error) {
	if r.Region == s.PrimaryRegion {
		return true, nil
	}
	regions, _, err := kernel.Need(s.Regions, s.at("regions")...)
	return regions[r.Region] == estate.RegionActive, err
}

// check refuses a call on an instance.
type check func(seat, *kernel.Request) error

func (s seat) pass(r *kernel.Request, checks ...check) error {
	for _, c := range checks {
		if err := c(s, r); err != nil {
			return err
		}
	}
	return nil
}

// hosted: elsewhere two projects saw AccessDenied; its text was not captured and is the twin's own (idc-kms 1.2).
func (s seat) hosted(r *kernel.Request) error {
	here, err := s.active(r)
	if err == nil && !here {
		err = denied("no Identity Center instance is hosted in %s", r.Region)
	}
	return err
}

// administered: the organization's instance belongs to the management account and its delegated administrators, who may do the same
// (idc-kms 1.5). Other accounts see it in lists and register applications; that they may do nothing else is INFERRED.
func (s seat) administered(r *kernel.Request) error {
	if r.Account == s.Owner {
		return nil
	}
	o, _, err := kernel.Need(r.Estate().Organization, "organization")
	if err != nil {
		return err
	}
	delegates, _, err := kernel.Need(o.DelegatedAdministrators, "organization", "delegated_administrators")
	if err == nil && !slices.Contains(delegates, r.Account) {
		err = denied("the account %s does not administer the instance %s", r.Account, s.ARN)
	}
	return err
}

// atHome: AWS serves it in the primary Region only (idc-kms 1.7). Elsewhere the error's type is INFERRED, its wording the twin's own.
func (s seat) atHome(r *kernel.Request) error {
	if r.Region != s.PrimaryRegion {
		return denied("sso:%s is served in the primary Region %s only, not in %s", r.Operation, s.PrimaryRegion, r.Region)
	}
	return nil
}

// readable: the caller may use the key for what the instance holds.
func (s seat) readable(r *kernel.Request) error {
	return s.decrypt(r, r.Caller.Through("sso"))
}

func (s seat) decrypt(r *kernel.Request, as kernel.Caller) error {
	return r.Decrypt(as, s.encryptedNow(r), map[string]string{"aws:sso:instance-arn": string(s.ARN)}, reasons)
}

// itself is Identity Center acting for the instance.
func (s seat) itself() kernel.Caller {
	return kernel.ServicePrincipal("sso", s.Owner, estate.ARN(s.ARN))
}

// encryptedNow is the instance with the key that is in use: during a change, the one before (INFERRED; idc-kms 1.2 says so of a
// change that fails).
func (s seat) encryptedNow(r *kernel.Request) estate.Instance {
	i := s.Instance
	for _, e := range r.Pending(eventEncryptionSet, string(s.ARN)) {
		var before estate.Encryption
		if json.Unmarshal([]byte(e.Data), &before) == nil {
			i.Encryption = estate.Of(before)
		}
	}
	return i
}

// onInstance is the beginning of operations on an instance as such; more is checked before KMS is asked.
func onInstance(r *kernel.Request, more ...check) (in input, s seat, err error) {
	if err = r.Decode(&in); err != nil {
		return in, s, err
	}
	if s, err = find(r, in.InstanceArn); err == nil {
		err = s.pass(r, append(append([]check{seat.hosted, seat.administered}, more...), seat.readable)...)
	}
	return in, s, err
}
