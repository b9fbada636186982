package check

import (
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/needs"
)

// The tests of this file prove rows about the worlds before and beside the runbook's start, each on the observable that the row names.

const (
	centre = "identity-center"
	quickA = "arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-0a1b2c3d4e5f6071"
)

// changed lays changes over a built-in world; idc and account are those of Identity Center and of the account of Quick and key.
func changed(t *testing.T, name string, spec, idc, account object) Input {
	t.Helper()
	tree := world(t, name)
	for _, c := range []struct {
		change object
		at     func(object) object
	}{
		{spec, func(o object) object { return object{"spec": o} }},
		{idc, func(o object) object { return object{"estate": object{"identity_center": o}} }},
		{account, func(o object) object { return object{"estate": object{"accounts": object{string(me): o}}} }},
	} {
		if len(c.change) > 0 {
			tree = over(tree, c.at(c.change))
		}
	}
	return input(t, tree)
}

func none(t *testing.T, fs []diag.Finding, prefix string) {
	t.Helper()
	for _, f := range fs {
		if strings.HasPrefix(f.Code, prefix) {
			t.Errorf("%s %s: %s", f.Status, f.Key(), f.Title)
		}
	}
}

func TestActiveDirectoryAlone(t *testing.T) {
	t.Attr("requirement", "IDC-04")
	fra := func(source string) []diag.Finding {
		return Run(changed(t, "fra", nil, object{"identity_source": source}, nil))
	}
	says(t, find(t, fra("active-directory"), "IDC-04", centre), diag.Fail, diag.Block, "Active Directory")
	f := find(t, fra("directory"), "IDC-04", centre)
	says(t, f, diag.Pass, diag.Note, "directory")
	if len(f.Source) != 2 || f.Source[0].Generation != "newest" || f.Source[1].Generation != "February 2026" {
		t.Errorf("both of AWS's texts are the source: %v", f.Source)
	}
	says(t, find(t, fra("external"), "IDC-04", centre), diag.Pass, diag.Block)
	unsaid := Run(changed(t, "bom-single", object{"identity_source": ""}, object{"identity_source": object{"not_looked": "no API"}}, nil))
	says(t, find(t, unsaid, "IDC-04", centre), diag.Unknown, diag.Block, "identity_source:")
	word := find(t, Run(changed(t, "bom-single", object{"identity_source": "active-directory"}, object{"identity_source": object{"not_looked": "no API"}}, nil)), "IDC-04", centre)
	if word.Status != diag.Fail || word.Evidence[0].Path != "/spec/identity_source" || !strings.Contains(word.Evidence[0].Seen, "a person's word") {
		t.Errorf("a person's word: %+v", word)
	}
}

func TestPathANeedsAnInstanceThatCanSpanRegions(t *testing.T) {
	t.Attr("requirement", "PATH-13")
	fs := Run(changed(t, "bom-single", nil, object{"identity_source": "active-directory"}, nil))
	f := find(t, fs, "PATH-13", "path/identity-center")
	says(t, f, diag.Fail, diag.Block, "not feasible: IDC-04")
	if f.CausedBy != "IDC-04 "+centre {
		t.Errorf("caused by %q", f.CausedBy)
	}
	says(t, find(t, Run(changed(t, "bom-single", nil, nil, nil)), "PATH-13", "path/identity-center"), diag.Pass, diag.Block)
}

func TestOptInRegionsCannotTakePart(t *testing.T) {
	fs := Run(changed(t, "bom-single", object{"target_region": "eu-south-1", "regions": object{"desktop": []any{"eu-south-1"}}}, nil, nil))
	says(t, find(t, fs, "IDC-05", centre+"/eu-south-1"), diag.Fail, diag.Block, "eu-south-1 needs an opt-in", "us-east-1")
	says(t, find(t, Run(changed(t, "bom-single", nil, nil, nil)), "IDC-05", centre+"/us-east-1"), diag.Pass, diag.Block)
}

func TestSingleRegionKeys(t *testing.T) {
	single := object{"keys": object{key: object{"multi_region": false, "copies": object{"us-east-1": nil}}}}
	fs := Run(changed(t, "bom", nil, nil, single))
	says(t, find(t, fs, "KMS-01", centre), diag.Fail, diag.Block, "single-Region key", "no key can be converted", "a new key and a switch are needed")
	for _, f := range fs {
		if strings.HasPrefix(f.Code, "KMS-") && f.Open() && f.Code != "KMS-01" {
			t.Errorf("the policy of a key that has to be replaced is judged: %s", f.Key())
		}
	}
	for name, c := range map[string]struct {
		idc, account object
		want         string
	}{
		"a key to sign with":      {nil, object{"keys": object{key: object{"spec": "RSA_2048", "usage": "SIGN_VERIFY"}}}, "no symmetric key"},
		"a key of another Region": {object{"encryption": object{"key_arn": "arn:aws:kms:us-east-1:111122223333:key/" + key}}, nil, "named in us-east-1, not in ap-south-1"},
	} {
		t.Run(name, func(t *testing.T) {
			says(t, find(t, Run(changed(t, "bom", nil, c.idc, c.account)), "KMS-01", centre), diag.Fail, diag.Block, c.want)
		})
	}
}

func TestTheWebAloneNeedsNoKey(t *testing.T) {
	for _, f := range Run(changed(t, "bom-single", object{"goal": "web-only"}, nil, nil)) {
		if f.Open() {
			t.Errorf("%s: %s", f.Key(), f.Title)
		}
	}
}

func TestApplicationsInUseMustTolerateTheKey(t *testing.T) {
	t.Attr("requirement", "IDC-07")
	app := func(provider string) object {
		return object{"applications": object{"arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-2222222222222222": object{"name": "Redshift query", "provider": "arn:aws:sso::aws:applicationProvider/" + provider,
			"account": "111122223333", "status": "ENABLED", "created_from": "ap-south-1"}}}
	}
	no := object{"applications": []any{object{"provider": "redshift", "name": "Amazon Redshift", "customer_key": "no", "source": object{"doc": "a table"}}}}
	says(t, find(t, Run(changed(t, "bom-single", no, app("redshift"), nil)), "IDC-07", centre), diag.Fail, diag.Block, "Redshift query (redshift, account 111122223333)")
	says(t, find(t, Run(changed(t, "bom-single", nil, app("redshift"), nil)), "IDC-07", centre), diag.Unknown, diag.Block, "Redshift query", "applications in the spec")
	says(t, find(t, Run(changed(t, "bom-single", nil, app("custom-saml"), nil)), "IDC-07", centre), diag.Pass, diag.Block)
	none(t, Run(changed(t, "bom", no, app("redshift"), nil)), "IDC-07") // the switch is done
}

func TestWhatRunsInAnAdditionalRegion(t *testing.T) {
	t.Attr("requirement", "IDC-08")
	other := object{"applications": object{"arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-2222222222222222": object{"name": "X", "provider": "arn:aws:sso::aws:applicationProvider/x",
		"account": "111122223333", "status": "ENABLED", "created_from": "us-east-1"}}}
	spec := object{"applications": []any{object{"provider": "x", "name": "App X", "customer_key": "yes", "additional_regions": "no", "source": object{"doc": "a table"}}}}
	fs := Run(changed(t, "bom", spec, other, nil))
	says(t, find(t, fs, "IDC-08", "application/arn:aws:sso::111122223333:application/ssoins-1234567890abcdef/apl-2222222222222222"), diag.Fail, diag.Block, "App X does not run in us-east-1")
	says(t, find(t, fs, "IDC-08", quickSubject), diag.Pass, diag.Block, "us-east-1")
}

func TestQuickInAnAdditionalRegionIsDisputed(t *testing.T) {
	t.Attr("requirement", "IDC-09")
	fs := Run(input(t, world(t, "bom")))
	says(t, find(t, fs, "IDC-08", quickSubject), diag.Pass, diag.Block)
	f := find(t, fs, "IDC-09", quickSubject)
	says(t, f, diag.Unknown, diag.Warn, "Quick guide gives the procedure", "table of applications said no")
	if len(f.Source) != 2 || f.Blocks() {
		t.Errorf("a warning with two sources: %+v", f)
	}
	none(t, Run(input(t, world(t, "iad"))), "IDC-09") // it is there
}

func TestSomethingLivesInTheRegion(t *testing.T) {
	t.Attr("requirement", "IDC-31")
	fs := Run(changed(t, "iad", object{"goal": "single-region"}, nil, nil))
	says(t, find(t, fs, "IDC-31", centre+"/us-east-1"), diag.Fail, diag.Block, "Quick is homed there", quickA)
	says(t, find(t, Run(changed(t, "bom", object{"goal": "single-region"}, nil, nil)), "IDC-31", centre+"/us-east-1"), diag.Pass, diag.Block)
	says(t, find(t, Run(changed(t, "bom", object{"goal": "single-region"}, object{"applications": object{"not_looked": "denied"}}, nil)), "IDC-31", centre+"/us-east-1"), diag.Unknown, diag.Block)
}

func TestCandidateRegions(t *testing.T) {
	t.Attr("requirement", "IDC-33")
	in := changed(t, "bom", nil, object{"regions": object{"us-east-1": nil}}, object{"keys": object{key: object{"copies": object{"eu-west-1": object{"state": "Disabled"}}}}})
	in.Survey.Estate.IdentityCenter = func() estate.Known[estate.Instance] {
		inst, _ := in.Survey.Estate.IdentityCenter.Get()
		inst.Regions = estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive})
		return estate.Of(inst)
	}()
	var offered []estate.Region
	why := map[estate.Region]string{}
	for _, c := range in.Candidates() {
		if why[c.Region] = c.WhyNot; c.WhyNot == "" {
			offered = append(offered, c.Region)
		}
	}
	if !slices.Equal(offered, []estate.Region{"us-east-1"}) {
		t.Errorf("offered %v", offered)
	}
	for r, want := range map[estate.Region]string{"ap-south-1": "Identity Center is homed there", "eu-west-1": "the key's copy there is Disabled", "us-west-2": "the key has no copy there"} {
		if why[r] != want {
			t.Errorf("%s: %q, want %q", r, why[r], want)
		}
	}
}

func TestAKeyThatIdentityCenterMade(t *testing.T) {
	in := changed(t, "bom", nil, nil, object{"keys": object{key: object{"copies": object{"ap-south-1": object{"tags": object{"CreatedBy": "IAM Identity Center"}}}}}})
	says(t, find(t, Run(in), "IDC-34", copyOf("ap-south-1")), diag.Pass, diag.Note, "made its multi-Region key itself")
	if kinds := in.Kinds(); slices.Contains(kinds, "create-key") || slices.Contains(kinds, "replica") {
		t.Errorf("key steps are to come: %v", kinds)
	}
}

func TestAnotherWorkflowIsRunning(t *testing.T) {
	fs := Run(changed(t, "bom-single", nil, object{"regions": object{"eu-west-1": "REMOVING"}}, nil))
	f := find(t, fs, "IDC-10", centre+"/eu-west-1")
	says(t, f, diag.Fail, diag.Block, "another workflow", "eu-west-1 is REMOVING", "wait")
	if f.Owner != diag.AWS || find(t, fs, "IDC-12", centre+"/us-east-1").CausedBy != f.Key() {
		t.Errorf("whose move: %s", f.Owner)
	}
	none(t, Run(input(t, world(t, "bom-single"))), "IDC-10")
}

func TestWhoAdministersIdentityCenter(t *testing.T) {
	fs := Run(input(t, world(t, "delegated")))
	says(t, find(t, fs, "IDC-24", "organization/delegated-administrator"), diag.Pass, diag.Block, "key steps run in the management account 111122223333", "222233334444")
	tree := over(world(t, "delegated"), object{"estate": object{"organization": object{"delegated_administrators": []any{"999999999999"}}}})
	says(t, find(t, Run(input(t, tree)), "IDC-24", "organization/delegated-administrator"), diag.Fail, diag.Block, "222233334444 is no delegated administrator", "register-delegated-administrator")
}

func TestFederationNeedsNoKey(t *testing.T) {
	t.Attr("requirement", "KMS-31")
	fs := Run(input(t, world(t, "fed")))
	for _, prefix := range []string{"KMS-", "IDC-", "FLO-"} {
		none(t, fs, prefix)
	}
	isv := over(world(t, "bom"), object{"estate": object{"identity_center": nil, "accounts": object{string(me): object{"account_instance": object{"arn": "arn:aws:sso:::instance/ssoins-7777777777777777", "owner": string(me),
		"status": "ACTIVE", "identity_store_id": "d-7777777777", "primary_region": "us-east-1"}, "quick": object{"instance_arn": "arn:aws:sso:::instance/ssoins-7777777777777777", "identity_region": "us-east-1"}}}}})
	fs = Run(input(t, isv))
	none(t, fs, "KMS-")
	says(t, find(t, fs, "IDC-03", centre), diag.Pass, diag.Block, "account instance")
	says(t, find(t, fs, "IDC-01", centre+"/account/111122223333"), diag.Pass, diag.Note, "us-east-1", "serves that account only")
}

func TestAccountInstancesCannotSpanRegions(t *testing.T) {
	isv := over(world(t, "bom"), object{"estate": object{"identity_center": nil, "accounts": object{string(me): object{"account_instance": object{"arn": "arn:aws:sso:::instance/ssoins-7777777777777777", "owner": string(me),
		"status": "ACTIVE", "identity_store_id": "d-7777777777", "primary_region": "ap-south-1"}, "quick": object{"instance_arn": "arn:aws:sso:::instance/ssoins-7777777777777777"}}}}})
	fs := Run(input(t, isv))
	f := find(t, fs, "IDC-03", centre)
	says(t, f, diag.Fail, diag.Block, "account instance of Identity Center in ap-south-1", "cannot be replicated to us-east-1")
	if p := find(t, fs, "PATH-13", "path/identity-center"); p.CausedBy != f.Key() {
		t.Errorf("path A: %+v", p)
	}
	none(t, fs, "KMS-")
}

func TestTheMethodIsFinal(t *testing.T) {
	f := find(t, Run(changed(t, "fed", object{"path": "identity-center"}, nil, nil)), "PATH-17", quickSubject)
	says(t, f, diag.Fail, diag.Block, "IAM_AND_QUICKSIGHT", "delete the account and create it anew", "irreversible")
	says(t, find(t, Run(input(t, world(t, "fed"))), "PATH-17", quickSubject), diag.Pass, diag.Block)
}

func TestWhereIdentityCenterIsTheOnlyMethod(t *testing.T) {
	t.Attr("requirement", "PATH-16")
	spec := object{"target_region": "eu-south-1", "path": "federation"}
	says(t, find(t, Run(changed(t, "fed", spec, nil, nil)), "PATH-16", quickSubject), diag.Fail, diag.Block, "refused in eu-south-1", "af-south-1, ap-southeast-3, ap-southeast-5, eu-central-2, eu-south-1")
	says(t, find(t, Run(changed(t, "fed", object{"target_region": "us-east-1"}, nil, nil)), "PATH-16", quickSubject), diag.Pass, diag.Block)
}

func TestPeopleInTwoAccountsPayTwice(t *testing.T) {
	t.Attr("requirement", "PATH-18")
	users := func(emails ...string) object {
		out := object{}
		for _, e := range emails {
			out[e] = object{"email": e, "role": "READER", "identity_type": "IAM", "active": true}
		}
		return object{"namespaces": object{"default": object{"capacity_region": "us-east-1", "status": "CREATED", "identity_store": "QUICKSIGHT", "groups": object{}, "users": out}}}
	}
	tree := world(t, "fed")
	accounts, _ := tree["estate"].(object)["accounts"].(object)
	mine, _ := accounts[string(me)].(object)["quick"].(object)
	tree = over(tree, object{"estate": object{"accounts": object{string(me): object{"quick": users("ana@example.com", "Ben@example.com", "chi@example.com")},
		"444455556666": object{"quick": over(mine, users("ben@example.com", "CHI@example.com", "dev@example.com"))}}}})
	says(t, find(t, Run(input(t, tree)), "PATH-18", "quick/444455556666"), diag.Fail, diag.Warn, "3 people", "licensed twice")
	none(t, Run(input(t, world(t, "fed"))), "PATH-18")
}

func TestPlusAccountsAreOutOfScope(t *testing.T) {
	t.Attr("requirement", "PATH-20")
	for _, e := range []string{"PLUS", "FREE"} {
		f := find(t, Run(changed(t, "bom", nil, nil, object{"quick": object{"edition": e}})), "PATH-20", quickSubject)
		says(t, f, diag.Fail, diag.Block, "not applicable", "ordinary way")
		if !f.Source[0].Inferred {
			t.Error("how such an account shows is nowhere written")
		}
	}
	none(t, Run(changed(t, "bom", object{"goal": "web-only"}, nil, object{"quick": object{"edition": "PLUS"}})), "PATH-20")
}

func TestStandardAccountsMayUseDesktop(t *testing.T) {
	t.Attr("requirement", "PATH-21")
	fs := Run(changed(t, "fed", nil, nil, object{"quick": object{"edition": "STANDARD"}}))
	says(t, find(t, fs, "PATH-01", quickSubject), diag.Pass, diag.Block)
	says(t, find(t, fs, "PATH-21", quickSubject), diag.Fail, diag.Warn, "moving assets", "deleting the account")
}

func TestRegionsWhereSignUpWasMissing(t *testing.T) {
	in := changed(t, "bom", object{"target_region": "us-east-2", "regions": object{"desktop": []any{"us-east-2"}}}, nil, nil)
	says(t, find(t, Run(in), "SUB-08", quickSubject), diag.Fail, diag.Warn, "us-east-2", "older text")
	none(t, Run(input(t, world(t, "bom"))), "SUB-08")
}

func TestWhatTheIdentityRegionAnchors(t *testing.T) {
	f := find(t, Run(input(t, world(t, "bom"))), "SUB-01", quickSubject)
	says(t, f, diag.Pass, diag.Note, append([]string{"ap-south-1"}, Anchored()...)...)
}

func TestTheApplicationIsNeverTouched(t *testing.T) {
	t.Attr("requirement", "SUB-12")
	fs := Run(changed(t, "iad", nil, object{"applications": object{quickA: object{"status": "DISABLED"}}}, nil))
	says(t, find(t, fs, "SUB-12", "application/"+quickA), diag.Fail, diag.Block, "DISABLED", "irreversible damage risk")
	for _, r := range needs.Rights(changed(t, "iad", nil, nil, nil).Hands(), needs.RightKinds()...) {
		if r.Action == "sso:UpdateApplication" || r.Action == "sso:PutApplicationAssignmentConfiguration" {
			t.Errorf("rehome asks for the right to %s", r.Action)
		}
	}
}

func TestApplicationsAreManagedWhereTheyWereMade(t *testing.T) {
	says(t, find(t, Run(input(t, world(t, "iad"))), "IDC-19", "application/"+quickA), diag.Pass, diag.Note, "managed in us-east-1 alone")
	none(t, Run(input(t, world(t, "bom"))), "IDC-19")
}
