package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
	"rehome/internal/spec"
)

// createQuick signs up for Quick in the target Region, with the Identity Center instance named so that nothing resolves to its home.
type createQuick struct{ env Env }

type createParams struct {
	Names    []string                      `json:"names"`
	Edition  string                        `json:"edition"`
	Email    string                        `json:"notification_email"`
	Instance estate.InstanceARN            `json:"instance,omitzero"` // empty: no Identity Center
	Groups   map[estate.QuickRole][]string `json:"groups"`
	Contact  *spec.Contact                 `json:"contact,omitzero"`
	// Method is the identity method of an account that does not use Identity Center; empty: it does.
	Method string `json:"authentication_method,omitzero"`
}

func (createQuick) Name() string { return idCreate }

func (k createQuick) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.creates {
		return nil, nil
	}
	want := createParams{Names: in.Spec.Quick.AccountNames, Edition: firstOf(in.Spec.Quick.Edition, s.newEdition(), "ENTERPRISE"),
		Email: firstOf(in.Spec.Quick.NotificationEmail, s.quick.Email), Instance: s.inst.ARN, Groups: s.input().WantedGroups().Or(nil), Contact: in.Spec.Quick.Contact}
	if s.federated() {
		want.Method, want.Instance, want.Groups = s.federatedMethod(), "", nil
	}
	if want.Email == "" {
		return nil, &diag.Error{Code: "spec/no-email", What: "the new Quick account needs a notification address", Why: "there is no old account to take it from", Exit: diag.ExitUsage,
			Fix: []string{"add quick.notification_email to the spec"}}
	}
	p, err := params(want)
	region := in.Spec.TargetRegion
	st := plan.Step{ID: idCreate, Kind: k.Name(), Account: s.account, Region: region, Phase: plan.Cutover, Actor: diag.QuickAdmin, Params: p,
		Title:  fmt.Sprintf("create the Quick account in %s under the first free name of: %s", region, strings.Join(want.Names, ", ")),
		Reason: "the Region of this call becomes the identity Region; naming the instance keeps the sign-up from going to Identity Center's home",
		Calls:  []string{"quicksight:CreateAccountSubscription"},
		Effect: "a new Quick account; its name, identity Region and identity method can never be changed; the sign-in address changes when the name does",
		Done:   "AWS has accepted the sign-up", Undo: "cannot be changed afterwards, only deleted",
		Risk: plan.Irreversible, RiskName: fmt.Sprintf("create-quick/%s/%s/%s", s.account, region, strings.Join(want.Names, ",")),
		Gates: []plan.Gate{plan.GateRehearsal, plan.GatePolicies, plan.GateConsent}, Needs: append(s.before(), gone(s)...),
		Repairs: s.repairsHome(),
		Reads:   []string{"/identity_center/arn"},
		Writes:  []string{s.path(""), "/identity_center/applications"}, Predicted: in.Times[estate.TimeAPICall], Sources: quickSources()}
	if want.Method != "" {
		st.Reason = "the Region of this call becomes the identity Region; the web keeps its own sign-in, by " + want.Method
		st.Gates, st.Reads, st.Writes = []plan.Gate{plan.GateRehearsal, plan.GateConsent}, []string{}, []string{s.path("")}
	}
	return []plan.Step{st}, err
}

// federated reports whether the new account does not use Identity Center (path B).
func (s situation) federated() bool { return s.input().Path() == spec.PathFederation }

// federatedMethod is the old account's method where it can stay, else IAM federation with Quick's own users beside it.
func (s situation) federatedMethod() string {
	if s.exists && s.quick.Authentication != estate.AuthIdentityCenter {
		return firstOf(s.quick.Authentication, authFederated)
	}
	return authFederated
}

const authFederated = "IAM_AND_QUICKSIGHT"

// newEdition is the old account's edition where a new one can have it; STANDARD accounts cannot be made any more (PATH-21).
func (s situation) newEdition() string {
	if s.quick.Edition == "STANDARD" {
		return ""
	}
	return s.quick.Edition
}

// repairsHome is the finding about the identity Region, unless the wanted Region is no good either.
func (s situation) repairsHome() []string {
	if !slices.Contains(s.Spec.Table().Desktop, s.Spec.TargetRegion) {
		return nil
	}
	return openKeys(s.Findings, "PATH-01", "PATH-17")
}

func gone(s situation) []string {
	if s.deletes {
		return []string{idGone}
	}
	return nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func (k createQuick) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	p, err := decode[createParams](s)
	if err != nil {
		return plan.Observation{}, err
	}
	known, err := k.env.Cloud.Quick(s.Account, s.Region).DescribeAccountSubscription(ctx)
	if err != nil {
		return plan.Observation{}, err
	}
	q, exists := known.Get()
	switch {
	case !exists:
		return plan.Observation{State: plan.Todo, Detail: "there is no Quick account"}, nil
	case q.Status == estate.QuickCreationFailed:
		return plan.Observation{State: plan.Todo, Detail: "an earlier sign-up failed"}, nil
	case q.Status == estate.QuickUnsubscribing:
		return plan.Observation{State: plan.Pending, Detail: "the old account is still being deleted"}, nil
	case !slices.Contains(p.Names, q.Name):
		return plan.Observation{}, &diag.Error{Code: "step/other-account", What: "there is a Quick account with a name that the plan does not know: " + q.Name,
			Where: fmt.Sprintf("account %s", s.Account), Exit: diag.ExitBlocked, Owner: diag.QuickAdmin, Fix: []string{"find out who made it, then: rehome survey && rehome plan"}}
	}
	return plan.Observation{State: plan.Done, Detail: "the account " + q.Name + " is " + string(q.Status), Output: plan.Output{"name": q.Name}}, nil
}

// Act tries the names in order. A name that somebody holds is no failure as long as another one is left.
func (k createQuick) Act(ctx context.Context, _ plan.Run, s plan.Step) error {
	p, err := decode[createParams](s)
	if err != nil {
		return err
	}
	var refused []string
	for _, name := range p.Names {
		err := k.env.Cloud.Eventually(ctx, 5*time.Minute, func(ctx context.Context) error {
			return k.env.Cloud.Quick(s.Account, s.Region).CreateAccountSubscription(ctx, cloud.Subscription{Name: name, Edition: p.Edition,
				Authentication: firstOf(p.Method, estate.AuthIdentityCenter), Email: p.Email, InstanceARN: p.Instance, Groups: p.Groups, Contact: contact(p.Contact)})
		})
		var e *cloud.Error
		if errors.As(err, &e) && nameTaken(e) {
			refused = append(refused, fmt.Sprintf("%s (%s)", name, e.Message))
			continue
		}
		return err
	}
	return &diag.Error{Code: "step/names-taken", What: "none of the account names can be used: " + strings.Join(refused, ", "), Where: fmt.Sprintf("account %s, %s", s.Account, s.Region),
		Why: "names are unique in all of AWS, and how long a deleted account's name is held is not documented", Exit: diag.ExitWaiting, Owner: diag.QuickAdmin,
		Fix: []string{"put another name into the spec and, since the old account is gone, what it had:\n" + p.specLines(),
			"then: rehome survey && rehome plan && rehome apply", "or try the same names again later: rehome resume"}}
}

// specLines are the parameters as a person can paste them under quick: in the spec; a new survey cannot see them any more.
func (p createParams) specLines() string {
	groups, err := params(p.Groups)
	if err != nil {
		return "" // strings only; cannot fail
	}
	return fmt.Sprintf("  account_names: [ANOTHER-NAME]\n  edition: %s\n  notification_email: %s\n  groups: %s", p.Edition, p.Email, groups)
}

// nameTaken: the old account is gone at this point, so an "exists" is about the name (quick-api 1.5, INFERRED), unless it speaks of a
// subscription. A conflict is about time, and the same name is tried again by a resume.
func nameTaken(e *cloud.Error) bool {
	if e.Kind == cloud.Exists {
		return !strings.Contains(strings.ToLower(e.Message), "subscri")
	}
	return e.Code == "InvalidParameterValueException" && strings.Contains(strings.ToLower(e.Message), "account name")
}

func contact(c *spec.Contact) cloud.Contact {
	if c == nil {
		return cloud.Contact{}
	}
	return cloud.Contact{FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Phone: c.Phone}
}

func (createQuick) Patience() (time.Duration, time.Duration) { return shortly() }

// quickCreated waits for the account and its namespace, and proves the identity Region.
type quickCreated struct{ env Env }

func (quickCreated) Name() string { return idCreated }

func (k quickCreated) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.creates {
		return nil, nil
	}
	account, namespace := in.Times[estate.TimeQuickCreated], in.Times[estate.TimeNamespaceCreated]
	both := estate.Span{Typical: account.Typical + namespace.Typical, Low: account.Low + namespace.Low, High: account.High + namespace.High, Source: account.Source}
	return []plan.Step{{ID: idCreated, Kind: k.Name(), Account: s.account, Region: in.Spec.TargetRegion, Phase: plan.Cutover, Actor: diag.AWS,
		Title: "wait until the new Quick account is ready", Reason: "an accepted sign-up is not yet an account",
		Calls: []string{"quicksight:DescribeAccountSubscription", "quicksight:ListNamespaces"}, Effect: "none",
		Done: "ACCOUNT_CREATED, namespace CREATED, and its capacity Region is " + string(in.Spec.TargetRegion), Undo: "nothing to undo",
		Risk: plan.Reads, Needs: []string{idCreate}, Predicted: both, Sources: quickSources()}}, nil
}

func (k quickCreated) Observe(ctx context.Context, _ plan.Run, s plan.Step) (plan.Observation, error) {
	known, err := k.env.Cloud.Quick(s.Account, s.Region).DescribeAccountSubscription(ctx)
	if err != nil {
		return plan.Observation{}, err
	}
	q, exists := known.Get()
	if !exists || q.Status == estate.QuickCreationFailed {
		return plan.Observation{}, &diag.Error{Code: "step/creation-failed", What: "AWS could not create the Quick account (CREATION_FAILED)", Where: fmt.Sprintf("account %s, %s", s.Account, s.Region),
			Owner: diag.AWS, Fix: []string{"rehome resume tries again", "if it fails again, open a case with AWS support"}}
	}
	if !q.Status.Live() {
		return plan.Observation{State: plan.Pending, Detail: "the account is " + string(q.Status)}, nil
	}
	ns, err := k.env.Cloud.Quick(s.Account, s.Region).ListNamespaces(ctx)
	if err != nil {
		return plan.Observation{}, err
	}
	def, ok := ns[estate.DefaultNamespace]
	switch {
	case !ok || def.Status != "CREATED":
		return plan.Observation{State: plan.Pending, Detail: "the account is created, its namespace is " + firstOf(def.Status, "not there yet")}, nil
	case def.CapacityRegion != s.Region:
		return plan.Observation{}, &diag.Error{Code: "step/wrong-region", What: fmt.Sprintf("the new account's identity Region is %s, not %s", def.CapacityRegion, s.Region),
			Where: "account " + string(s.Account), Exit: diag.ExitBlocked, Owner: diag.AWS, Fix: []string{"open a case with AWS support before anybody uses the account"}}
	}
	return plan.Observation{State: plan.Done, Detail: "ACCOUNT_CREATED, identity Region " + string(def.CapacityRegion),
		Output: plan.Output{"application": string(def.ApplicationARN), "identity_region": string(def.CapacityRegion)}}, nil
}

func (quickCreated) Act(context.Context, plan.Run, plan.Step) error { return nil }

func (quickCreated) Patience() (time.Duration, time.Duration) { return slowly() }
