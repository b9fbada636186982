// Package knowledge is the catalogue of error texts: how each is recognized, what it means, what mends it and where that is known
// from. Recognition is tolerant of line breaks, case and dressing, and never looks at the end of a text. A key with two causes has two
// entries, under one id when the catalogue has one row for both. It must not look at an estate; whoever has one compares the findings
// that an entry names with what was found there.
package knowledge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rehome/internal/diag"
)

// Entry is one error that people meet.
type Entry struct {
	ID     string // catalogue row
	Title  string
	Cause  string
	Fix    string // may hold ${name} of the pattern's groups
	Owner  diag.Owner
	Source []diag.Source
	// Findings are codes of checks that can confirm or exclude the cause, each with a word that the finding's subject must hold.
	Findings []Confirms
	Finder   Finder         // who has to look people up for the error to be about this; empty: anybody
	pattern  *regexp.Regexp // over text that normal has made plain, in lower case
	unless   *regexp.Regexp // a text that holds this is about something else; nil: nothing
	vague    vague          // what counts only when nothing else in the catalogue is recognized
	tells    *tells         // nil: the text's own values do not matter, or are groups of the pattern
}

// Confirms names findings that decide about an entry's cause.
type Confirms struct {
	Code    string
	Subject string // part of the subject; empty for any
	Part    bool   // one way of several to the same error: it confirms the cause when it fails, and excludes nothing when it passes
	// Says is what the finding's title, or an observation of it, has to hold for it to confirm anything; nil: nothing.
	Says *regexp.Regexp
}

// Finder is who finds the person of a token.
type Finder string

// The finders: Quick itself in accounts with IAM federation, the trusted token issuer in accounts on Identity Center.
const (
	FinderQuick          Finder = "Quick"
	FinderIdentityCenter Finder = "Identity Center"
)

// Match is an entry that fits a text.
type Match struct {
	Entry
	Values map[string]string // what the text says, by the pattern's group names
}

// MaxText bounds how much of a paste is looked at, in bytes; every entry reads all of it, and the answer should come at once.
const MaxText = 1 << 17

// Explain gives every entry that fits the text, in the order of the catalogue; none when nothing is recognized.
func Explain(text string) []Match {
	plain := normal(text)
	small := lower(plain)
	var clear, unclear []Match
	for _, e := range Entries() {
		values := map[string]string{}
		switch {
		case e.pattern != nil && read(e.pattern, plain, small, values) && (e.unless == nil || !e.unless.MatchString(small)):
			clear = append(clear, e.match(plain, small, values))
		case e.vague.fits(small):
			unclear = append(unclear, e.match(plain, small, values))
		}
	}
	if clear != nil {
		return clear
	}
	return unclear
}

// match ties an entry to what the text says.
func (e Entry) match(plain, small string, values map[string]string) Match {
	fix := e.Fix
	if e.tells != nil {
		fix = e.tells.sentence(plain, small, values) + fix
	}
	m := Match{Entry: e, Values: values}
	m.Fix = fill(fix, values)
	return m
}

func fill(text string, values map[string]string) string {
	for name, v := range values {
		text = strings.ReplaceAll(text, "${"+name+"}", v)
	}
	return text
}

// Entries is the catalogue, sorted by id; of one id the likelier cause comes first.
func Entries() []Entry {
	out := slices.Concat(entries, questions, signIn, session, signInQuestions)
	slices.SortStableFunc(out, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
	return out
}

var (
	runbook  = diag.Source{Doc: "runbook, section 7 and 1.2 (errors seen in the field)", Date: "2026-06-06"}
	keyFacts = diag.Source{Doc: "idc-kms fact sheet 2.2, 2.7, 3.6", Date: "2026-11-22"}
	region   = diag.Source{Doc: "quick-api fact sheet 2 (threads that quote the text)", Date: "2026-11-22"}
)

var entries = []Entry{
	{ID: "TRB-01", Title: "Identity Center may not decrypt with its key in the Region of the call",
		Cause: "the key's copy in the Region where the call runs has a policy without the statement for sso.amazonaws.com, or with an encryption context condition that the registration of an application does not meet; a replica made by API has the default policy, which admits no service",
		Fix:   "put Identity Center's statements on the key's copy in that Region, scoped by aws:SourceAccount: rehome plan computes the policy, rehome apply puts it; see it with: aws kms get-key-policy --region REGION --key-id KEY --query Policy --output text",
		Owner: diag.ManagementAdmin, Source: []diag.Source{runbook, keyFacts},
		Findings: []Confirms{{Code: "KMS-05"}, {Code: "KMS-08", Subject: "/sso"}},
		pattern:  seq(`\bsso\.amazonaws\.com["']? is not authorized to perform:? kms:decrypt`)},
	{ID: "TRB-02", Title: "Quick may not read the Identity Store's data in the Region of the call",
		Cause: "the key's copy in that Region does not admit quicksight.amazonaws.com through the Identity Store: neither the statement for AWS managed applications nor one for Quick is there; policies of replicas are never inherited",
		Fix:   "add the statement for managed applications to the key's copy in that Region: rehome plan computes the policy, rehome apply puts it",
		Owner: diag.ManagementAdmin, Source: []diag.Source{runbook, keyFacts},
		Findings: []Confirms{{Code: "KMS-05"}, {Code: "KMS-07", Subject: "/quicksight"}},
		pattern:  seq(`\bquicksight\.amazonaws\.com["']? is not authorized`, `kms:decrypt`)},
	{ID: "TRB-04", Title: "this AWS account has a Quick account already",
		Cause: "one AWS account holds one Quick account, whatever its Region; the one that is there has to be deleted before another can be made",
		Fix:   "rehome survey shows its name and identity Region; rehome plan makes the way: export, unsubscribe, create anew",
		Owner: diag.QuickAdmin, Source: []diag.Source{runbook, {Doc: "CreateAccountSubscription API reference, ResourceExistsException", Date: "2026-11-22"}},
		Findings: []Confirms{{Code: "PATH-01", Subject: "quick/"}},
		pattern:  regexp.MustCompile(`(createaccountsubscription|create-account-subscription).{0,200}?(resourceexists|already (exists|subscribed|signed up))|(resourceexists|conflict)exception.{0,200}?(subscription|quick ?(sight)? account|createaccountsubscription)|account subscription already exists`),
		unless:   regexp.MustCompile(`account ?name`)}, // a name that somebody holds is refused with the same type
	{ID: "TRB-05", Title: "Quick's index works only in the account's identity Region",
		Cause: "the identity Region is another one; the Region selector of the web page changes the view only. It is not a missing IAM permission, although the text says so",
		Fix:   "the account has to be created anew with identity Region us-east-1: rehome plan; when the identity Region is right already, check the edition and the caller's permissions for spaces",
		Owner: diag.QuickAdmin, Source: []diag.Source{runbook},
		Findings: []Confirms{{Code: "PATH-01", Subject: "quick/"}},
		pattern:  seq(`unable to initialize quick index in this region`)},
	{ID: "TRB-26", Title: "the call went to another Region than the account's identity Region",
		Cause:   "users, groups, namespaces and settings are answered in the identity Region only",
		Fix:     "call again with --region ${identity} (the call went to ${endpoint})",
		Source:  []diag.Source{region, runbook},
		pattern: regexp.MustCompile(`called from endpoint (?P<endpoint>[a-z0-9-]+),? but your identity region is (?P<identity>[a-z]{2}(?:-[a-z]+)+-\d)`),
		tells:   &tells{derive: lowered}},
}

// Text renders a match for people, without knowledge of any estate.
func (m Match) Text() string {
	return fmt.Sprintf("%s %s\ncause: %s\nfix: %s", m.ID, m.Title, m.Cause, m.Fix)
}
