package estate

import (
	"fmt"
	"regexp"
	"strings"
)

// AccountID is an AWS account number of twelve digits.
type AccountID string

// Region is the code of an AWS Region, such as us-east-1.
type Region string

// KeyID is the id of a KMS key: mrk- and 32 hexadecimal digits for a multi-Region key, else a UUID.
type KeyID string

// ARN is an Amazon Resource Name.
type ARN string

// InstanceARN names an Identity Center instance. It holds neither Region nor account.
type InstanceARN string

// UserID and GroupID are Identity Store identifiers; they are equal in all Regions of an instance.
type (
	UserID  string
	GroupID string
)

var (
	accountPattern  = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern   = regexp.MustCompile(`^([a-z]+-){2,3}[0-9]$`)
	instancePattern = regexp.MustCompile(`^arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$`)
	keyPattern      = regexp.MustCompile(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
)

// UnmarshalText refuses what is not twelve digits.
func (a *AccountID) UnmarshalText(b []byte) error {
	if !accountPattern.Match(b) {
		return fmt.Errorf("%q is no account id; it has twelve digits, in quotes", b)
	}
	*a = AccountID(b)
	return nil
}

// UnmarshalText refuses what cannot be a Region code. Whether the Region exists is the business of Regions.
func (r *Region) UnmarshalText(b []byte) error {
	if !regionPattern.Match(b) {
		return fmt.Errorf("%q is no AWS Region code such as us-east-1", b)
	}
	*r = Region(b)
	return nil
}

// UnmarshalText refuses what the Identity Center API would refuse (idc-kms 1.1).
func (i *InstanceARN) UnmarshalText(b []byte) error {
	if !instancePattern.Match(b) {
		return fmt.Errorf("%q is no Identity Center instance ARN such as arn:aws:sso:::instance/ssoins-1234567890abcdef", b)
	}
	*i = InstanceARN(b)
	return nil
}

// UnmarshalText refuses aliases and anything else that is no key id.
func (k *KeyID) UnmarshalText(b []byte) error {
	if !keyPattern.Match(b) {
		return fmt.Errorf("%q is no KMS key id", b)
	}
	*k = KeyID(b)
	return nil
}

// KeyARN names the copy of a key in one Region.
func KeyARN(region Region, account AccountID, id KeyID) ARN {
	return ARN(fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", region, account, id))
}

// Split gives the six colon parts of the ARN; ok is false when it is none.
func (a ARN) Split() (parts [6]string, ok bool) {
	p := strings.SplitN(string(a), ":", 6)
	if len(p) != 6 || p[0] != "arn" {
		return parts, false
	}
	return [6]string(p), true
}

// KeyID is the key id at the end of a key ARN; empty for another ARN.
func (a ARN) KeyID() KeyID {
	p, ok := a.Split()
	if !ok || p[2] != "kms" {
		return ""
	}
	return KeyID(strings.TrimPrefix(p[5], "key/"))
}

// Region is the ARN's Region; empty when it has none.
func (a ARN) Region() Region {
	p, _ := a.Split()
	return Region(p[3])
}

// Account is the ARN's account; empty when it has none.
func (a ARN) Account() AccountID {
	p, _ := a.Split()
	return AccountID(p[4])
}

// IdentityStoreARN names an Identity Store as KMS encryption contexts do (idc-kms 3.5).
func IdentityStoreARN(owner AccountID, id string) ARN {
	return ARN(fmt.Sprintf("arn:aws:identitystore::%s:identitystore/%s", owner, id))
}
