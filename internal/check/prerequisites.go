package check

import (
	"fmt"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/needs"
	"rehome/internal/spec"
)

// Prerequisite is one line of the list that has to be ticked before anything is planned (PATH-24).
type Prerequisite struct {
	Name     string
	Status   diag.Status // Unknown: not seen
	Evidence string      // what was seen, or why nothing was
	Findings []string    // codes of the open findings behind it; the blocking ones among them block the plan
	Source   diag.Source
}

// Word is how people read the status.
func (p Prerequisite) Word() string {
	return map[diag.Status]string{diag.Pass: "met", diag.Fail: "not met", diag.Unknown: "not seen"}[p.Status]
}

var prerequisitesDoc = diag.Source{Doc: "Setting up Amazon Quick on desktop for enterprise deployments, Prerequisites; runbook 2", Date: "2026-06-06"}

// Prerequisites lists what has to be there before the plan, judged by the findings of Run. cliVersion is what aws --version says, such as
// 2.17.32; empty when nobody asked.
func (in Input) Prerequisites(fs []diag.Finding, cliVersion string) []Prerequisite {
	out := []Prerequisite{in.subscription(fs), in.administratorOf(fs, "Quick administrator: the caller may do what is to come in the Quick account", string(in.Spec.Quick.Account)),
		{Name: "right to register OIDC applications at the identity provider", Evidence: "a person's: rehome does not ask the identity provider"}}
	if in.Path() == spec.PathIdentityCenter {
		accounts := []string{string(in.Spec.Management.Account)}
		if admin := string(in.Spec.Administrator().Account); admin != accounts[0] {
			accounts = append(accounts, admin)
		}
		out = append(out, in.administratorOf(fs, "management account or delegated administrator: the callers may do what is to come", accounts...))
	}
	out = append(out, cli(cliVersion))
	for i := range out {
		out[i].Source = prerequisitesDoc
	}
	return out
}

// subscription: an active Quick account with an identity method that the path can use.
func (in Input) subscription(fs []diag.Finding) Prerequisite {
	p := Prerequisite{Name: "active Quick subscription with a supported identity method", Status: diag.Pass}
	known := in.quick()
	q, ok := known.Get()
	p.Evidence = fmt.Sprintf("%s, %s, %s", q.Status, orNone(q.Edition), orNone(q.Authentication))
	for _, f := range fs {
		if f.Open() && slices.Contains([]string{"SUB-18", "PATH-17", "PATH-20"}, f.Code) {
			p.Findings = append(p.Findings, f.Code)
		}
	}
	switch {
	case !known.Looked():
		p.Status, p.Evidence = diag.Unknown, known.Why()
	case !ok && in.creates():
		p.Evidence = "there is none yet; the plan makes it"
	case !ok || !q.Status.Live() || len(p.Findings) > 0:
		p.Status = diag.Fail
	}
	return p
}

// administratorOf: what the callers of accounts may do, by the findings about their rights.
func (in Input) administratorOf(fs []diag.Finding, name string, accounts ...string) Prerequisite {
	p := Prerequisite{Name: name}
	var seen []string
	bad, unsure := false, false
	for _, id := range accounts {
		judged := false
		for _, f := range fs {
			if f.Code != "SUB-19" || f.Subject != "rights/"+id && !strings.HasPrefix(f.Subject, "rights/"+id+"/") {
				continue
			}
			judged, seen = true, append(seen, f.Title)
			bad, unsure = bad || f.Status == diag.Fail, unsure || f.Status == diag.Unknown
			if f.Open() {
				p.Findings = append(p.Findings, f.Code)
			}
		}
		if !judged {
			seen, unsure = append(seen, "nothing has to be done in account "+id), unsure || len(needs.Rights(in.Hands(), needs.KindSurvey)) == 0
		}
	}
	p.Findings, p.Evidence = slices.Compact(p.Findings), strings.Join(seen, "; ")
	switch {
	case bad:
		p.Status = diag.Fail
	case !unsure:
		p.Status = diag.Pass
	}
	return p
}

// cli: version 2 of the AWS CLI. Which minor version first knew the instance's parameter is documented nowhere, so it is not judged.
func cli(version string) Prerequisite {
	p := Prerequisite{Name: "AWS CLI version 2, recent enough for --iam-identity-center-instance-arn"}
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "aws-cli/"), ".")
	switch {
	case version == "":
		p.Evidence = "nobody asked; rehome itself does not use it: aws --version"
	case major == "2":
		p.Status, p.Evidence = diag.Pass, version
	default:
		p.Status, p.Evidence = diag.Fail, version
	}
	return p
}
