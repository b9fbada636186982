package knowledge

import (
	"regexp"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

var (
	multiRegion = diag.Source{Doc: "idc-kms fact sheet 1.2, 1.7 (IAM Identity Center in several Regions)", Date: "2026-11-22"}
	signUp      = diag.Source{Doc: "runbook step A5 and section 7; CreateAccountSubscription API reference (quick-api 1.1)", Date: "2026-06-06"}
	prices      = diag.Source{Doc: "AWS KMS pricing; multi-Region keys are billed per copy: AWS KMS developer guide", Date: "2026-11-22"}
)

// questions are entries about words of consoles and plain questions rather than errors.
var questions = []Entry{
	{ID: "IDC-11", Title: "Replicating is ADDING and Replicated is ACTIVE",
		Cause:   "the console and the API have different words for the same state of a Region: Replicating (ADDING) until all people, groups and settings are there, then Replicated (ACTIVE); the way out is REMOVING. There is no word for a replication that has failed",
		Fix:     "aws sso-admin list-regions --region HOME --instance-arn ARN shows the API's word; 15 to 30 minutes are usual",
		Owner:   diag.AWS,
		Source:  []diag.Source{multiRegion},
		pattern: regexp.MustCompile(`(identity center|region|instance).{0,200}?\breplicat(ing|ed)\b|\breplicat(ing|ed)\b.{0,200}?(identity center|region|instance)|\b(status|state)\b.{0,20}\breplicat(ing|ed)\b`),
		unless:  regexp.MustCompile(`replicated to the key|replicatekey|replicate-key|kms:`), Findings: []Confirms{{Code: "IDC-12", Subject: "identity-center/"}}},
	{ID: "IDC-02", Title: "the primary Region of Identity Center cannot be changed",
		Cause:   "an organization instance has one primary Region for life: no operation moves it, an additional Region cannot be promoted, and it cannot be removed; only a new instance has another one",
		Fix:     "leave it where it is and replicate: what is needed elsewhere works in an additional Region; rehome plan adds the one that Quick needs",
		Owner:   diag.ManagementAdmin,
		Source:  []diag.Source{multiRegion},
		pattern: regexp.MustCompile(`(chang|mov|switch|migrat|promot)[a-z]*.{0,80}?(primary|home) region|(primary|home) region.{0,80}?(chang|mov|switch|migrat|promot)|promot[a-z]*.{0,40}?additional region|additional region.{0,40}?promot`),
		unless:  regexp.MustCompile(`updateprimaryregion|update-primary-region|kms:`)},
	{ID: "IDC-17", Title: "permission sets and account assignments exist in the primary Region only",
		Cause:   "an additional Region neither changes nor shows them; people reach their accounts there with what has been provisioned before",
		Fix:     "call again with --region set to Identity Center's primary Region: aws sso-admin list-instances shows it",
		Owner:   diag.ManagementAdmin,
		Source:  []diag.Source{multiRegion},
		pattern: regexp.MustCompile(`((list|describe|create|update|delete)[a-z]*permissionsets?|permission sets?|account ?assignments?).{0,200}?(additional region|not available|another region|accessdenied)`)},
	{ID: "KMS-32", Title: "each copy of a key costs by itself",
		Cause:   "KMS bills storage for every customer managed key and every replica, 1 USD a month each as of November 2026, and requests above the free number; a key of AWS's own costs nothing",
		Fix:     "a replica that nobody uses any more can be scheduled for deletion in its own Region: aws kms schedule-key-deletion --region REGION --key-id KEY",
		Owner:   diag.ManagementAdmin,
		Source:  []diag.Source{prices},
		pattern: regexp.MustCompile(`(kms|multi-region key|replica key|customer managed key|primary key).{0,80}?\b(costs?|price|pricing|charged?|billed|bill)\b|\b(costs?|price|pricing|charge)\b.{0,60}?(kms|multi-region key|replica key|customer managed key)`)},
	{ID: "PATH-04", Title: "choosing another Region on Quick's web page moves nothing",
		Cause:   "the Region selector changes which Region's assets are shown; the identity Region with users, groups, namespaces, index, Knowledge and Spaces stays where the account was made",
		Fix:     "rehome survey shows the identity Region; when Quick on Desktop needs another one the account has to be created anew: rehome plan",
		Owner:   diag.QuickAdmin,
		Source:  []diag.Source{runbook},
		pattern: regexp.MustCompile(`region (selector|switcher|menu|drop-?down)|(switch|chang|select)(ed|ing)?( the| my| quick's| to another| another)? (aws )?region.{0,120}?(quick|space|index|console)|quick.{0,120}?(switch|chang)(ed|ing)?( the| my)? (aws )?region`), Findings: []Confirms{{Code: "PATH-01", Subject: "quick/"}}},
	{ID: "TRB-03", Title: "the console signs up in Identity Center's home Region, whatever Region is chosen",
		Cause:   "with Identity Center the sign-up page resolves the instance's home Region and creates the account there; a call that names the instance is not resolved and goes where it is signed for (SUB-05)",
		Fix:     "create the account by API: aws quicksight create-account-subscription --region us-east-1 --authentication-method IAM_IDENTITY_CENTER --iam-identity-center-instance-arn ARN; rehome apply does it (SUB-05)",
		Owner:   diag.QuickAdmin,
		Source:  []diag.Source{signUp},
		pattern: regexp.MustCompile(`console.{0,80}?(targets|goes to|uses|picks|opens|signs up|creates|lands|redirects).{0,80}?([a-z]{2}-[a-z]+-\d|home region)|sign-?up page.{0,80}?([a-z]{2}-[a-z]+-\d|home region)`), Findings: []Confirms{{Code: "PATH-01", Subject: "quick/"}}},
}

// ReplicaWords shows a state of a Region in the console's word and the API's, such as "Replicating (ADDING)"; a state without a word of
// the console's is shown as it is.
func ReplicaWords(s estate.ReplicaState) string {
	switch s {
	case estate.RegionAdding:
		return "Replicating (ADDING)"
	case estate.RegionActive:
		return "Replicated (ACTIVE)"
	}
	return string(s)
}
