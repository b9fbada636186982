package step

import (
	"context"
	"fmt"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

func quickSources() []diag.Source { return []diag.Source{quickAPI, runbook} }

// cutoverGates hold for the deletion and, so that protection does not go off for nothing, for the step before it.
var cutoverGates = []plan.Gate{plan.GateVault, plan.GateRehearsal, plan.GateFindings, plan.GatePolicies, plan.GateWindow, plan.GateConsent}

// ground are the facts of Identity Center that the new account will stand on; they are compared right before the old one goes.
var ground = []string{"/identity_center/arn", "/identity_center/regions", "/identity_center/encryption"}

// protectionOff takes the termination protection away. It goes on again when the run stops before the deletion.
type protectionOff struct{ env Env }

var _ plan.Undoer = protectionOff{}

func (protectionOff) Name() string { return idProtection }

// deleteRisk names what the deletion costs: account, name and how many assets go with it.
func (s situation) deleteRisk() string {
	count, unseen := 0, 0
	for _, list := range s.quick.Assets {
		count += len(list.Or(nil))
		if !list.Looked() {
			unseen++
		}
	}
	name := fmt.Sprintf("delete-quick/%s/%s/%d-assets", s.account, s.quick.Name, count)
	if unseen > 0 {
		name += fmt.Sprintf("-and-%d-regions-unseen", unseen)
	}
	return name
}

// DeleteRisk is the name of the risk as things are now; empty when nothing would be deleted. Consent to another name is no consent.
func DeleteRisk(in plan.Input) string {
	s := look(in)
	if !s.deletes {
		return ""
	}
	return s.deleteRisk()
}

func (k protectionOff) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.deletes || s.byConsole() {
		return nil, nil
	}
	p, err := params(oldParams{Name: s.quick.Name})
	st := plan.Step{ID: idProtection, Params: p, Kind: k.Name(), Account: s.account, Region: s.home(), Phase: plan.Cutover, Actor: diag.QuickAdmin,
		Title: "turn termination protection off", Reason: "a protected account cannot be deleted; protection is on by default",
		Calls: []string{"quicksight:UpdateAccountSettings"}, Effect: "the account can be deleted", Done: "DescribeAccountSettings says that protection is off",
		Undo: fmt.Sprintf("aws quicksight update-account-settings --region %s --aws-account-id %s --default-namespace default --termination-protection-enabled (rehome does it by itself when the run stops before the deletion)", s.home(), s.account), Risk: plan.Changes, RiskName: s.deleteRisk(), Gates: cutoverGates,
		Needs: s.before(), UndoUnless: idDelete, Reads: append([]string{s.path("/identity_region"), s.path("/status")}, ground...), Writes: []string{s.path("/termination_protection")},
		Predicted: in.Times[estate.TimeAPICall], Sources: quickSources()}
	return []plan.Step{st}, err
}

// oldParams name the account that the plan is about; another one in its place is never touched.
type oldParams struct {
	Name string `json:"name"`
}

// before are the steps that must have succeeded before anything of the old account is touched: all that can be taken back.
func (s situation) before() []string {
	return append([]string{idNames}, s.planned(residency{}, createKey{}, keyPolicy{}, encryptInstance{}, instanceEncrypted{}, replicateKey{}, verifyKeyPolicies{},
		addRegion{}, regionActive{}, verifyReplication{}, recordApplication{}, tokenIssuer{}, issuerReplicated{}, signIn{}, exportAssets{}, trialImport{}, rehearseVault{})...)
}

func (k protectionOff) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	old, err := oldAccount(ctx, k.env, s)
	if err != nil {
		return plan.Observation{}, err
	}
	q, exists := old.Get()
	switch {
	case !exists || q.Status == estate.QuickUnsubscribing:
		return plan.Observation{State: plan.Done, Detail: "the old account is gone or going"}, nil
	case q.TerminationProtection.Or(true):
		return plan.Observation{State: plan.Todo, Detail: "protection is on"}, nil
	}
	return plan.Observation{State: plan.Done, Detail: "protection is off"}, nil
}

func (k protectionOff) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	return k.env.Cloud.Quick(s.Account, s.Region).SetTerminationProtection(ctx, false)
}

func (k protectionOff) Undo(ctx context.Context, _ plan.Run, s plan.Step) error {
	err := k.env.Cloud.Quick(s.Account, s.Region).SetTerminationProtection(ctx, true)
	if goneError(err) {
		return nil
	}
	return err
}

// TakenBack sees protection on again, or nothing left to protect.
func (k protectionOff) TakenBack(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	o, err := k.Observe(ctx, r, s)
	if err != nil {
		return o, err
	}
	old, err := oldAccount(ctx, k.env, s)
	q, exists := old.Get()
	if err != nil || exists && q.Status.Live() && o.State == plan.Done {
		return plan.Observation{State: plan.Todo, Detail: o.Detail}, err
	}
	return plan.Observation{State: plan.Done, Detail: o.Detail}, nil
}

func (protectionOff) Patience() (time.Duration, time.Duration) { return shortly() }

// deleteQuick is the point of no return.
type deleteQuick struct{ env Env }

func (deleteQuick) Name() string { return idDelete }

func (k deleteQuick) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.deletes {
		return nil, nil
	}
	p, err := params(oldParams{Name: s.quick.Name})
	st := plan.Step{ID: idDelete, Params: p, Kind: k.Name(), Account: s.account, Region: s.home(), Phase: plan.Cutover, Actor: diag.QuickAdmin,
		Title:  fmt.Sprintf("delete the Quick account %s (identity Region %s)", s.quick.Name, s.home()),
		Reason: "an account has one identity Region for life; there is no move in place",
		Calls:  []string{"quicksight:DeleteAccountSubscription"},
		Effect: "users, folders and assets of every Region are destroyed at once, for good (" + s.assetsByRegion() + "); embedded dashboards stop",
		Done:   "AWS has accepted the deletion", Undo: "cannot be undone",
		Risk: plan.Destroys, RiskName: s.deleteRisk(), Gates: cutoverGates, Needs: append(s.before(), s.planned(protectionOff{})...),
		Repairs: append(s.repairsHome(), openKeys(in.Findings, "SUB-15")...),
		Reads:   append([]string{s.path("/identity_region"), s.path("/name"), s.path("/edition"), s.path("/namespaces/default/application_arn"), s.path("/roles")}, ground...),
		Writes:  []string{s.path("")}, Predicted: in.Times[estate.TimeAPICall], Sources: quickSources()}
	if !s.moving() { // else people go on working, and the vault gate looks whether it holds what is there
		st.Reads = append(st.Reads, s.path("/assets"))
	}
	if err == nil && s.byConsole() {
		st.ByHand, err = s.unsubscribeHand()
		st.Title += ", by hand"
	}
	return []plan.Step{st}, err
}

// byConsole reports whether the account can be deleted in the console only: the API deletes Enterprise accounts (SUB-15).
func (s situation) byConsole() bool { return s.deletes && s.quick.Edition == "STANDARD" }

// unsubscribeURL is the console's page; it knows the account by the session and the Region by the account.
const unsubscribeURL = "https://us-east-1.quicksight.aws.amazon.com/sn/console/unsubscribe"

func (s situation) unsubscribeHand() (*plan.Hand, error) {
	off, err := params(map[string]any{"AwsAccountId": s.account, "DefaultNamespace": estate.DefaultNamespace, "TerminationProtectionEnabled": false})
	if err != nil {
		return nil, err
	}
	gone, err := params(map[string]any{"AwsAccountId": s.account})
	return &plan.Hand{Account: s.account, Region: s.home(), Why: "the API deletes Enterprise accounts only; this one is " + s.quick.Edition,
		Do: []string{"sign in to account " + string(s.account) + " as an administrator of Quick, and see that the page says " + s.quick.Name + " and " + string(s.home()),
			"in Manage account, Account settings, turn termination protection off", "unsubscribe at " + unsubscribeURL},
		Verified: "AWS says that the account is being deleted, or gone", Calls: []plan.Call{{Service: "quicksight", Operation: "UpdateAccountSettings", Input: off},
			{Service: "quicksight", Operation: "DeleteAccountSubscription", Input: gone}}}, err
}

func openKeys(fs []diag.Finding, codes ...string) []string {
	var out []string
	for _, f := range fs {
		for _, c := range codes {
			if f.Open() && f.Code == c {
				out = append(out, f.Key())
			}
		}
	}
	return out
}

func (k deleteQuick) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	q, err := oldAccount(ctx, k.env, s)
	if err != nil {
		return plan.Observation{}, err
	}
	sub, exists := q.Get()
	switch {
	case !exists:
		return plan.Observation{State: plan.Done, Detail: "the old account is gone"}, nil
	case sub.Status == estate.QuickUnsubscribing:
		return plan.Observation{State: plan.Done, Detail: "AWS is deleting the account"}, nil
	}
	return plan.Observation{State: plan.Todo, Detail: "the account is " + string(sub.Status)}, nil
}

// oldAccount is the account as long as it is the one in the step's Region: its settings are answered there and nowhere else. An
// answer that proves neither is an error, for what follows from "it is still there" is its deletion.
func oldAccount(ctx context.Context, env Env, s plan.Step) (estate.Known[estate.Quick], error) {
	at := env.Cloud.Quick(s.Account, s.Region)
	known, err := at.DescribeAccountSubscription(ctx)
	q, exists := known.Get()
	if err != nil || !exists || q.Status == estate.QuickUnsubscribing || q.Status == estate.QuickUnsubscribeFailed {
		return known, err
	}
	if q.Edition == "STANDARD" {
		return standardAccount(ctx, at, s, known)
	}
	settings, err := at.DescribeAccountSettings(ctx)
	switch _, elsewhere := cloud.IdentityRegionHint(err); {
	case err == nil:
		q.TerminationProtection = estate.Of(settings.TerminationProtection)
		return estate.Of(q), planned(s, q)
	case elsewhere, goneError(err) && !q.Status.Live():
		return estate.Absent[estate.Quick](), nil // a new account, made or being made in another Region
	}
	return known, err
}

// standardAccount is oldAccount for an edition whose settings AWS does not tell: the default namespace shows where it is homed.
func standardAccount(ctx context.Context, at cloud.Quick, s plan.Step, known estate.Known[estate.Quick]) (estate.Known[estate.Quick], error) {
	spaces, err := at.ListNamespaces(ctx)
	if _, elsewhere := cloud.IdentityRegionHint(err); elsewhere || err == nil && spaces[estate.DefaultNamespace].CapacityRegion != s.Region {
		return estate.Absent[estate.Quick](), nil
	}
	if err != nil {
		return known, err
	}
	q, _ := known.Get()
	return known, planned(s, q)
}

// planned refuses an account that the step is not about. Steps that only wait name none.
func planned(s plan.Step, q estate.Quick) error {
	if len(s.Params) == 0 {
		return nil
	}
	p, err := decode[oldParams](s)
	if err != nil || p.Name == q.Name {
		return err
	}
	return &diag.Error{Code: "step/other-account", What: "the Quick account is " + q.Name + ", and the plan is about " + p.Name, Where: fmt.Sprintf("account %s, %s", s.Account, s.Region),
		Why: "somebody made another one; nobody has consented to its loss", Exit: diag.ExitBlocked, Owner: diag.QuickAdmin, Fix: []string{"find out who made it, then: rehome survey && rehome plan"}}
}

func (k deleteQuick) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	return k.env.Cloud.Quick(s.Account, s.Region).DeleteAccountSubscription(ctx)
}

func (deleteQuick) Patience() (time.Duration, time.Duration) { return shortly() }

// quickGone waits until nothing of the old account answers; creating earlier would meet the old one.
type quickGone struct{ env Env }

func (quickGone) Name() string { return idGone }

func (k quickGone) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.deletes {
		return nil, nil
	}
	return []plan.Step{{ID: idGone, Kind: k.Name(), Account: s.account, Region: s.home(), Phase: plan.Cutover, Actor: diag.AWS,
		Title: "wait until the old Quick account is gone", Reason: "one AWS account holds one Quick account",
		Calls: []string{"quicksight:DescribeAccountSubscription"}, Effect: "none", Done: "the subscription is UNSUBSCRIBED or unknown", Undo: "nothing to undo",
		Risk: plan.Reads, Needs: []string{idDelete}, Predicted: in.Times[estate.TimeQuickDeleted], Sources: quickSources()}}, nil
}

func (k quickGone) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	q, err := oldAccount(ctx, k.env, s)
	if err != nil {
		return plan.Observation{}, err
	}
	sub, exists := q.Get()
	switch {
	case !exists:
		return plan.Observation{State: plan.Done, Detail: "the old account is gone"}, nil
	case sub.Status == estate.QuickUnsubscribeFailed:
		return plan.Observation{}, &diag.Error{Code: "step/unsubscribe-failed", What: "AWS could not delete the Quick account (UNSUBSCRIBE_FAILED)",
			Where: fmt.Sprintf("account %s, %s", s.Account, s.Region), Owner: diag.AWS, Exit: diag.ExitWaiting,
			Fix: []string{"turn termination protection off and delete the account in the Quick console, then: rehome resume", "if it fails again, open a case with AWS support"}}
	}
	return plan.Observation{State: plan.Pending, Detail: "the account is " + string(sub.Status)}, nil
}

func (quickGone) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (quickGone) Patience() (time.Duration, time.Duration) { return slowly() }

// goneError reports whether AWS says that there is no Quick account.
func goneError(err error) bool {
	kind := cloud.KindOf(err)
	return kind == cloud.NotFound || kind == cloud.Unsupported
}
