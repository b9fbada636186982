package needs

import (
	"cmp"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Hands are the accounts and things that whoever runs rehome works on.
type Hands struct {
	Management    estate.AccountID // it holds the key
	Administrator estate.AccountID // Identity Center is administered from there; the management account where nobody is delegated
	Quick         estate.AccountID
	Instance      estate.InstanceARN // empty: not known yet
	StoreID       string             // empty: not known yet
	Key           estate.KeyID       // empty: not made yet
	Home, Target  estate.Region
	Pro           bool // the new account is an ENTERPRISE_AND_Q one
	Federated     bool // the path is federation: nothing of Identity Center or its key is touched
}

// Right is one IAM action that whoever runs rehome needs in an account.
type Right struct {
	Account estate.AccountID
	Action  string
	// Resources are as narrow as AWS admits, as a policy names them.
	Resources []string
	// Probe is one concrete ARN to ask AWS's simulator about; "*" where the action knows no resource.
	Probe  string
	Region estate.Region // where the call goes
	Kind   string        // the kind of step that needs it, or KindSurvey, KindUndo
	Why    string
	Source diag.Source
}

// The kinds of work that are no kinds of step.
const (
	KindSurvey = "survey" // looking; every step looks, too
	KindUndo   = "undo"   // taking back what rehome itself may take back
	// KindByHand is what the printed steps ask a person to do, such as deleting a key; rehome never does it.
	KindByHand = "by-hand"
)

// hand says in which account a row's actions are called.
type hand int

const (
	keyHolder hand = iota // the management account
	administering
	quicks
	everyone // each account that rehome has credentials for
)

// thing says what a row's actions are about.
type thing int

const (
	anything thing = iota
	keyThing
	instanceThing
	storeThing
	applicationThing
	issuerThing // a trusted token issuer
	serviceRole // that KMS needs for keys of several Regions
	callerThing
)

type rightRow struct {
	kind    string
	hand    hand
	thing   thing
	actions []string
	why     string
	source  diag.Source
	pro     bool // only for the Pro edition
}

// Rights lists the actions that the kinds of work need, in the order of the table; each account's action once per kind. Kinds that need
// nothing beyond looking are not in the table.
func Rights(h Hands, kinds ...string) []Right {
	var out []Right
	for _, row := range rightRows {
		if !slices.Contains(kinds, row.kind) || row.pro && !h.Pro || h.Federated && row.identity() {
			continue
		}
		for _, action := range row.actions {
			for _, account := range h.accounts(row.hand) {
				r := Right{Account: account, Action: action, Kind: row.kind, Why: row.why, Source: row.source, Region: h.region(row)}
				r.Resources, r.Probe = h.resources(row.thing, r.Account)
				if r.Account != "" && !slices.ContainsFunc(out, func(o Right) bool { return o.Account == r.Account && o.Action == r.Action && o.Kind == r.Kind }) {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

// RightKinds are all kinds of work of the table, in its order.
func RightKinds() []string {
	var out []string
	for _, row := range rightRows {
		if !slices.Contains(out, row.kind) {
			out = append(out, row.kind)
		}
	}
	return out
}

// identity reports whether a row is about Identity Center or its key.
func (r rightRow) identity() bool {
	return r.hand != quicks && r.hand != everyone || r.source == signUp
}

// accounts are those that a row is about, each once.
func (h Hands) accounts(who hand) []estate.AccountID {
	switch {
	case who != everyone:
		return []estate.AccountID{h.account(who)}
	case h.Federated:
		return []estate.AccountID{h.Quick}
	}
	out := []estate.AccountID{h.account(keyHolder), h.account(administering), h.account(quicks)}
	slices.Sort(out)
	return slices.Compact(out)
}

func (h Hands) account(who hand) estate.AccountID {
	switch who {
	case administering:
		return cmp.Or(h.Administrator, h.Management)
	case quicks:
		return h.Quick
	}
	return h.Management
}

// region is where the calls of a row go: Quick's to the target, the others home, but for services that have one Region.
func (h Hands) region(r rightRow) estate.Region {
	switch {
	case r.source == oneRegion:
		return "us-east-1" // where Organizations, Account Management and IAM are called (idc-kms 9.1)
	case r.hand == quicks || r.hand == everyone:
		return h.Target
	}
	return h.Home
}

// Placeholders for what does not exist yet, in probes: well-formed ids that nothing has.
const (
	noKey         = estate.KeyID("mrk-00000000000000000000000000000000")
	noInstance    = "ssoins-0000000000000000"
	noApplication = "apl-0000000000000000"
	noIssuer      = "tti-00000000-0000-0000-0000-000000000000"
)

func (h Hands) resources(t thing, account estate.AccountID) (policy []string, probe string) {
	instance := cmp.Or(string(h.Instance), "arn:aws:sso:::instance/"+noInstance)
	switch t {
	case keyThing:
		key := "key/*"
		if h.Key != "" {
			key = "key/" + string(h.Key)
		}
		return []string{"arn:aws:kms:*:" + string(h.Management) + ":" + key}, string(estate.KeyARN(h.Home, h.Management, cmp.Or(h.Key, noKey)))
	case instanceThing:
		return []string{cmp.Or(string(h.Instance), "arn:aws:sso:::instance/*")}, instance
	case storeThing:
		store := string(estate.IdentityStoreARN(h.Management, cmp.Or(h.StoreID, "*")))
		return []string{store, "arn:aws:identitystore:::user/*", "arn:aws:identitystore:::group/*", "arn:aws:identitystore:::membership/*"},
			string(estate.IdentityStoreARN(h.Management, cmp.Or(h.StoreID, "d-0000000000")))
	case applicationThing:
		return []string{"arn:aws:sso::*:application/*"}, "arn:aws:sso::" + string(h.Quick) + ":application/" + noInstance + "/" + noApplication
	case issuerThing:
		return []string{"arn:aws:sso::*:trustedTokenIssuer/*"}, "arn:aws:sso::" + string(h.Management) + ":trustedTokenIssuer/" + noInstance + "/" + noIssuer
	case serviceRole:
		role := "arn:aws:iam::" + string(account) + ":role/aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys"
		return []string{role}, role
	case callerThing:
		return []string{"arn:aws:iam::" + string(account) + ":role/*", "arn:aws:iam::" + string(account) + ":user/*"}, "arn:aws:iam::" + string(account) + ":role/rehome"
	}
	return []string{"*"}, "*"
}
