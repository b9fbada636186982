package view

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/app"
	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// The values of this file are made by hand, so that the goldens show every line that the views can write.

const account = estate.AccountID("111122223333")

var (
	noon        = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	fingerprint = strings.Repeat("0123456789abcdef", 4)
	source      = diag.Source{Doc: "a page", Date: "2026-11-22"}
)

func someFindings() []diag.Finding {
	return []diag.Finding{
		{Code: "KMS-05", Status: diag.Fail, Subject: "key/us-east-1/mrk-1", Title: "the copy has the default policy", Cause: "policies are not replicated", Fix: "put one", Owner: diag.ManagementAdmin,
			Evidence: []diag.Evidence{{Path: "/accounts/1/keys", Seen: "one statement"}}, Source: []diag.Source{source, {Doc: "a guess", Inferred: true}}, RepairedBy: "key-policy/us-east-1"},
		{Code: "KMS-07", Status: diag.Fail, Subject: "key/us-east-1/mrk-1/quicksight", Title: "Quick is denied", CausedBy: "KMS-05 key/us-east-1/mrk-1", RepairedBy: "key-policy/us-east-1"},
		{Code: "MIG-15", Status: diag.Unknown, Subject: "quick/1/assets/eu-west-1", Title: "nobody could look for assets", Cause: "AccessDenied", Fix: "let the survey read it", Owner: diag.QuickAdmin},
		{Code: "SUB-12", Status: diag.Fail, Severity: diag.Warn, Subject: "application/a", Title: "an application is left", Cause: "an old account", Fix: "look who is assigned"},
		{Code: "SUB-19", Status: diag.Unknown, Severity: diag.Note, Subject: "key/us-east-1/mrk-1/operator", Title: "whether you may cannot be told", Cause: "not looked"},
		{Code: "PATH-01", Status: diag.Pass, Subject: "quick/1", Title: "the identity Region is right", Source: []diag.Source{source}},
		{Code: "IDC-01", Status: diag.Pass, Subject: "identity-center", Title: "Identity Center is known"},
	}
}

func aPlan() *plan.Plan {
	p := &plan.Plan{Format: plan.Format, Fingerprint: fingerprint, Target: estate.TargetTwin, Created: noon, Spec: jsontext.Value(`{"format":"rehome.spec/v1"}`),
		Facts: map[string]string{"/organization/id": "missing", "/identity_center": fingerprint}, Findings: someFindings(), Attested: []string{"Ana on 2026-11-20 for eu-west-3: no-assets (never used)"},
		Steps: []plan.Step{
			{ID: "key-policy/us-east-1", Kind: "key-policy", Account: account, Region: "us-east-1", Phase: plan.Prepare, Title: "add 3 statements", Reason: "callers are denied", Calls: []string{"kms:PutKeyPolicy"},
				Effect: "callers are admitted", Done: "the policy allows them", Undo: "the old policy is put back", Actor: diag.ManagementAdmin, Sources: []diag.Source{source}, Risk: plan.OrganizationWide,
				RiskName: "key-policy/111122223333/us-east-1/mrk-1/3-statements", Gates: []plan.Gate{plan.GateRehearsal, plan.GateConsent}, Repairs: []string{"KMS-05 key/us-east-1/mrk-1"},
				Reads: []string{"/organization/id"}, Writes: []string{"/accounts/1/keys"}, Params: jsontext.Value(`{"after":"{}"}`)},
			{ID: "delete-quick", Kind: "delete-quick", Account: account, Region: "ap-south-1", Phase: plan.Cutover, Title: "delete the account", Reason: "its Region is fixed", Calls: []string{"quicksight:DescribeAccountSubscription", "quicksight:DeleteAccountSubscription"},
				Effect: "the account is gone", Done: "nothing answers", Undo: "cannot be undone", Risk: plan.Destroys, RiskName: "delete-quick/111122223333/acme/0-assets", Needs: []string{"key-policy/us-east-1"}, Seconds: 180, Low: 30, High: 600, TimeFrom: []diag.Source{source}},
			{ID: "look", Kind: "look", Account: account, Region: "us-east-1", Phase: plan.Cutover, Title: "look", Risk: plan.Reads, UndoUnless: "delete-quick"},
		}}
	p.Applyable = len(p.Blockers()) == 0
	return p
}

func someSteps() []app.StepResult {
	return []app.StepResult{
		{ID: "key-policy/us-east-1", Kind: "key-policy", Title: "add 3 statements", Account: account, Region: "us-east-1", Risk: "organization-wide", Status: "done", Seconds: 0},
		{ID: "delete-quick", Kind: "delete-quick", Title: "delete the account", Account: account, Region: "ap-south-1", Risk: "destroys", Status: "done", Seconds: 192},
		{ID: "create-quick", Kind: "create-quick", Title: "create the account", Account: account, Region: "us-east-1", Risk: "creates", Status: "waiting", Detail: "the name is taken",
			Output: map[string]string{"name": "acme-iad", "application": "arn:aws:sso::1:application/a"}},
		{ID: "verify", Kind: "verify", Title: "verify", Account: account, Region: "us-east-1", Risk: "reads", Status: "pending"},
	}
}

func aRehearsal(o app.Outcome) *app.Rehearsal {
	r := &app.Rehearsal{Format: app.RehearsalFormat, World: "bom", Plan: fingerprint, Outcome: o, Findings: someFindings(), Steps: someSteps(), Ledger: app.Ledger{Total: 6, Moved: 1, Rebuilt: 2, Manual: 1, Left: 1, Lost: 1},
		Proof: app.Proof{Web: "pass", Desktop: "skipped"}, Predicted: 300, Low: 60, High: 1500, Human: 600, Outage: 372, Calls: 148, Assumed: []string{"consent to delete-quick/111122223333/acme/0-assets"},
		Times: []app.TimeUsed{{Step: "delete-quick", Seconds: 180, Low: 30, High: 600, Source: "a page (INFERRED), checked 2026-11-22"}}, Left: []diag.Finding{}}
	if o != app.Ready {
		r.Why, r.Left, r.Steps = "nobody could look for assets", someFindings()[2:3], []app.StepResult{}
	}
	return r
}

func aStatus() *app.Status {
	return &app.Status{Format: app.StatusFormat, Plan: fingerprint, Run: "r-1", Target: estate.TargetAWS, Callers: []string{"arn:aws:iam::111122223333:user/ana"}, Torn: 17, Steps: someSteps(), Outage: 372, Begun: noon,
		Records: []engine.Record{
			{N: 1, Time: noon, Type: engine.TypeBegin, Binding: &engine.Binding{Run: "r-1"}},
			{N: 2, Time: noon.Add(time.Second), Type: engine.TypeGate, Step: "delete-quick", Gate: plan.GateVault, Evidence: fingerprint, Detail: "nothing to lose in 16 places"},
			{N: 3, Time: noon.Add(2 * time.Second), Type: engine.TypeCall, Step: "delete-quick", Call: &engine.Call{Service: "quicksight", Operation: "DeleteAccountSubscription", Account: string(account), Region: "ap-south-1", RequestID: "req-1", Error: "ThrottlingException"}},
			{N: 4, Time: noon.Add(3 * time.Second), Type: engine.TypeObserved, Step: "delete-quick", State: "pending", Detail: "UNSUBSCRIBE_IN_PROGRESS"},
		},
		Consents: []engine.Consent{{RiskName: "delete-quick/111122223333/acme/0-assets", PlanFingerprint: fingerprint, Target: "aws", CallerARN: "arn:aws:iam::111122223333:user/ana", OSUser: "ana", Time: noon, Expires: noon.Add(24 * time.Hour)}},
		Findings: someFindings(), Attested: []string{"Ana on 2026-11-20 for eu-west-3: no-assets (never used)"}}
}

func aSurvey() *estate.Survey {
	return &estate.Survey{Format: estate.SurveyFormat, Target: estate.TargetAWS, Taken: noon, Callers: map[estate.AccountID]string{"444455556666": "arn:aws:iam::444455556666:user/ben", account: "arn:aws:iam::111122223333:user/ana"},
		Looks: []estate.Look{{Account: account, Region: "us-east-1", Service: "kms", Operation: "GetKeyPolicy", RequestID: "req-1", Error: "AccessDeniedException"}, {Account: account, Region: "us-east-1", Service: "sts", Operation: "GetCallerIdentity", RequestID: "req-2"}},
		Estate: estate.Estate{Organization: estate.NotLooked[estate.Organization]("organizations:DescribeOrganization: AccessDenied"),
			IdentityCenter: estate.Of(estate.Instance{ARN: "arn:aws:sso:::instance/ssoins-1234567890abcdef", Owner: account, Status: "ACTIVE", PrimaryRegion: "ap-south-1",
				Regions: estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive, "us-east-1": estate.RegionAdding}), Users: estate.Of(map[estate.UserID]estate.User{"u": {UserName: "ana"}})}),
			Accounts: map[estate.AccountID]estate.Account{
				account: {Keys: map[estate.KeyID]estate.Key{"mrk-1234567890abcdef1234567890abcdef": {MultiRegion: true, Primary: "ap-south-1", Copies: map[estate.Region]estate.Known[estate.KeyCopy]{
					"us-east-1": estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.NotLooked[string]("AccessDenied")}), "ap-south-1": estate.Of(estate.KeyCopy{State: estate.KeyEnabled, Policy: estate.Of("{}")}),
					"eu-west-1": estate.Absent[estate.KeyCopy](), "eu-west-2": estate.NotLooked[estate.KeyCopy]("throttled")}}},
					Quick: estate.Of(estate.Quick{Name: "acme", Edition: "ENTERPRISE", Status: estate.QuickCreated, IdentityRegion: estate.Of[estate.Region]("ap-south-1"),
						Assets: map[estate.Region]estate.Known[[]estate.Asset]{"eu-west-1": estate.Of([]estate.Asset{{Type: "dashboard", ID: "d", Name: "Sales"}}), "eu-west-2": estate.NotLooked[[]estate.Asset]("denied"), "eu-west-3": estate.Absent[[]estate.Asset]()}})},
				"444455556666": {Quick: estate.Of(estate.Quick{Name: "other", Edition: "STANDARD", Status: estate.QuickOK, IdentityRegion: estate.NotLooked[estate.Region]("ListNamespaces denied")})},
				"777788889999": {Quick: estate.Absent[estate.Quick]()},
				"999999999999": {Quick: estate.Of(estate.Quick{Name: "seen", Edition: "ENTERPRISE", Status: estate.QuickCreated, IdentityRegion: estate.Of[estate.Region]("us-east-1"), Assets: map[estate.Region]estate.Known[[]estate.Asset]{"us-east-1": estate.Of([]estate.Asset{})}})},
			}}}
}

func anExplanation() *app.Explanation {
	return &app.Explanation{Format: app.ExplainFormat, Matches: []app.Explained{
		{ID: "TRB-01", Title: "Identity Center may not decrypt", Cause: "the default policy", Fix: "put a policy", Owner: diag.ManagementAdmin, Source: []diag.Source{source}, Confidence: "confirmed", Evidence: someFindings()[:1], Step: "key-policy/us-east-1"},
		{ID: "TRB-26", Title: "the wrong Region", Cause: "users live elsewhere", Fix: "--region ap-south-1", Source: []diag.Source{source}, Confidence: "possible", Values: map[string]string{"identity": "ap-south-1", "endpoint": "us-east-1"}}}}
}

// someAssets is an inventory with one asset of each fate.
func someAssets() *app.AssetsTaken {
	crm := estate.AssetRef{Region: "eu-west-1", Type: estate.AssetDataSource, ID: "crm"}
	board := estate.AssetRef{Region: "eu-west-1", Type: estate.AssetDashboard, ID: "visits"}
	return &app.AssetsTaken{Format: app.AssetsFormat, Inventory: &assets.Inventory{Account: account, IdentityRegion: "ap-south-1"},
		Counts: []app.AssetsCount{{Region: "eu-west-1", Type: estate.AssetDashboard, How: assets.ByBundle, Count: 12}, {Region: "eu-west-1", Type: estate.AssetDataSource, How: assets.ByHand, Count: 1}},
		Left:   []assets.Leftover{{Asset: crm, Name: "CRM", Kind: "SALESFORCE", Travel: assets.TravelOf(crm.Type, "SALESFORCE", crm.ID), UsedBy: []estate.AssetRef{board}}}, Ownerless: []estate.AssetRef{board},
		Findings: []diag.Finding{{Code: "MIG-01", Status: diag.Unknown, Subject: "assets/eu-west-2", Owner: diag.QuickAdmin, Title: "1 Region was not read, and how many assets are in it is not known: eu-west-2", Cause: "access denied", Fix: "let the caller read eu-west-2, then take the inventory again"}}}
}

// aVault is a vault with a warning of AWS and, when it is incomplete, with an asset that AWS would not export.
func aVault(outcome app.VaultOutcome) *app.VaultChecked {
	v := &app.VaultChecked{Format: app.VaultFormat, Dir: "/vaults/acme", Outcome: outcome, Account: account, Target: "twin", Bundles: 2, Assets: 13, Bytes: 5651,
		Warnings: []assets.Problem{{ARN: "arn:aws:quicksight:eu-west-1:111122223333:dashboard/visits", Message: "a visual has no field"}}}
	if outcome == app.VaultComplete {
		return v
	}
	v.Compared = true
	v.Failed = []assets.Failure{{Asset: estate.AssetRef{Region: "eu-west-1", Type: estate.AssetDashboard, ID: "old"}, Problems: []assets.Problem{{Message: "the dashboard has errors"}}}}
	v.Findings = []diag.Finding{{Code: "MIG-15", Status: diag.Fail, Subject: "asset/eu-west-1/dashboard/old", Owner: diag.QuickAdmin, Title: "1 dashboard is not in the vault: dashboard old in eu-west-1", Cause: "AWS would not export it", Fix: "mend it, then export again"}}
	return v
}

// aLedger accounts for three assets: one moved, one to be made by hand, one lost.
func aLedger() *app.Accounted {
	line := func(kind estate.AssetType, id string, fate assets.Fate, why string) assets.Line {
		return assets.Line{Asset: estate.AssetRef{Region: "ap-south-1", Type: kind, ID: id}, At: estate.AssetRef{Region: "us-east-1", Type: kind, ID: id}, Name: id, Fate: fate, Why: why}
	}
	l := &assets.Ledger{Lines: []assets.Line{line(estate.AssetDashboard, "sales", assets.Moved, ""), line(estate.AssetDataSource, "crm", assets.Manual, "bundles do not carry data sources of type SALESFORCE"),
		line(estate.AssetTheme, "house", assets.Lost, "it has other permissions")}}
	at := func(id string) estate.AssetRef {
		return estate.AssetRef{Region: "ap-south-1", Type: estate.AssetRefreshSchedule, ID: id}
	}
	soon := time.Date(2026, 12, 1, 14, 0, 0, 0, time.UTC)
	return &app.Accounted{Format: app.LedgerFormat, Ledger: l, Sums: l.Sums(), Findings: l.Findings(),
		Starts: []assets.MovedStart{{Schedule: at("orders/daily"), Old: soon.AddDate(-1, 0, 0), New: soon}, {Schedule: at("orders/hourly"), New: soon}}}
}
