package needs

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/policy"
)

// atTarget are the needs of the world bom in the target Region.
func atTarget(t *testing.T) []Need {
	t.Helper()
	facts, _ := bom(t)
	return slices.DeleteFunc(Of(facts), func(n Need) bool { return n.Region != target })
}

func sids(statements []Statement) string {
	var out []string
	for _, s := range statements {
		out = append(out, sid(s))
	}
	return strings.Join(out, " ")
}

const (
	describe = "AllowIdentityCenterAndIdentityStoreToDescribeKey"
	use      = "AllowIdentityCenterAndIdentityStoreToUseKey"
	apps     = "AllowManagedApps"
	people   = "AllowOrgPrincipalsViaIdentityCenterAndIdentityStore"
)

func TestMergeAddsWhatIsNeededAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		policy string
		want   string // Sids that are added, in any order
	}{
		"default":                         {sample(t, "default"), describe + " " + use + " " + apps},
		"default, as needs writes it":     {DefaultKeyPolicy(management), describe + " " + use + " " + apps},
		"okta article":                    {sample(t, "okta7"), apps},
		"official":                        {sample(t, "official5"), ""},
		"runbook":                         {sample(t, "runbook"), ""},
		"pinned, without DescribeKey":     {sample(t, "pinned"), describe + " " + people + " " + apps},
		"one statement that is no list":   {`{"Version":"2012-10-17","Statement":{"Sid":"Mine","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}}`, describe + " " + use + " " + apps},
		"no version":                      {strings.Replace(sample(t, "default"), `"Version": "2012-10-17",`, "", 1), describe + " " + use + " " + apps},
		"the old version":                 {strings.Replace(sample(t, "default"), "2012-10-17", "2008-10-17", 1), describe + " " + use + " " + apps},
		"a Sid of ours with another text": {add(t, sample(t, "default"), `{"Sid":"AllowManagedApps","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/Other"},"Action":"kms:Encrypt","Resource":"*"}`), describe + " " + use + " " + apps + "ByRehome"},
		"both Sids of ours are taken": {add(t, add(t, sample(t, "default"), `{"Sid":"AllowManagedApps","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/Other"},"Action":"kms:Encrypt","Resource":"*"}`),
			`{"Sid":"AllowManagedAppsByRehome","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/Other"},"Action":"kms:Encrypt","Resource":"*"}`), describe + " " + use + " " + apps + "ByRehome2"},
		"a condition nobody knows stands beside": {add(t, sample(t, "okta7"), `{"Sid":"Odd","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:Unheard":"x"}}}`), apps},
	} {
		t.Run(name, func(t *testing.T) {
			all := atTarget(t)
			got, err := Merge(c.policy, all, BaselineStatements())
			if err != nil {
				t.Fatal(err)
			}
			have := strings.Fields(sids(got.Added))
			slices.Sort(have)
			want := strings.Fields(c.want)
			slices.Sort(want)
			if !slices.Equal(have, want) {
				t.Errorf("added %v, want %v", have, want)
			}
			meets(t, got, all)
			keeps(t, c.policy, got)
		})
	}
}

// meets: the repaired policy can be parsed, is not larger than KMS takes, and denies nothing that is needed.
func meets(t *testing.T, r Repair, all []Need) {
	t.Helper()
	if left, err := Denied(r.Policy, all); err != nil || len(left) > 0 {
		t.Errorf("%d needs are still denied, %v", len(left), err)
	}
	if len(r.Policy) >= MaxPolicy {
		t.Errorf("%d bytes", len(r.Policy))
	}
}

// keeps: what was there is there, in its order, byte for byte after whitespace is taken out; then comes what was added. A policy to
// which nothing was added is the very text that it was.
func keeps(t *testing.T, before string, r Repair) {
	t.Helper()
	if len(r.Added) == 0 {
		if r.Policy != before {
			t.Errorf("nothing was added, and the text changed:\n%s\n%s", before, r.Policy)
		}
		return
	}
	want, err := Statements(before)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Statements(r.Policy)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if err := want[i].Compact(); err != nil {
			t.Fatal(err)
		}
		if i >= len(got) || string(got[i]) != string(want[i]) {
			t.Fatalf("statement %d was\n%s", i, want[i])
		}
	}
	if rest := got[len(want):]; sids(rest) != sids(r.Added) {
		t.Errorf("the rest is %s, want %s", sids(rest), sids(r.Added))
	}
	var old, now map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal([]byte(before), &old), json.Unmarshal([]byte(r.Policy), &now)); err != nil {
		t.Fatal(err)
	}
	if string(now["Version"]) != `"2012-10-17"` || string(now["Id"]) != string(old["Id"]) {
		t.Errorf("Version %s, Id %s, was %s", now["Version"], now["Id"], old["Id"])
	}
}

// TestMergeRestoresEverySubset: take any of the official statements out of the home Region's policy, and Merge puts exactly those
// back that services need. What lets people in is not services' business.
func TestMergeRestoresEverySubset(t *testing.T) {
	_, home := bom(t)
	official, err := Statements(home)
	if err != nil || len(official) != 5 {
		t.Fatalf("%d statements, %v", len(official), err)
	}
	all := atTarget(t)
	for mask := range 1 << len(official) {
		var kept []Statement
		var gone []string
		for i, s := range official {
			if mask&(1<<i) == 0 {
				kept = append(kept, s)
			} else if slices.Contains([]string{describe, use, apps}, sid(s)) {
				gone = append(gone, sid(s))
			}
		}
		if removed(kept, "AllowIdentityCenterAdminAccounts") && removed(kept, people) {
			gone = append(gone, people) // a person needs one of the two; the narrower one comes back
		}
		before := policyOf(t, kept)
		got, err := Merge(before, all, official)
		if err != nil {
			t.Fatalf("without %v: %v", gone, err)
		}
		have := strings.Fields(sids(got.Added))
		slices.Sort(have)
		slices.Sort(gone)
		if !slices.Equal(have, gone) {
			t.Errorf("without %v: added %v", gone, have)
		}
		meets(t, got, all)
		keeps(t, before, got)
		again, err := Merge(got.Policy, all, official)
		if err != nil || len(again.Added) != 0 || again.Policy != got.Policy {
			t.Errorf("without %v: a second merge adds %s, %v", gone, sids(again.Added), err)
		}
	}
}

func removed(kept []Statement, name string) bool {
	return !slices.ContainsFunc(kept, func(s Statement) bool { return sid(s) == name })
}

func policyOf(t *testing.T, statements []Statement) string {
	t.Helper()
	b, err := json.MarshalIndent(map[string]any{"Version": "2012-10-17", "Statement": append([]Statement{}, statements...)}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMergeRefuses(t *testing.T) {
	deny := `{"Sid":"NoDecrypt","Effect":"Deny","Principal":{"Service":"sso.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}`
	for name, c := range map[string]struct {
		policy     string
		candidates []Statement
		code, says string
	}{
		"an explicit deny":           {add(t, sample(t, "official5"), deny), BaselineStatements(), "needs/unrepairable", "no statement that rehome may add lets sso.amazonaws.com call kms:Decrypt"},
		"a deny for outsiders":       {withDeny(t), BaselineStatements(), "needs/unrepairable", "lets sso.amazonaws.com call kms:Decrypt"},
		"no candidate":               {sample(t, "default"), nil, "needs/unrepairable", "lets sso.amazonaws.com call kms:DescribeKey"},
		"no candidate for Quick":     {sample(t, "okta7"), BaselineStatements()[:2], "needs/unrepairable", "lets quicksight.amazonaws.com through sso call kms:Decrypt"},
		"a policy larger than 32 KB": {add(t, sample(t, "okta7"), `{"Sid":"`+strings.Repeat("x", MaxPolicy)+`","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`), BaselineStatements(), "needs/too-large", "KMS takes 32768"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Merge(c.policy, atTarget(t), c.candidates)
			var e *diag.Error
			if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.What, c.says) || diag.ExitCode(err) != diag.ExitBlocked || len(e.Fix) == 0 {
				t.Errorf("got %v, want %s: %s", err, c.code, c.says)
			}
			if c.code == "needs/unrepairable" && e != nil && !strings.Contains(e.Where, "us-east-1") {
				t.Errorf("does not name the key's copy: %q", e.Where)
			}
		})
	}
	for _, broken := range []string{"", "{", "[]", `{"Version":"2012-10-17"}`, `{"Statement":[{"Effect":"Maybe"}]}`} {
		if _, err := Merge(broken, atTarget(t), BaselineStatements()); err == nil {
			t.Errorf("%q was repaired", broken)
		}
	}
}

func TestDeniedLeavesPeopleOut(t *testing.T) {
	left, err := Denied(sample(t, "default"), atTarget(t))
	if err != nil || len(left) != 12 {
		t.Fatalf("%d needs, %v; want 2 DescribeKey, 8 of Identity Center and 2 of Quick", len(left), err)
	}
	if slices.ContainsFunc(left, func(n Need) bool { return n.Service == operator }) {
		t.Error("a person is among them")
	}
}

// TestBaselineIsWhatAWSPublishes holds our statements against the published ones, but for the administrators'.
func TestBaselineIsWhatAWSPublishes(t *testing.T) {
	published, err := Statements(sample(t, "official5"))
	if err != nil {
		t.Fatal(err)
	}
	ours := BaselineStatements()
	if len(ours) != len(published)-1 {
		t.Fatalf("%d statements, AWS publishes %d", len(ours), len(published))
	}
	for i := range ours {
		var got, want any
		if err := errors.Join(json.Unmarshal(ours[i], &got), json.Unmarshal(published[i+1], &want)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("statement %d (-published +ours):\n%s", i+1, diff)
		}
	}
	ours[0] = nil
	if BaselineStatements()[0] == nil {
		t.Error("one caller's change reached the next")
	}
}

func TestDefaultKeyPolicyIsWhatKMSGives(t *testing.T) {
	var got, want any
	if err := errors.Join(json.Unmarshal([]byte(DefaultKeyPolicy(management)), &got), json.Unmarshal([]byte(sample(t, "default")), &want)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-KMS's +ours:\n%s", diff)
	}
	if _, err := policy.Parse(DefaultKeyPolicy(management)); err != nil {
		t.Error(err)
	}
}

// TestARefusalOfAKeyWithoutAnID names the Region: the key is still to be made.
func TestARefusalOfAKeyWithoutAnID(t *testing.T) {
	facts, _ := bom(t)
	facts.Instance.Encryption = estate.Of(estate.Encryption{KeyType: estate.CustomerManagedKey, KeyARN: estate.KeyARN(home, management, "")})
	_, err := Merge(DefaultKeyPolicy(management), slices.DeleteFunc(Of(facts), func(n Need) bool { return n.Region != target }), nil)
	var e *diag.Error
	if !errors.As(err, &e) || e.Code != "needs/unrepairable" || e.Where != "the key policy in us-east-1" {
		t.Errorf("got %v", err)
	}
}
