package assets

import (
	"context"
	"fmt"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// loadFixes say what to do about an ingestion that failed, by the type of its error (quick-api 4.6, and the API's own list of types).
var loadFixes = map[string]string{
	"ACCOUNT_CAPACITY_LIMIT_EXCEEDED":    "SPICE capacity is per Region: buy more of it in REGION, or turn on that Quick buys it (Manage Quick, SPICE capacity)",
	"DATA_SET_SIZE_LIMIT_EXCEEDED":       "make the dataset smaller: it is larger than one in SPICE may be",
	"DATA_SOURCE_AUTH_FAILED":            "give its data source a secret or password that its database takes",
	"PASSWORD_AUTHENTICATION_FAILURE":    "give its data source a secret or password that its database takes",
	"DATA_SOURCE_CONNECTION_FAILED":      "let REGION reach its database: VPC connection, security groups, addresses that are let in",
	"CONNECTION_FAILURE":                 "let REGION reach its database: VPC connection, security groups, addresses that are let in",
	"UNRESOLVABLE_HOST":                  "let REGION resolve the name of its database: resolvers of the VPC connection",
	"UNROUTABLE_HOST":                    "let REGION reach its database: VPC connection, subnets, routes",
	"SSL_CERTIFICATE_VALIDATION_FAILURE": "let its database show a certificate that Quick trusts",
	"FAILURE_TO_ASSUME_ROLE":             "let Quick's service role in the account be assumed, and its data source's role too",
	"IAM_ROLE_NOT_AVAILABLE":             "make the role that its data source names",
	"PERMISSION_DENIED":                  "let Quick's service role read what its data source names in REGION: AWS resources in Manage Quick, and policies of buckets",
	"S3_FILE_INACCESSIBLE":               "let Quick's service role read the bucket: AWS resources in Manage Quick, and the policy of the bucket",
	"S3_MANIFEST_ERROR":                  "mend the manifest that its data source names",
	"SQL_TABLE_NOT_FOUND":                "make the table that it reads, or map the work group and catalog to those of REGION",
	"DATA_SOURCE_NOT_FOUND":              "make its data source again, or import it",
	"INGESTION_SUPERSEDED":               "another refresh of it was begun meanwhile: when that is over, run the same command again",
	"OAUTH_TOKEN_FAILURE":                "consent again to its data source",
	"SOURCE_RESOURCE_LIMIT_EXCEEDED":     "let its database take more connections, or run the same command again later",
	"REFRESH_SUPPRESSED_BY_EDIT":         "it was changed meanwhile: run the same command again",
	"INTERNAL_SERVICE_ERROR":             "run the same command again",
	"DATA_SET_NOT_SPICE":                 "it is not in SPICE any more: take the inventory again",
	"ELASTICSEARCH_CURSOR_NOT_ENABLED":   "turn on cursors in its domain",
	"SOURCE_API_LIMIT_EXCEEDED_FAILURE":  "run the same command again later",
	"QUERY_TIMEOUT":                      "make its query faster",
	"DATA_TOLERANCE_EXCEPTION":           "too many of its rows cannot be read: mend them",
}

// result puts together what is known of every dataset, and what is wrong.
func (i *ingesting) result(ctx context.Context) (*Ingested, error) {
	out := &Ingested{Findings: i.findings}
	for _, ref := range i.order {
		l := *i.loads[ref]
		out.Loads = append(out.Loads, l)
		if f, ok := l.finding(); ok {
			out.Findings = append(out.Findings, f)
		}
	}
	diag.Sort(out.Findings)
	if ctx.Err() != nil {
		return out, &diag.Error{Code: "ingest/interrupted", What: "the loading of datasets was interrupted", Where: where(i.Mapping.Account(i.Source.Account), ""), Err: ctx.Err(),
			Exit: diag.ExitInterrupted, Fix: []string{"run the same command again: what was begun goes on and is watched"}}
	}
	return out, nil
}

func (l Load) finding() (f diag.Finding, ok bool) {
	f = diag.Finding{Code: "MIG-26", Status: diag.Fail, Subject: subject(l.Asset), Owner: diag.QuickAdmin, Source: []diag.Source{sheet("4.6")}}
	switch label := Label(l.At, ""); {
	case l.State == Failed:
		kind, _, _ := strings.Cut(l.Problem, ":")
		f.Title, f.Cause, f.Fix = "1 dataset could not be loaded into SPICE: "+label, l.Problem, loadFixes[kind]
		if f.Fix = strings.ReplaceAll(f.Fix, "REGION", string(l.At.Region)); f.Fix == "" {
			f.Fix = "mend what it names, then run the same command again"
		}
		if l.Ingestion != "" {
			f.Evidence = []diag.Evidence{{Path: subject(l.At), Seen: "ingestion " + l.Ingestion}}
		}
	case l.State == Waiting:
		f.Title, f.Cause = "1 dataset waits for another to be loaded into SPICE: "+label, "it is made of "+Label(l.WaitsOn, "")+", which could not be loaded"
		f.CausedBy, f.Fix = "MIG-26 "+subject(l.WaitsOn), "load that, then run the same command again"
	case l.State == Done && l.Dropped > 0:
		f.Severity, f.Title = diag.Warn, fmt.Sprintf("%d of %d rows were left out when 1 dataset was loaded: %s", l.Dropped, l.Rows+l.Dropped, label)
		f.Cause, f.Fix = "Quick could not read them", "compare with the last refresh at the source: the same rows may be left out there"
	default:
		return f, false
	}
	return f, true
}

// Loaded reports whether every dataset was loaded.
func (i *Ingested) Loaded() bool {
	for _, f := range i.Findings {
		if f.Blocks() {
			return false
		}
	}
	return true
}

// SpiceNeeded is how many bytes of SPICE the datasets of an inventory take, by the Region that they go to: capacity is per Region (quick-api
// 4.6, 6.1), and Quick has no call that tells how much there is.
func SpiceNeeded(inv *Inventory, m Mapping) map[estate.Region]int64 {
	out := map[estate.Region]int64{}
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		if item.Spice > 0 {
			out[m.Region(ref.Region)] += item.Spice
		}
		return true
	})
	return out
}
