package kms

import (
	"encoding/base64"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/policy"
	"rehome/internal/twin/kernel"
)

// eventGrantVisible ends the time in which a new grant works with its token only. Subject: key ARN; Data: grant id.
const eventGrantVisible = "kms/grant-visible"

// grantable are the operations that a grant on a symmetric key can permit (AWS KMS API reference, CreateGrant).
var grantable = []string{"CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
	"GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo", "RetireGrant"}

type constraints struct {
	Equals    map[string]string `json:"EncryptionContextEquals,omitempty"`
	Subset    map[string]string `json:"EncryptionContextSubset,omitempty"`
	SourceARN estate.ARN        `json:"SourceArn,omitempty"`
}

type grantInput struct {
	KeyID                    string `json:"KeyId"`
	GranteePrincipal         string
	GranteeServicePrincipal  string
	RetiringPrincipal        string
	RetiringServicePrincipal string
	Operations               []string
	Constraints              constraints
	Name                     string
	DryRun                   bool

	GrantID    string `json:"GrantId"` // of the operations on grants that exist
	GrantToken string
	Limit      int
	Marker     string
}

func decodeGrant(r *kernel.Request) (in grantInput, err error) {
	return in, r.Decode(&in)
}

// grant is what the estate holds of it; what is allowed in it is checked against the CreateGrant page of the AWS KMS API reference.
// AWS's wordings are not known.
func (in grantInput) grant(r *kernel.Request, t target) (estate.Grant, error) {
	g := estate.Grant{Name: in.Name, Grantee: in.GranteePrincipal, Service: in.GranteeServicePrincipal, Retiring: in.RetiringPrincipal + in.RetiringServicePrincipal,
		Operations: slices.Compact(slices.Sorted(slices.Values(in.Operations))), SourceARN: in.Constraints.SourceARN,
		Equals: in.Constraints.Equals, Subset: in.Constraints.Subset}
	switch {
	case len(in.Operations) == 0:
		return g, invalid("Value '[]' at 'operations' failed to satisfy constraint: Member must not be empty")
	case slices.ContainsFunc(in.Operations, func(o string) bool { return !slices.Contains(grantable, o) }):
		return g, invalid("Value '%v' at 'operations' failed to satisfy constraint: a grant on a symmetric key cannot permit all of these", in.Operations)
	case (g.Grantee == "") == (g.Service == ""):
		return g, invalid("Value at 'granteePrincipal' failed to satisfy constraint: give either GranteePrincipal or GranteeServicePrincipal")
	case in.RetiringPrincipal != "" && in.RetiringServicePrincipal != "":
		return g, invalid("Value at 'retiringPrincipal' failed to satisfy constraint: give either RetiringPrincipal or RetiringServicePrincipal")
	case g.Service != "" && (g.SourceARN == "" || g.Retiring == ""):
		return g, invalid("Value at 'granteeServicePrincipal' failed to satisfy constraint: a service needs the constraint SourceArn and a retiring principal")
	case len(g.Equals)+len(g.Subset) > 8:
		return g, invalid("Value at 'constraints' failed to satisfy constraint: Member must have length less than or equal to 8")
	}
	for _, name := range []string{in.GranteePrincipal, in.RetiringPrincipal} {
		if name != "" && (!strings.HasPrefix(name, "arn:") || !t.principals(r).exists(name)) {
			return g, kernel.Errorf("InvalidArnException", "%s is not a principal", name)
		}
	}
	return g, nil
}

// createGrant with a name and otherwise equal members gives the grant that is there (AWS KMS API reference, CreateGrant).
func createGrant(r *kernel.Request) (any, error) {
	in, err := decodeGrant(r)
	if err != nil {
		return nil, err
	}
	t, err := find(r, in.KeyID)
	if err != nil {
		return nil, err
	}
	q := question{target: t, action: "kms:CreateGrant", context: in.Constraints.pairs(), conditions: in.conditions()}
	v, err := q.decide(r)
	if err != nil {
		return nil, err
	}
	if err := t.state(delegate); err != nil {
		return nil, err
	}
	g, err := in.grant(r, t)
	if err == nil && v.Layer == policy.LayerGrant {
		err = t.within(r, g, v.Statement)
	}
	if err == nil && in.DryRun {
		err = dryRun()
	}
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(t.copy.Grants)) {
		if g.Name != "" && reflect.DeepEqual(t.copy.Grants[id], g) {
			return map[string]string{"GrantId": id, "GrantToken": grantToken(id)}, nil
		}
	}
	id := kernel.ID("grant", r.Title()+"/"+t.arn(), strconv.Itoa(r.Count("grants made on "+t.arn())))
	t.change(r, func(c *estate.KeyCopy) {
		c.Grants = maps.Clone(c.Grants)
		if c.Grants == nil {
			c.Grants = map[string]estate.Grant{}
		}
		c.Grants[id] = g
	})
	if lag := r.Takes(estate.TimePolicyVisible); lag > 0 {
		r.After(lag, kernel.Event{Kind: eventGrantVisible, Account: t.account, Subject: t.arn(), Data: id})
	}
	return map[string]string{"GrantId": id, "GrantToken": grantToken(id)}, nil
}

// within refuses a grant that would permit more than the grant by which its maker may make it (AWS KMS API reference, CreateGrant).
// A grant that names an encryption context is not judged for making others: its verdict is unknown.
func (t target) within(r *kernel.Request, g estate.Grant, id string) error {
	for _, o := range g.Operations {
		if !slices.Contains(t.copy.Grants[id].Operations, o) {
			return kernel.AccessDenied(r.Caller, "kms:CreateGrant", t.arn(), policy.ReasonNoResourceAllow)
		}
	}
	return nil
}

// conditions are the condition keys of CreateGrant ("AWS KMS condition keys").
func (in grantInput) conditions() conditions {
	c := conditions{"kms:GrantOperations": in.Operations, "kms:GrantIsForAWSResource": {"false"}, "kms:GranteePrincipal": given(in.GranteePrincipal),
		"kms:RetiringPrincipal": given(in.RetiringPrincipal), "kms:GrantConstraintType": {}}
	if len(in.Constraints.Equals) > 0 {
		c["kms:GrantConstraintType"] = []string{"EncryptionContextEquals"}
	} else if len(in.Constraints.Subset) > 0 {
		c["kms:GrantConstraintType"] = []string{"EncryptionContextSubset"}
	}
	return c
}

func given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// pairs is the encryption context of a CreateGrant call: that of its constraints; nil when it has none (idc-kms 4.5).
func (c constraints) pairs() map[string]string {
	if len(c.Equals) > 0 {
		return c.Equals
	}
	return c.Subset
}

func grantToken(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("rehome twin grant " + id))
}

func grantOf(token string) string {
	text, _ := base64.RawURLEncoding.DecodeString(token)
	id, _ := strings.CutPrefix(string(text), "rehome twin grant ")
	return id
}

// grants are those that decide now: whose time has come, or whose token the call brings.
func (t target) grants(r *kernel.Request) []policy.Grant {
	if len(t.copy.Grants) == 0 {
		return nil
	}
	var call struct{ GrantTokens []string }
	_ = r.Decode(&call) // a request of the wrong shape was refused before
	hidden := map[string]bool{}
	for _, e := range r.Pending(eventGrantVisible, t.arn()) {
		hidden[e.Data] = !slices.Contains(call.GrantTokens, grantToken(e.Data))
	}
	var out []policy.Grant
	for _, id := range slices.Sorted(maps.Keys(t.copy.Grants)) {
		if g := t.copy.Grants[id]; !hidden[id] {
			out = append(out, policy.Grant{ID: id, GranteePrincipal: g.Grantee, GranteeServicePrincipal: g.Service, Operations: g.Operations,
				Constraints: policy.GrantConstraints{EncryptionContextEquals: g.Equals, EncryptionContextSubset: g.Subset, SourceArn: string(g.SourceARN)}})
		}
	}
	return out
}

type grantEntry struct {
	KeyID                    string `json:"KeyId"`
	GrantID                  string `json:"GrantId"`
	Name                     string `json:",omitempty"`
	CreationDate             kernel.Timestamp
	GranteePrincipal         string `json:",omitempty"`
	GranteeServicePrincipal  string `json:",omitempty"`
	RetiringPrincipal        string `json:",omitempty"`
	RetiringServicePrincipal string `json:",omitempty"`
	IssuingAccount           string
	Operations               []string
	Constraints              constraints
}

// listGrants gives no dates of its own: the estate holds none, and the twin's first instant stands for them.
func listGrants(r *kernel.Request) (any, error) {
	in, err := decodeGrant(r)
	if err != nil {
		return nil, err
	}
	t, err := open(r, in.KeyID, read, nil)
	if err != nil {
		return nil, err
	}
	all := []grantEntry{}
	for _, id := range slices.Sorted(maps.Keys(t.copy.Grants)) {
		g := t.copy.Grants[id]
		if in.GrantID != "" && in.GrantID != id || in.GranteePrincipal != "" && in.GranteePrincipal != g.Grantee ||
			in.GranteeServicePrincipal != "" && in.GranteeServicePrincipal != g.Service {
			continue
		}
		e := grantEntry{KeyID: t.arn(), GrantID: id, Name: g.Name, CreationDate: kernel.Timestamp(r.Started()), GranteePrincipal: g.Grantee,
			GranteeServicePrincipal: g.Service, IssuingAccount: "arn:aws:iam::" + string(t.account) + ":root", Operations: g.Operations,
			Constraints: constraints{g.Equals, g.Subset, g.SourceARN}}
		if e.RetiringPrincipal = g.Retiring; serviceName.MatchString(g.Retiring) {
			e.RetiringPrincipal, e.RetiringServicePrincipal = "", g.Retiring
		}
		all = append(all, e)
	}
	return listed(r, "Grants", all, in.Marker, in.Limit, 50) // page size: idc-kms 9.4
}

var serviceName = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com$`)

func revokeGrant(r *kernel.Request) (any, error) {
	in, err := decodeGrant(r)
	if err != nil {
		return nil, err
	}
	t, err := open(r, in.KeyID, read, nil)
	if err != nil {
		return nil, err
	}
	return nil, t.drop(r, in.GrantID, in.DryRun)
}

// retireGrant is for those whom the grant itself names: its retiring principal, and its grantee when the grant permits it. Of the key's
// account, those may whom their identity policies allow it (INFERRED from "the account in which the grant is created").
func retireGrant(r *kernel.Request) (any, error) {
	in, err := decodeGrant(r)
	if err != nil {
		return nil, err
	}
	t, id := target{}, in.GrantID
	if in.GrantToken != "" {
		id = grantOf(in.GrantToken)
		t, err = holding(r, id)
	} else {
		t, err = find(r, in.KeyID)
	}
	if err != nil {
		return nil, err
	}
	g, exists := t.copy.Grants[id]
	named := g.Retiring != "" && isCaller(r.Caller, g.Retiring) ||
		slices.Contains(g.Operations, "RetireGrant") && isCaller(r.Caller, g.Grantee+g.Service)
	switch {
	case !exists:
		return nil, noGrant(id)
	case !named && r.Account != t.account:
		return nil, kernel.Errorf("AccessDeniedException", "%s is not authorized to perform: kms:RetireGrant on resource: %s", r.Caller, t.arn())
	case !named:
		err = r.Authorize("kms:RetireGrant", t.arn(), r.PolicyContext(t.account))
	}
	if err != nil {
		return nil, err
	}
	return nil, t.drop(r, id, in.DryRun)
}

// holding finds the key that has a grant, as a token does not name it.
func holding(r *kernel.Request, grant string) (target, error) {
	for account, a := range r.Estate().Accounts {
		for id, key := range a.Keys {
			c, _ := key.Copies[r.Region].Get()
			if _, ok := c.Grants[grant]; ok {
				return target{account: account, region: r.Region, id: id, key: key, copy: c}, nil
			}
		}
	}
	return target{}, kernel.Errorf("InvalidGrantTokenException", "The grant token is not one of this Region.")
}

// isCaller reports whether a grant means the caller by a name: an ARN of a role, a session or an account, or a service.
func isCaller(c kernel.Caller, name string) bool {
	p := c.Principal
	if c.IsService() {
		return name == p.Service
	}
	return name == p.ARN || name == p.RoleARN || name == "arn:aws:iam::"+p.Account+":root"
}

func noGrant(id string) *kernel.Error {
	return kernel.Errorf("NotFoundException", "Grant ID %s not found", id)
}

func (t target) drop(r *kernel.Request, id string, dry bool) error {
	if _, ok := t.copy.Grants[id]; !ok {
		return noGrant(id)
	}
	if dry {
		return dryRun()
	}
	t.change(r, func(c *estate.KeyCopy) {
		c.Grants = maps.Clone(c.Grants)
		delete(c.Grants, id)
	})
	return nil
}
