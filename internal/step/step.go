// Package step holds the kinds of step, one file each: the text that a person reads, what it needs and costs, and the hands that
// do it. Everything that the hands need at run time is in the step's parameters, so a plan file is complete. A kind must not know
// other kinds' hands, and must never trust that what it did is still there: it observes.
package step

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/check"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// Env is what the hands work with. Planning needs none of it.
type Env struct {
	Cloud *cloud.Cloud
}

// Kinds are all kinds of step in the order in which a move uses them.
func Kinds(env Env) []plan.Kind {
	return []plan.Kind{
		keyPolicy{env},         // give each Region's copy of the key the policy that its callers need
		verifyKeyPolicies{env}, // read them back and judge them by evaluation
		accountNames{env},      // agree on the names to try
		recordApplication{env}, // write down what names the old application
		protectionOff{env},     // taken back when the run stops before the deletion
		deleteQuick{env},       // the point of no return
		quickGone{env},         // until nothing of the old account answers
		createQuick{env},       // in the target Region, with the instance named
		quickCreated{env},      // account, namespace and capacity Region
		roleMemberships{env},   // groups by role
		verifyQuick{env},       // people are back; what happened to the old application
	}
}

// Ids of steps that others need.
const (
	idNames      = "account-names"
	idProtection = "protection-off"
	idDelete     = "delete-quick"
	idGone       = "quick-gone"
	idCreate     = "create-quick"
	idCreated    = "quick-created"
	idRoles      = "role-memberships"
	idVerifyKeys = "verify-key-policies"
	idRecord     = "record-application"
)

// situation is what all kinds plan from: the quick account, whether it has to be deleted, whether one has to be made.
type situation struct {
	plan.Input
	account estate.AccountID
	quick   estate.Quick
	exists  bool
	inst    estate.Instance
	creates bool // a new account is to be made
	deletes bool // the old one has to go first
}

func look(in plan.Input) situation {
	s := situation{Input: in, account: in.Spec.Quick.Account}
	known := in.Survey.Estate.Accounts[s.account].Quick
	s.quick, s.exists = known.Get()
	s.inst, _ = in.Survey.Estate.IdentityCenter.Get()
	if !in.Spec.MovesQuick() {
		return s
	}
	home, seen := s.quick.IdentityRegion.Get()
	s.deletes = s.exists && seen && home != in.Spec.TargetRegion
	s.creates = s.deletes || known.IsAbsent()
	return s
}

func (s situation) home() estate.Region { return s.quick.IdentityRegion.Or("") }

func (s situation) path(rest string) string {
	return fmt.Sprintf("/accounts/%s/quick%s", s.account, rest)
}

// input gives the checks' view of the same facts.
func (s situation) input() check.Input { return check.Input{Spec: s.Spec, Survey: s.Survey} }

func params(v any) (jsontext.Value, error) { return json.Marshal(v, json.Deterministic(true)) }

// decode reads a step's parameters; the plan file's fingerprint has been checked before.
func decode[T any](s plan.Step) (T, error) {
	var v T
	if err := json.Unmarshal(s.Params, &v); err != nil {
		return v, &diag.Error{Code: "step/params", What: "the parameters of step " + s.ID + " cannot be read", Why: err.Error(),
			Fix: []string{"make the plan again: rehome plan"}, Err: err}
	}
	return v, nil
}

// patience is how often AWS is asked; the deadline is our own, since AWS promises none.
const (
	poll     = 10 * time.Second
	deadline = 60 * time.Minute
)

func shortly() (time.Duration, time.Duration) { return poll, 10 * time.Minute }
func slowly() (time.Duration, time.Duration)  { return poll, deadline }

var (
	runbook  = diag.Source{Doc: "runbook, sections 3 and 5", Date: "2026-06-06"}
	quickAPI = diag.Source{Doc: "quick-api fact sheet, section 1", Date: "2026-11-22"}
)
