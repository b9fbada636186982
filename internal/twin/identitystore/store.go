package identitystore

import (
	"encoding/json"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// store is what the operations see: the people of an instance as this Region knows them.
type store struct {
	estate.Instance
	own    bool // of the caller's account alone; else it is the organization's
	path   []string
	users  map[estate.UserID]estate.User
	groups map[estate.GroupID]estate.Group
}

func (s store) arn() string { return string(estate.IdentityStoreARN(s.Owner, s.IdentityStoreID)) }

func (s store) at(more ...string) []string { return append(append([]string{}, s.path...), more...) }

func (s store) named(id string) bool { return id == s.IdentityStoreID || id == s.arn() }

// find looks a store up by id or ARN: the organization's, or that of the account's own instance.
func find(r *kernel.Request, id string) (store, bool, error) {
	i, ok, err := kernel.Need(r.Estate().IdentityCenter, "identity_center")
	org := store{Instance: i, path: []string{"identity_center"}}
	if ok && org.named(id) {
		return org, true, nil
	}
	own, ok := r.Estate().Accounts[r.Account].AccountInstance.Get()
	s := store{Instance: own, own: true, path: []string{"accounts", string(r.Account), "account_instance"}}
	if ok && s.named(id) {
		return s, true, nil
	}
	return s, false, err
}

// hosted reports whether this Region hosts the instance: the primary and every Region that is ACTIVE.
func (s store) hosted(r *kernel.Request) (bool, error) {
	if r.Region == s.PrimaryRegion {
		return true, nil
	}
	regions, _, err := kernel.Need(s.Regions, s.at("regions")...)
	return regions[r.Region] == estate.RegionActive, err
}

// open is the common beginning: the named store is readable in this Region, and the key may be used.
func open(r *kernel.Request) (in input, s store, err error) {
	if err = r.Decode(&in); err != nil {
		return in, s, err
	}
	s, ok, err := find(r, in.IdentityStoreId)
	if err == nil && ok {
		ok, err = s.hosted(r)
	}
	if err == nil && !ok {
		err = notFound("IDENTITY_STORE", in.IdentityStoreId)
	}
	if err == nil {
		err = r.Decrypt(r.Caller.Through("identitystore"), s.encryptedNow(r), s.context(), reasons)
	}
	if err != nil {
		return in, s, err
	}
	if s.users, _, err = kernel.Need(s.Users, s.at("users")...); err == nil {
		s.groups, _, err = kernel.Need(s.Groups, s.at("groups")...)
	}
	if err == nil && r.Region != s.PrimaryRegion {
		err = s.asSeen(r)
	}
	return in, s, err
}

func (s store) context() map[string]string {
	return map[string]string{"aws:identitystore:identitystore-arn": s.arn()}
}

// encryptedNow is the instance with the key that is in use: while sso-admin changes it, the one before (INFERRED).
func (s store) encryptedNow(r *kernel.Request) estate.Instance {
	i := s.Instance
	for _, e := range r.Pending("sso-admin/encryption-set", string(s.ARN)) {
		var before estate.Encryption
		if json.Unmarshal([]byte(e.Data), &before) == nil {
			i.Encryption = estate.Of(before)
		}
	}
	return i
}

// writable is open for changes, which only the primary Region takes (idc-kms 1.7; the error's type is INFERRED, its wording the twin's
// own). The Identity Store encrypts what is new as itself (idc-kms 9.6).
func writable(r *kernel.Request) (in input, s store, err error) {
	in, s, err = open(r)
	if err == nil && r.Region != s.PrimaryRegion {
		err = kernel.Errorf("AccessDeniedException", "twin: the Identity Store is read-only in %s; its primary Region is %s", r.Region, s.PrimaryRegion)
	}
	if err == nil && in.Revision != "" && in.Revision != revision {
		err = kernel.Errorf("ConflictException", "The revision %s is not the current one.", in.Revision).With("Reason", "CONCURRENT_MODIFICATION")
	}
	enc, ok := s.encryptedNow(r).Encryption.Get()
	if err != nil || !ok || enc.KeyType != estate.CustomerManagedKey {
		return in, s, err
	}
	itself := kernel.ServicePrincipal("identitystore", s.Owner, estate.ARN(s.arn()))
	err = r.Call(itself, "kms", r.Region, "GenerateDataKeyWithoutPlaintext",
		map[string]any{"KeyId": enc.KeyARN, "KeySpec": "AES_256", "EncryptionContext": s.context()}, nil)
	if e, ok := err.(*kernel.Error); ok {
		if w, known := reasons[e.Code]; known {
			err = kernel.Errorf(w.Code, "%s", e.Message).With("Reason", w.Reason)
		}
	}
	return in, s, err
}
