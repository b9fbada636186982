// Package needs says what documentation requires of key policies: this caller, this action, in this Region, with this context,
// must be allowed. Checks, plans and repairs use it. The twin has a table of its own of what each operation does to KMS; the two
// must never import each other, and a test holds them against each other.
package needs

import (
	"cmp"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/policy"
)

// Facts are what the needs depend on.
type Facts struct {
	Instance     estate.Instance
	OrgID        string // empty when nobody knows it
	QuickAccount estate.AccountID
	Target       estate.Region    // the wanted identity Region of Quick
	Operator     policy.Principal // who runs rehome in the Quick account; zero when nobody is known
	// Administrator is who runs rehome where Identity Center is administered; zero when nobody is known, or when it is Operator.
	Administrator policy.Principal `json:",omitzero"`
}

// Need is one call that must be allowed by the key policy of one Region.
type Need struct {
	Code    string // catalogue row
	Caller  string // for people: "quicksight.amazonaws.com through identitystore"
	Service string // the service principal's short name; "operator" or "administrator" for a person
	Via     string // service through which the call comes; empty when direct
	Action  string
	Region  estate.Region
	Key     estate.ARN
	Why     string
	Source  diag.Source
	Request policy.Request
}

// Evaluate judges the need by the policy of the key's copy in the need's Region; nil is a policy that nobody has read. The verdict
// speaks of the key's side: services have no identity policies, and the operator's are taken to allow.
func (n Need) Evaluate(keyPolicy *policy.Document) policy.Verdict {
	l := policy.Layers{Resource: keyPolicy}
	if n.Operator() {
		l.Identity, l.IdentityKnown = []*policy.Document{allowAll}, true
	}
	return policy.AuthorizeKey(l, n.Request)
}

// Operator reports whether the need is that of a person who runs rehome, not of a service.
func (n Need) Operator() bool { return isPerson(n.Service) }

func isPerson(service string) bool { return service == operator || service == administrator }

// allowAll is never changed.
var allowAll = func() *policy.Document {
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	if err != nil {
		panic("needs: " + err.Error())
	}
	return d
}()

const (
	sso           = "sso"
	identityStore = "identitystore"
	quick         = "quicksight"
	operator      = "operator"
	administrator = "administrator"
)

// where says in which Regions a row holds.
type where int

const (
	everyRegion where = iota // of the instance
	targetOnly               // where Quick is to be homed
	homeOnly                 // the instance's primary Region
)

type row struct {
	code    string
	service string
	via     string
	actions []string
	context string // which service's encryption context; empty for none
	where   where
	why     string
	source  diag.Source
	// configuring: the encryption context names no instance but the purpose of the call.
	configuring bool
}

var (
	baseline = diag.Source{Doc: "IAM Identity Center user guide, baseline KMS key policy (idc-kms 3.1)", Date: "2026-11-22", Generation: "mid 2026"}
	managed  = diag.Source{Doc: "IAM Identity Center user guide, statement for AWS managed applications (idc-kms 3.1, 3.6); the runbook's errors", Date: "2026-11-22", Generation: "mid 2026"}
	perCall  = diag.Source{Doc: "idc-kms 9.6, from dependent actions of the service authorization reference", Date: "2026-11-22", Inferred: true}
)

var cryptoActions = []string{"kms:Decrypt", "kms:ReEncryptTo", "kms:ReEncryptFrom", "kms:GenerateDataKeyWithoutPlaintext"}

// rows is the table of documented needs.
var rows = []row{
	{code: "KMS-09", service: sso, actions: []string{"kms:DescribeKey"}, source: baseline,
		why: "Identity Center looks at its key"},
	{code: "KMS-09", service: identityStore, actions: []string{"kms:DescribeKey"}, source: baseline,
		why: "the Identity Store looks at its key"},
	{code: "KMS-08", service: sso, actions: cryptoActions, context: sso, source: baseline,
		why: "Identity Center reads and writes its own data, the registration of the Quick application among it"},
	{code: "KMS-08", service: identityStore, actions: cryptoActions, context: identityStore, source: baseline,
		why: "the Identity Store reads and writes users and groups"},
	{code: "KMS-07", service: quick, via: sso, actions: []string{"kms:Decrypt"}, context: sso, where: targetOnly, source: managed,
		why: "Quick reads the instance while its account is created"},
	{code: "KMS-07", service: quick, via: identityStore, actions: []string{"kms:Decrypt"}, context: identityStore, where: targetOnly, source: managed,
		why: "Quick reads groups and users from the Identity Store"},
	{code: "SUB-19", service: operator, via: sso, actions: []string{"kms:Decrypt"}, context: sso, source: perCall,
		why: "the person who signs up reads the instance"},
	{code: "SUB-19", service: operator, via: identityStore, actions: []string{"kms:Decrypt"}, context: identityStore, source: perCall,
		why: "the person who signs up reads groups"},
	{code: "KMS-14", service: administrator, via: sso, actions: []string{"kms:Decrypt"}, context: sso, source: perCall,
		why: "the administrator of Identity Center reads and changes the instance"},
	{code: "KMS-14", service: administrator, via: identityStore, actions: []string{"kms:Decrypt"}, context: identityStore, source: perCall,
		why: "the administrator of Identity Center reads people and groups"},
}

// Of lists the needs that hold for the facts, in the order of the table, then by Region and action.
func Of(f Facts) []Need { return f.list(rows) }

func (f Facts) list(rows []row) []Need {
	var out []Need
	enc, _ := f.Instance.Encryption.Get()
	for _, r := range rows {
		if isPerson(r.service) && f.principal(r.service) == (policy.Principal{}) {
			continue
		}
		for _, region := range f.regions(r.where) {
			for _, action := range r.actions {
				out = append(out, f.need(r, region, action, estate.KeyARN(region, f.Instance.Owner, enc.KeyARN.KeyID())))
			}
		}
	}
	return out
}

// regions are the enabled Regions of the instance and the target, sorted; or the target or the home Region alone.
func (f Facts) regions(w where) []estate.Region {
	switch w {
	case targetOnly:
		return []estate.Region{f.Target}
	case homeOnly:
		return []estate.Region{f.Instance.PrimaryRegion}
	}
	out := []estate.Region{f.Instance.PrimaryRegion, f.Target}
	for r, state := range f.Instance.Regions.Or(nil) {
		if state != estate.RegionRemoving {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (f Facts) need(r row, region estate.Region, action string, key estate.ARN) Need {
	n := Need{Code: r.code, Service: r.service, Via: r.via, Action: action, Region: region, Key: key, Why: r.why, Source: r.source,
		Caller: r.service + ".amazonaws.com"}
	if who := f.principal(r.service); isPerson(r.service) {
		n.Caller = who.ARN
		if i := strings.LastIndexByte(n.Caller, '/'); who.Kind == policy.RoleSession && i > 0 {
			n.Caller = n.Caller[:i] // the role; a session's name says nothing
		}
	}
	if r.via != "" {
		n.Caller += " through " + r.via
	}
	n.Request = policy.Request{Principal: f.principal(r.service), Action: action, Resource: string(key),
		ResourceAccount: string(f.Instance.Owner), Context: f.context(r, region)}
	return n
}

func (f Facts) principal(service string) policy.Principal {
	switch service {
	case operator:
		return f.Operator
	case administrator:
		return f.Administrator
	}
	return policy.Principal{Kind: policy.AWSService, Service: service + ".amazonaws.com"}
}

// context builds the request context of a caller (idc-kms 4.5).
func (f Facts) context(r row, region estate.Region) policy.Context {
	c := f.inOrganization(policy.Context{}, "aws:ResourceOrgID").With("aws:RequestedRegion", string(region)).With("aws:SecureTransport", "true").
		With("aws:ViaAWSService", "false")
	source, account := f.sourceARN(cmp.Or(r.context, r.service)), f.Instance.Owner
	if r.service == quick {
		source, account = "", f.QuickAccount
	}
	if isPerson(r.service) {
		c = f.inOrganization(c, "aws:PrincipalOrgID").With("aws:ViaAWSService", "true")
	} else {
		c = f.inOrganization(c, "aws:SourceOrgID").With("aws:SourceAccount", string(account))
		if source != "" {
			c = c.With("aws:SourceArn", source)
		} else {
			c = c.WithUnknown("aws:SourceArn") // Quick's is not documented
		}
	}
	if r.via != "" {
		c = c.With("kms:ViaService", r.via+"."+string(region)+".amazonaws.com")
	}
	if name, ok := contextNames[r.context]; ok {
		value := f.sourceARN(r.context)
		if r.configuring {
			value = value[:strings.LastIndexByte(value, '/')+1] + keyConfiguration
		}
		c = c.WithEncryptionContext(map[string]string{name: value})
	}
	return c
}

// contextNames are the names of the encryption contexts; it is never changed.
var contextNames = map[string]string{sso: "aws:sso:instance-arn", identityStore: "aws:identitystore:identitystore-arn"}

// inOrganization sets a key to the organization's id; an id that nobody knows can equal any other.
func (f Facts) inOrganization(c policy.Context, key string) policy.Context {
	if f.OrgID == "" {
		return c.WithUnknown(key)
	}
	return c.With(key, f.OrgID)
}

func (f Facts) sourceARN(service string) string {
	switch service {
	case sso:
		return string(f.Instance.ARN)
	case identityStore:
		return string(estate.IdentityStoreARN(f.Instance.Owner, f.Instance.IdentityStoreID))
	}
	return ""
}
