package house

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/routes"
)

const fidelityFile = "docs/fidelity.md"

// simulated is one service of the twin, where its behaviour is known from, and what a user of it would miss.
type simulated struct {
	kernel.Service
	routed  routes.Service
	source  string
	missing string
	refuses string // name of the handler that only ever refuses; empty: none
}

// known is what the table of handlers does not tell, by service.
var known = map[string]simulated{
	"account": {source: "Account Management API reference", missing: "opting in to or out of a Region; contacts"},
	"cloudformation": {source: "CloudFormation API and template references, its user guide, issues of public projects that quote its texts",
		missing: "every resource but Quick's; updates, change sets of stacks that are there, drift, imports, stack sets and macros; templates in Amazon S3 and in YAML; conditions, mappings, outputs and other functions than Ref, Fn::GetAtt, Fn::Sub and Fn::Join; a stack's service role, tags and policy; resources made at the same time"},
	"iam":           {source: "IAM API reference; idc-kms 2.7 and 4", missing: "everything that changes; users, groups and instance profiles: roles are the world's data"},
	"identitystore": {source: "idc-kms 1.4, 1.7, 6 and 9.6", missing: "attributes beyond names and the first address; provisioning by SCIM"},
	"kms":           {source: "idc-kms 2 and 4", missing: "aliases, rotation and imported material; asymmetric and HMAC keys; custom key stores; another primary Region for a key"},
	"organizations": {source: "Organizations API reference; idc-kms 9.4",
		missing: "changes and invitations; policies of other types than service and resource control; delegated administrators of other services than Identity Center"},
	"quicksight": {source: "quick-api 1, 2, 3, 4.1, 4.2, 4.6, 5, 7 and 9", refuses: "forIdentityCenter",
		missing: "what a definition means, and whether it works; rows and SPICE capacity; templates, and assets made from one; theme versions and aliases; restricted folders; rights on single assets; the web page and the index"},
	"s3": {source: "Amazon S3 API reference",
		missing: "buckets beyond those of the world, their policies, and their names in the host; versions, encryption and tags; uploads in parts, and parts of an object"},
	"sso-admin": {source: "idc-kms 1, 5.1, 5.2 and 9.6", refuses: "write",
		missing: "permission sets and account assignments; tags; a new organization instance; applications reach other Regions at once"},
	"sts": {source: "STS API reference", missing: "sessions by SAML, web identity or federation; trust policies beyond the external id"},
}

// beside says what there is of services that AWS or somebody else has without an API of AWS: for persons, pages and the other services.
var beside = map[string]simulated{
	"desktop": {source: "AWS's guide to Quick on Desktop for enterprises; oidc 0.1; idc-kms 5.2",
		missing: "what the application does once somebody is in; the end of a session and its refresh; the check of an access token"},
	"idp":           {source: "oidc 1.1 and 3", missing: "administration of the provider; second factors; other vendors than Okta"},
	"quick-console": {source: "AWS's guide to Quick on Desktop for enterprises", missing: "every other page of the console, and other kinds of extension"},
}

// unrouted are those services, sorted, with what is said of them.
func unrouted(t *testing.T) []simulated {
	t.Helper()
	var out []simulated
	for _, s := range twin.Services() {
		row, ok := beside[s.ID]
		routed := slices.ContainsFunc(routes.Services(), func(r routes.Service) bool { return r.ID == s.ID })
		if ok == routed {
			t.Fatalf("%s: what AWS has an API for belongs in known, everything else in beside", s.ID)
		}
		if ok {
			row.Service = s
			out = append(out, row)
		}
	}
	return slices.SortedFunc(slices.Values(out), func(a, b simulated) int { return strings.Compare(a.ID, b.ID) })
}

// services are the twin's own, sorted, with what is known of them.
func services(t *testing.T) []simulated {
	t.Helper()
	var out []simulated
	for _, r := range routes.Services() {
		i := slices.IndexFunc(twin.Services(), func(s kernel.Service) bool { return s.ID == r.ID })
		s, ok := known[r.ID]
		if i < 0 || !ok {
			t.Fatalf("%s is routed, but it is not composed into the twin or nothing is said of it here", r.ID)
		}
		s.Service, s.routed = twin.Services()[i], r
		out = append(out, s)
	}
	return out
}

// dir is where the service's files are.
func (s simulated) dir() string { return "internal/twin/" + strings.ReplaceAll(s.ID, "-", "") }

func (s simulated) operations() []routes.Operation {
	return slices.DeleteFunc(routes.Operations(), func(o routes.Operation) bool { return o.Service != s.ID })
}

// everywhere is what no single operation tells.
var everywhere = []string{
	"Signatures are not verified. The access key id names the caller, any secret will do, and the signature's scope names service and Region.",
	"Consistency is immediate, but for key policies, replicas, and what Identity Center replicates, whose delays are in the table of times; AWS promises less, everywhere.",
	"Quotas are not enforced by themselves. Throttling, errors, latency, cut connections, outages and expired credentials are scripted by the world.",
	"Identity, boundary, session, service control and resource control policies, grants and key policies are all evaluated; VPC endpoint policies are not.",
	"Requests are checked as far as behaviour depends on it, not against every pattern and length of AWS's models.",
	"An operation without a handler is answered with `NotModelledByTwin`, never with success.",
	"A value that the world does not hold is answered with an error that names it, never with a guess.",
	"Answers hold what the world holds; optional members that nothing here reads are left out.",
	"Nothing costs money, and nothing is slower than this machine.",
}

func TestTwinHandlesOnlyWhatAWSHas(t *testing.T) {
	for _, s := range services(t) {
		for name := range s.Handlers {
			if _, ok := routes.Lookup(s.ID, name); !ok {
				t.Errorf("%s handles %s, which AWS does not have", s.ID, name)
			}
		}
		for name := range s.Actions {
			if s.Handlers[name] == nil {
				t.Errorf("%s has IAM actions for %s, which it does not handle", s.ID, name)
			}
		}
	}
}

// TestTheRestIsNoAPI: what AWS has no API for no client can call.
func TestTheRestIsNoAPI(t *testing.T) {
	for _, s := range unrouted(t) {
		if handled, declared := slices.Sorted(maps.Keys(s.Handlers)), slices.Sorted(maps.Keys(s.Console)); !slices.Equal(handled, declared) {
			t.Errorf("%s handles %v and says that it handles %v", s.ID, handled, declared)
		}
	}
}

// TestFidelityIsCurrent: docs/fidelity.md lists every operation as what it is.
func TestFidelityIsCurrent(t *testing.T) {
	current(t, fidelityFile, fidelity(t, loadTree(t)))
}

func fidelity(t *testing.T, tr tree) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(fidelityHead)
	for _, line := range everywhere {
		fmt.Fprintf(&b, "* %s\n", line)
	}
	b.WriteString("\n## Services\n\n| service | protocol | operations | modelled | refused | absent | source |\n|---|---|---:|---:|---:|---:|---|\n")
	for _, s := range services(t) {
		n := map[string]int{}
		for _, o := range s.operations() {
			n[fidelityOf(tr, s, o.Name)]++
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %s |\n", s.ID, s.routed.Protocol, len(s.operations()), n[modelled], n[refused], n[absent], s.source)
	}
	for _, s := range services(t) {
		describe(&b, tr, s)
	}
	b.WriteString("\n## Beside AWS's APIs\n\nThe operations are for by-hand steps, pages and other services of the twin; no client can call them.\n")
	for _, s := range unrouted(t) {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\nSource: %s. Not modelled: %s.\n\n| operation | what is said of it |\n|---|---|\n", s.ID, packageComment(tr, s.dir()), s.source, s.missing)
		for _, name := range slices.Sorted(maps.Keys(s.Handlers)) {
			_, says := handlerOf(tr, s.dir(), name)
			fmt.Fprintf(&b, "| %s | %s |\n", name, cell(says))
		}
	}
	b.WriteString("\n## Times\n\nHow long the twin lets things take, in seconds; a world may say otherwise.\n\n")
	b.WriteString("| what | typical | low | high | source |\n|---|---:|---:|---:|---|\n")
	times := estate.DefaultTimes()
	for _, k := range slices.Sorted(maps.Keys(times)) {
		s := times[k]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %s |\n", k, s.Typical, s.Low, s.High, cell(s.Source.String()))
	}
	b.WriteString("\n## Inferred\n\nEvery remark in the twin's code, and in what it shares with the checks, that says so.\n\n")
	for _, r := range remarks(tr) {
		fmt.Fprintf(&b, "* `%s`, %s\n", r.where, r.text)
	}
	return b.String()
}

func describe(b *strings.Builder, tr tree, s simulated) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\nNot modelled, beyond the operations below: %s.\n\n", s.ID, packageComment(tr, s.dir()), s.missing)
	b.WriteString("| operation | state | what is said of it |\n|---|---|---|\n")
	for _, o := range s.operations() {
		_, says := handlerOf(tr, s.dir(), o.Name)
		fmt.Fprintf(b, "| %s | %s | %s |\n", o.Name, fidelityOf(tr, s, o.Name), cell(says))
	}
}

// What an operation is here.
const (
	modelled = "**modelled**"
	refused  = "refused" // where AWS refuses it; elsewhere it is absent
	absent   = "absent"
)

func fidelityOf(tr tree, s simulated, operation string) string {
	if s.Handlers[operation] == nil {
		return absent
	}
	if name, _ := handlerOf(tr, s.dir(), operation); s.refuses != "" && name == s.refuses {
		return refused
	}
	return modelled
}

// cell makes a text fit a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

const fidelityHead = `# Fidelity of the twin

Made from the twin's own tables and comments by ` + "`go test ./internal/house -update`" + `; a test fails when it is out of date.

**Modelled** means that the operation does here what the source says it does at AWS, as far as the estate reaches. **Refused** ones are
refused where AWS refuses them, and are absent elsewhere. **Absent** operations are answered with an error that says so. Which operations there are is taken from the AWS SDK for Go (versions in ` + "`internal/twin/routes/table.go`" + `).

Sources: ` + "`idc-kms N`" + ` and ` + "`quick-api N`" + ` are sections of two digests, of 2026-11-22, on Identity Center with KMS and on Amazon Quick; they were drawn from AWS's
documentation and service models, from recorded answers of AWS, and from public projects that use these services. They are not part of
this repository. What stands in neither, or is a conclusion there, is marked INFERRED. Nothing here was compared with a live account.

## Everywhere

`
