package needs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rehome/internal/document"
	"rehome/internal/estate"
	"rehome/internal/goldentest"
	"rehome/internal/policy"
	"rehome/worlds"
)

const (
	management = estate.AccountID("111122223333")
	member     = estate.AccountID("444455556666")
	target     = estate.Region("us-east-1")
	home       = estate.Region("ap-south-1")
)

// bom gives the facts of the world bom, and the policy of the key's copy in its home Region.
func bom(t *testing.T) (Facts, string) {
	t.Helper()
	text, ok := worlds.Text("bom")
	if !ok {
		t.Fatal("no world bom")
	}
	var w estate.World
	if err := document.Decode("bom.yaml", text, &w); err != nil {
		t.Fatal(err)
	}
	inst, _ := w.Estate.IdentityCenter.Get()
	org, _ := w.Estate.Organization.Get()
	enc, _ := inst.Encryption.Get()
	c, _ := w.Estate.Accounts[management].Keys[enc.KeyARN.KeyID()].Copies[home].Get()
	operator := policy.Principal{Kind: policy.IAMUser, ARN: "arn:aws:iam::111122223333:user/ana", Account: string(management)}
	return Facts{Instance: inst, OrgID: org.ID, QuickAccount: management, Target: target, Operator: operator}, c.Policy.Or("")
}

// sample reads one of the published policies that the evaluator is proven with.
func sample(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "policy", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parse(t *testing.T, text string) *policy.Document {
	t.Helper()
	doc, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestNeedsOfTheRunbooksWorld(t *testing.T) {
	facts, _ := bom(t)
	var b strings.Builder
	for _, n := range Of(facts) {
		fmt.Fprintf(&b, "%s  %-10s  %-56s  %s\n", n.Code, n.Region, n.Caller, n.Action)
	}
	goldentest.Compare(t, "bom", b.String())
}

func TestNeedsFollowTheFacts(t *testing.T) {
	with := func(change func(*Facts)) Facts {
		f, _ := bom(t)
		change(&f)
		return f
	}
	regions := func(m map[estate.Region]estate.ReplicaState) func(*Facts) {
		return func(f *Facts) { f.Instance.Regions = estate.Of(m) }
	}
	for name, c := range map[string]struct {
		facts Facts
		every string // Regions in which Identity Center's own needs hold
		quick string // where Quick's hold
		n     int    // needs of a person, in all
	}{
		"the runbook's world":         {with(func(*Facts) {}), "ap-south-1 us-east-1", "us-east-1", 4},
		"nobody known":                {with(func(f *Facts) { f.Operator = policy.Principal{} }), "ap-south-1 us-east-1", "us-east-1", 0},
		"Quick stays at home":         {with(func(f *Facts) { f.Target = home }), "ap-south-1 us-east-1", "ap-south-1", 4},
		"a third Region":              {with(regions(map[estate.Region]estate.ReplicaState{home: "ACTIVE", target: "ACTIVE", "eu-west-1": "ADDING"})), "ap-south-1 eu-west-1 us-east-1", "us-east-1", 6},
		"a Region on its way out":     {with(regions(map[estate.Region]estate.ReplicaState{home: "ACTIVE", target: "ACTIVE", "eu-west-1": "REMOVING"})), "ap-south-1 us-east-1", "us-east-1", 4},
		"the target is not there yet": {with(regions(map[estate.Region]estate.ReplicaState{home: "ACTIVE"})), "ap-south-1 us-east-1", "us-east-1", 4},
		"Regions not looked at":       {with(func(f *Facts) { f.Instance.Regions = estate.NotLooked[map[estate.Region]estate.ReplicaState]("denied") }), "ap-south-1 us-east-1", "us-east-1", 4},
	} {
		t.Run(name, func(t *testing.T) {
			found := map[string][]string{}
			people := 0
			for _, n := range Of(c.facts) {
				found[n.Service] = append(found[n.Service], string(n.Region))
				if n.Service == operator {
					people++
				}
			}
			for _, service := range []string{sso, identityStore} {
				if got := distinct(found[service]); got != c.every {
					t.Errorf("%s needs the key in %s, want %s", service, got, c.every)
				}
			}
			if got := distinct(found[quick]); got != c.quick || people != c.n {
				t.Errorf("Quick needs it in %s, want %s; %d needs of a person, want %d", got, c.quick, people, c.n)
			}
		})
	}
}

func distinct(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " ")
}

func TestEveryNeedSaysWhyAndWhereFrom(t *testing.T) {
	facts, _ := bom(t)
	for _, n := range Of(facts) {
		if n.Code == "" || n.Why == "" || n.Source.Doc == "" || n.Source.Date == "" || n.Caller == "" || !strings.HasPrefix(n.Action, "kms:") {
			t.Errorf("incomplete: %+v", n)
		}
		if n.Key != estate.KeyARN(n.Region, management, "mrk-1234567890abcdef1234567890abcdef") || n.Request.Resource != string(n.Key) || n.Request.Action != n.Action {
			t.Errorf("%s in %s asks for %s on %s", n.Caller, n.Region, n.Request.Action, n.Request.Resource)
		}
		if n.Via != "" && !strings.Contains(n.Caller, " through "+n.Via) {
			t.Errorf("%s: does not say through whom", n.Caller)
		}
	}
}

// TestVerdicts holds the needs against the policies that AWS, the runbook and the Okta article publish. Each row of want is written
// by hand from the source: a is allowed, d denied; a person's
// own policies are taken to allow. The columns are those of columns.
func TestVerdicts(t *testing.T) {
	columns := []string{"sso DescribeKey", "identitystore DescribeKey", "sso use", "identitystore use", "quicksight via sso", "quicksight via identitystore", "operator via sso", "operator via identitystore"}
	ours := func(t *testing.T, name string) string { // published with another organization's id
		return strings.ReplaceAll(sample(t, name), "o-a1b2c3d4e5", "o-exampleorg1")
	}
	for name, c := range map[string]struct {
		policy  string
		account estate.AccountID // Quick's
		want    string
		source  string
	}{
		"default":                            {sample(t, "default"), management, "d d d d d d a a", "idc-kms 2.2: the account alone, which delegates to a person's own policies"},
		"official":                           {sample(t, "official5"), management, "a a a a a a a a", "idc-kms 3.1: statements 2 to 5"},
		"official, Quick in a member":        {sample(t, "official5"), member, "a a a a a a a a", "idc-kms 3.6: aws:SourceOrgID, not the account"},
		"ten statements":                     {ours(t, "official10"), management, "a a a a a a a a", "idc-kms 3.2"},
		"ten statements, another org":        {sample(t, "official10"), management, "a a a a d d d d", "idc-kms 3.2: aws:SourceOrgID, aws:PrincipalOrgID"},
		"okta article":                       {sample(t, "okta7"), management, "a a a a d d a a", "idc-kms 3.2: no statements for managed applications and application administrators"},
		"runbook":                            {sample(t, "runbook"), management, "a a a a a a a a", "runbook step A2; idc-kms 3.6"},
		"runbook, Quick in a member":         {sample(t, "runbook"), member, "a a a a d d a a", "idc-kms 9.6 (3): one account for all"},
		"pinned to the instance and store":   {sample(t, "pinned"), management, "d d a a d d d d", "idc-kms 3.3"},
		"official, variables switched off":   {strings.Replace(sample(t, "official5"), `"2012-10-17"`, `"2008-10-17"`, 1), management, "d d d d d d a a", "idc-kms 9.6 (7)"},
		"official, and a deny for outsiders": {withDeny(t), management, "a a d d d d a a", "idc-kms 9.6 (8): no exemption for services"},
	} {
		t.Run(name, func(t *testing.T) {
			facts, _ := bom(t)
			facts.QuickAccount = c.account
			doc := parse(t, c.policy)
			got := map[string]string{}
			for _, n := range Of(facts) {
				if n.Region != target {
					continue
				}
				column := n.Service
				switch {
				case n.Via != "":
					column += " via " + n.Via
				case n.Action == "kms:DescribeKey":
					column += " DescribeKey"
				default:
					column += " use"
				}
				verdict := n.Evaluate(doc).Decision.String()[:1]
				if before, ok := got[column]; ok && before != verdict {
					verdict = "mixed"
				}
				got[column] = verdict
			}
			for i, want := range strings.Fields(c.want) {
				if got[columns[i]] != want {
					t.Errorf("%s: %s, want %s (%s)", columns[i], got[columns[i]], want, c.source)
				}
			}
			if len(got) != len(columns) {
				t.Errorf("columns %v", got)
			}
		})
	}
}

func withDeny(t *testing.T) string {
	t.Helper()
	return add(t, sample(t, "official5"), `{"Sid":"OnlyOurs","Effect":"Deny","Principal":"*","Action":["kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*"],"Resource":"*",
		"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}}`)
}

// add appends a statement to a policy's text.
func add(t *testing.T, keyPolicy, statement string) string {
	t.Helper()
	i := strings.LastIndex(keyPolicy, "]")
	return keyPolicy[:i] + "," + statement + keyPolicy[i:]
}

func TestAnUnreadPolicyAllowsNothing(t *testing.T) {
	facts, _ := bom(t)
	for _, n := range Of(facts) {
		if v := n.Evaluate(nil); v.Decision != policy.Unknown {
			t.Errorf("%s: %s without a policy", n.Caller, v.Decision)
		}
	}
}

// TestAConditionThatNobodyKnowsIsNotAllow: what the evaluator does not model stays unknown.
func TestAConditionThatNobodyKnowsIsNotAllow(t *testing.T) {
	facts, _ := bom(t)
	doc := parse(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:quicksight:us-east-1:111122223333:x"}}}]}`)
	for _, n := range Of(facts) {
		want := policy.Deny // Identity Center and the Identity Store send an ARN of their own
		switch n.Service {
		case quick:
			want = policy.Unknown // Quick's is not documented
		case operator:
			continue
		}
		if got := n.Evaluate(doc).Decision; got != want {
			t.Errorf("%s: %s, want %s", n.Caller, got, want)
		}
	}
}
