// Package step holds the kinds of step, one file each: the text that a person reads, what it needs and costs, and the hands that
// do it. Everything that the hands need at run time is in the step's parameters, so a plan file is complete. A kind must not know
// other kinds' hands, and must never trust that what it did is still there: it observes.
package step

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/plan"
)

// Env is what the hands work with. Planning needs none of it.
type Env struct {
	Cloud  *cloud.Cloud
	SignIn SignIn
	Assets Assets
}

// Kinds are all kinds of step in the order in which a move uses them.
func Kinds(env Env) []plan.Kind {
	return []plan.Kind{
		residency{env},            // a person agrees that people's data cross Regions
		createKey{env},            // a multi-Region key at home, when there is none that fits
		keyPolicy{env},            // give each Region's copy of the key the policy that its callers need
		encryptInstance{env},      // Identity Center takes the key into use
		instanceEncrypted{env},    // until it has
		replicateKey{env},         // a copy at the target, with a policy of its own
		verifyKeyPolicies{env},    // read them back and judge them by evaluation
		addRegion{env},            // Identity Center at the target
		regionActive{env},         // until it answers there
		verifyReplication{env},    // the same people under the same ids
		tokenIssuer{env},          // Identity Center trusts the identity provider's tokens
		issuerReplicated{env},     // until the target shows it
		signIn{env},               // somebody signs in as Quick on Desktop does
		exportAssets{env},         // everything that would be lost, into a vault
		trialImport{env},          // whether AWS takes it, under a prefix and removed again
		rehearseVault{env},        // the whole plan once more on a twin, with the vault
		accountNames{env},         // agree on the names to try
		recordApplication{env},    // write down what names the old application
		protectionOff{env},        // taken back when the run stops before the deletion
		deleteQuick{env},          // the point of no return
		quickGone{env},            // until nothing of the old account answers
		createQuick{env},          // in the target Region, with the instance named
		quickCreated{env},         // account, namespace and capacity Region
		roleMemberships{env},      // groups by role
		verifyQuick{env},          // people are back; what happened to the old application
		importAssets{env},         // everything is there again
		loadDatasets{env},         // the rows that bundles do not carry
		remakeAssets{},            // by hand: what no bundle brings
		wrongAccess{},             // by hand: an extension access with other values goes
		extensionAccess{env: env}, // by hand: the values card is entered
		extension{},               // by hand: the extension is made from it
		desktopSeen{},             // by hand: an administrator signs in with the application
		wrongIssuer{env},          // a trusted token issuer with another URL goes
		distribute{},              // by hand: people are told
		removeRegion{env},         // the way back to one Region, in the one order that works
		regionRemoved{env},        // until it is gone
		deleteReplica{env},        // by hand
		ownedKey{env},             // Identity Center takes AWS's own key into use again
		ownedKeyInUse{env},        // until it has
		deletePrimary{env},        // by hand
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
	idResidency  = "agree-residency"
	idCreateKey  = "create-key"
	idEncrypt    = "encrypt-instance"
	idEncrypted  = "instance-encrypted"
	idReplicated = "verify-replication"
	idIssuer     = "token-issuer"
	idIssuerSeen = "token-issuer-replicated"
	idSignIn     = "sign-in"
	idAccess     = "extension-access"
	idExtension  = "extension"
	idDesktop    = "desktop-sign-in"
	idExport     = "export-assets"
	idTrial      = "trial-import"
	idRehearse   = "rehearse-vault"
	idLoad       = "load-datasets"
	idImport     = "import-assets"
	idRemake     = "remake-assets"
	idOwned      = "aws-owned-key"
	idOwnedInUse = "aws-owned-key-in-use"
)

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

// replicating is for a Region that is added or removed: the API has no status for a failure, so the deadline is the only end of a
// wait that leads nowhere. 120 minutes is what terraform-provider-aws allows (idc-kms 1.7).
func replicating() (time.Duration, time.Duration) { return 30 * time.Second, 120 * time.Minute }

var (
	runbook  = diag.Source{Doc: "runbook, sections 3 and 5", Date: "2026-06-06"}
	quickAPI = diag.Source{Doc: "quick-api fact sheet, section 1", Date: "2026-11-22"}
)
