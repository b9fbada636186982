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
	Operator     policy.Principal // who runs rehome; zero when nobody is known
}

// Need is one call that must be allowed by the key policy of one Region.
type Need struct {
	Code    string // catalogue row
	Caller  string // for people: "quicksight.amazonaws.com through identitystore"
	Service string // the service principal's short name; "operator" for the person
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

// Operator reports whether the need is that of the person who runs rehome, not of a service.
func (n Need) Operator() bool { return n.Service == operator }

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
)

// where says in which Regions a row holds.
type where int

const (
	everyRegion where = iota // of the instance
	targetOnly               // where Quick is to be homed
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
}

var (
	baseline = diag.Source{Doc: "IAM Identity Center user guide, baseline KMS key policy (idc-kms 3.1)", Date: "2026-11-22"}
	managed  = diag.Source{Doc: "IAM Identity Center user guide, statement for AWS managed applications (idc-kms 3.1, 3.6); the runbook's errors", Date: "2026-11-22"}
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
}

// Of lists the needs that hold for the facts, in the order of the table, then by Region and action.
func Of(f Facts) []Need {
	var out []Need
	enc, _ := f.Instance.Encryption.Get()
	for _, r := range rows {
		if r.service == operator && f.Operator == (policy.Principal{}) {
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

// regions are the enabled Regions of the instance and the target, sorted; or the target alone.
func (f Facts) regions(w where) []estate.Region {
	if w == targetOnly {
		return []estate.Region{f.Target}
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
	if r.service == operator {
		n.Caller = f.Operator.ARN
		if i := strings.LastIndexByte(n.Caller, '/'); f.Operator.Kind == policy.RoleSession && i > 0 {
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
	if service == operator {
		return f.Operator
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
	if r.service == operator {
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
	switch r.context {
	case sso:
		c = c.WithEncryptionContext(map[string]string{"aws:sso:instance-arn": f.sourceARN(sso)})
	case identityStore:
		c = c.WithEncryptionContext(map[string]string{"aws:identitystore:identitystore-arn": f.sourceARN(identityStore)})
	}
	return c
}

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
