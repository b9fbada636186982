// Package kms is the twin's AWS Key Management Service: keys with a policy and a state of their own in each Region, replicas, and
// encryption that works. It authorizes by itself, with the key policy of the Region of the call, and keeps evidence of every
// question it decided. It must not know why anybody calls.
//
// Other services of the twin hold no ciphertext. For them Decrypt, ReEncrypt and Encrypt take the input member TwinProbe (true), on
// internal calls only: KeyId is then the key of the imagined ciphertext, and the answer, refusals and their wording included, is
// the one that AWS would give for it.
package kms

import (
	"regexp"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	eventReplicaCreated = "kms/replica-created" // Subject: key id
	eventPolicyVisible  = "kms/policy-visible"  // Subject: key ARN; Data: the policy that still decides
)

// Service is KMS for a kernel.
func Service() kernel.Service {
	s := kernel.Service{ID: "kms", IAM: "kms",
		Handlers: map[string]kernel.Handler{
			"CancelKeyDeletion":               cancelKeyDeletion,
			"CreateGrant":                     createGrant,
			"CreateKey":                       createKey,
			"Decrypt":                         decrypt,
			"DescribeKey":                     describeKey,
			"DisableKey":                      setState(estate.KeyDisabled),
			"EnableKey":                       setState(estate.KeyEnabled),
			"Encrypt":                         encrypt,
			"GenerateDataKey":                 generateDataKey,
			"GenerateDataKeyWithoutPlaintext": generateDataKey,
			"GetKeyPolicy":                    getKeyPolicy,
			"ListAliases":                     listAliases,
			"ListGrants":                      listGrants,
			"ListKeyPolicies":                 listKeyPolicies,
			"ListKeys":                        listKeys,
			"ListResourceTags":                listResourceTags,
			"PutKeyPolicy":                    putKeyPolicy,
			"ReEncrypt":                       reEncrypt,
			"ReplicateKey":                    replicateKey,
			"RetireGrant":                     retireGrant,
			"RevokeGrant":                     revokeGrant,
			"ScheduleKeyDeletion":             scheduleKeyDeletion,
			"TagResource":                     tagResource,
			"UntagResource":                   untagResource,
		},
		Events: map[string]kernel.EventHandler{
			eventDeleted:        deleted,
			eventGrantVisible:   nothing,
			eventPolicyVisible:  nothing,
			eventReplicaCreated: replicaCreated,
			eventReplicasGone:   nothing,
		},
		Actions: map[string][]string{},
	}
	for operation := range s.Handlers {
		switch operation {
		case "CreateKey", "ListKeys", "ListAliases": // decided by IAM only (idc-kms 4.1)
		default:
			s.Actions[operation] = nil
		}
	}
	return s
}

// nothing is left to do when a delay ends: what waited for it asks whether the event is still to come.
func nothing(*kernel.Request, kernel.Event) error { return nil }

// target is a key in the Region of a call.
type target struct {
	account estate.AccountID
	region  estate.Region
	id      estate.KeyID
	key     estate.Key
	copy    estate.KeyCopy
}

func (t target) arn() string { return string(estate.KeyARN(t.region, t.account, t.id)) }

// path is the place of the copy in the estate.
func (t target) path(more ...string) []string {
	return append([]string{"accounts", string(t.account), "keys", string(t.id), "copies", string(t.region)}, more...)
}

var (
	keyID  = regexp.MustCompile(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	keyARN = regexp.MustCompile(`^arn:aws:kms:([a-z0-9-]+):([0-9]{12}):(key|alias)/(.+)$`)
)

// find looks a key up by the KeyId of a request: an id of the caller's account or an ARN (idc-kms 2.6). There are no aliases.
func find(r *kernel.Request, name string) (target, error) {
	t := target{account: r.Account, region: r.Region, id: estate.KeyID(name)}
	alias := strings.HasPrefix(name, "alias/")
	if m := keyARN.FindStringSubmatch(name); m != nil {
		if m[1] != string(r.Region) {
			return t, kernel.Errorf("NotFoundException", "Invalid arn %s", m[1])
		}
		t.account, t.id, alias = estate.AccountID(m[2]), estate.KeyID(m[4]), m[3] == "alias"
	}
	switch {
	case name == "":
		return t, invalid("Value null at 'keyId' failed to satisfy constraint: Member must not be null")
	case alias:
		path := strings.TrimPrefix(string(t.id), "alias/")
		return t, kernel.Errorf("NotFoundException", "Alias arn:aws:kms:%s:%s:alias/%s is not found.", r.Region, t.account, path)
	case !keyID.MatchString(string(t.id)):
		return t, kernel.Errorf("NotFoundException", "Invalid keyId '%s'", t.id)
	}
	return load(r, t)
}

// load reads the key's copy in the Region. A key of which any copy was seen has no others than the listed ones, because DescribeKey
// names all of them (idc-kms 2.1).
func load(r *kernel.Request, t target) (target, error) {
	missing := kernel.Errorf("NotFoundException", "Key '%s' does not exist", t.arn())
	key, ok := r.Estate().Accounts[t.account].Keys[t.id]
	if !ok {
		return t, missing
	}
	t.key = key
	c, listed := key.Copies[t.region]
	if !listed && seen(key) {
		return t, missing
	}
	copied, ok, err := kernel.Need(c, t.path()...)
	if err == nil && !ok {
		err = missing
	}
	t.copy = copied
	return t, err
}

func seen(key estate.Key) bool {
	for _, c := range key.Copies {
		if c.IsKnown() {
			return true
		}
	}
	return false
}

// change writes the key's copy back.
func (t target) change(r *kernel.Request, edit func(*estate.KeyCopy)) {
	c := r.Estate().Accounts[t.account].Keys[t.id].Copies
	kernel.EditAt(c, t.region, func(k *estate.Known[estate.KeyCopy]) { kernel.Edit(k, edit) })
}

func invalid(format string, args ...any) *kernel.Error {
	return kernel.Errorf("ValidationException", "1 validation error detected: "+format, args...)
}
