package assets

import (
	"regexp"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// How is a way in which an asset can be taken along. The empty value says that nobody has judged it.
type How string

// The ways.
const (
	ByBundle   How = "bundle"  // an asset bundle carries it
	ByAPI      How = "api"     // it is read and made again by calls of its own
	ByHand     How = "by-hand" // a person makes it again
	Cannot     How = "cannot"  // it cannot exist at the target as it is
	NeedsProof How = "verify"  // nothing that we know says how; a person has to find out
)

// Hows are the ways, the easiest first.
var Hows = []How{ByBundle, ByAPI, ByHand, NeedsProof, Cannot}

// Travel is how an asset can be taken along, why, and who says so.
type Travel struct {
	How    How         `json:"how"`
	Reason string      `json:"reason,omitzero"` // empty for what bundles carry without more ado
	Source diag.Source `json:"source,omitzero"`
}

// Kinds that Quick does not name. A Door gives them where Quick's answer shows the case.
const (
	KindUploadedFile     = "FILE"                 // a data source or dataset made from an uploaded file: Describe says "not supported through API" (quick-api 3.6)
	KindUploadedManifest = "S3_UPLOADED_MANIFEST" // a data source of type S3 without S3Parameters: its manifest was uploaded (quick-api 3.6)
	KindMachineLearning  = "SAGEMAKER"            // a dataset with SageMaker columns (quick-api 3.6)
)

// travelRule says how a type travels; an empty kind stands for every kind that no other rule names.
type travelRule struct {
	kind, reason string
	how          How
	source       diag.Source
}

func sheet(section string) diag.Source { return diag.Source{Doc: "quick-api " + section} }
func inferred(section string) diag.Source {
	return diag.Source{Doc: "quick-api " + section, Inferred: true}
}

// travelRules is the table of quick-api 3.1, 3.6, 3.7, 4.7, 4.8 and 4.11 (MIG-02, MIG-03, MIG-06, MIG-35). What it does not name is
// NeedsProof.
var travelRules = map[estate.AssetType][]travelRule{
	estate.AssetAnalysis:        {{how: ByBundle, source: sheet("3.1")}},
	estate.AssetDashboard:       {{how: ByBundle, source: sheet("3.1")}},
	estate.AssetTheme:           {{how: ByBundle, source: sheet("3.1")}},
	estate.AssetFolder:          {{how: ByBundle, source: sheet("3.1")}},
	estate.AssetRefreshSchedule: {{how: ByBundle, source: sheet("3.1")}},
	estate.AssetVPCConnection:   {{how: ByBundle, source: sheet("3.1")}},
	estate.AssetDataSet: {
		{kind: KindUploadedFile, how: ByHand, reason: "it is made from an uploaded file, which bundles do not carry: upload the file again", source: sheet("3.6")},
		{kind: KindMachineLearning, how: ByHand, reason: "it has SageMaker columns, which bundles do not carry", source: sheet("3.6")},
		{how: ByBundle, source: sheet("3.1")},
	},
	estate.AssetDataSource: dataSourceRules(),
	"template":             {{how: ByAPI, reason: "bundles do not carry templates", source: sheet("3.7")}},
	"topic":                {{how: ByAPI, reason: "bundles do not carry topics", source: sheet("4.7")}},
	"space":                {{how: ByAPI, reason: "bundles do not carry spaces; what was uploaded into it has no API and is uploaded again", source: sheet("4.8")}},
	"agent":                {{how: ByAPI, reason: "bundles do not carry agents", source: sheet("4.8")}},
	"flow":                 {{how: ByAPI, reason: "bundles do not carry flows; the new one gets another id", source: sheet("4.8")}},
	"action-connector": {
		{kind: "MODEL_CONTEXT_PROTOCOL", how: ByHand, reason: "Quick shows connectors of this type and refuses to make them", source: sheet("4.8")},
		{how: ByAPI, reason: "bundles do not carry connectors; its secret is given again, and each user consents again", source: sheet("4.8")},
	},
}

// Types of data sources: those that bundles refuse, those that belong to knowledge bases, and those whose parameters quick-api 4.6a lists
// and whose export quick-api 3.6 does not refuse.
var (
	refusedSources   = []string{"ADOBE_ANALYTICS", KindUploadedFile, "GITHUB", "JIRA", "SALESFORCE", "SERVICENOW", "TWITTER"}
	knowledgeSources = []string{"CONFLUENCE", "QBUSINESS", "S3_KNOWLEDGE_BASE", "WEB_CRAWLER"}
	carriedSources   = []string{"AMAZON_ELASTICSEARCH", "AMAZON_OPENSEARCH", "ATHENA", "AURORA", "AURORA_POSTGRESQL", "AWS_IOT_ANALYTICS",
		"BIGQUERY", "DATABRICKS", "EXASOL", "IMPALA", "MARIADB", "MYSQL", "ORACLE", "POSTGRESQL", "PRESTO", "RDS", "REDSHIFT", "S3",
		"S3_TABLES", "SNOWFLAKE", "SPARK", "SQLSERVER", "STARBURST", "TERADATA", "TIMESTREAM", "TRINO"}
)

func dataSourceRules() []travelRule {
	out := []travelRule{{kind: KindUploadedManifest, how: ByHand, reason: "its manifest was uploaded, and bundles do not carry it: upload it again", source: sheet("3.6")}}
	for _, k := range refusedSources {
		out = append(out, travelRule{kind: k, how: ByHand, reason: "bundles do not carry data sources of type " + k + ": connect it again", source: sheet("3.6")})
	}
	for _, k := range knowledgeSources {
		out = append(out, travelRule{kind: k, how: ByAPI, reason: "it feeds a knowledge base, which is made and crawled again", source: inferred("4.6a, 4.11")})
	}
	for _, k := range carriedSources {
		out = append(out, travelRule{kind: k, how: ByBundle, source: inferred("3.6, 4.6a")})
	}
	return out
}

// bundleID is what bundles take for the id of a VPC connection; older connections have others (quick-api 3.6, 4.6).
var bundleID = regexp.MustCompile(`^[\w\-]+$`)

// TravelOf judges one asset by itself. What it uses can forbid more: see settle.
func TravelOf(t estate.AssetType, kind, id string) Travel {
	if t == estate.AssetVPCConnection && !bundleID.MatchString(id) {
		return Travel{How: Cannot, Reason: "its id is of an older form that can be neither exported nor given to a new connection", Source: sheet("3.6, 4.6")}
	}
	for _, r := range travelRules[t] {
		if r.kind == "" || r.kind == kind {
			return Travel{How: r.how, Reason: r.reason, Source: r.source}
		}
	}
	if t == estate.AssetDataSource {
		return Travel{How: NeedsProof, Reason: "whether bundles carry data sources of type " + orUnknown(kind) + " is not known", Source: inferred("3.6")}
	}
	return Travel{How: NeedsProof, Reason: "how assets of type " + string(t) + " travel is not known", Source: inferred("4.11")}
}

func orUnknown(kind string) string {
	if kind == "" {
		return "unknown"
	}
	return kind
}

// settle moves what depends on something that bundles refuse out of the bundles: an export job that has such an asset in it is refused
// (quick-api 3.6). It can be made again by API once what it uses is there (quick-api 3.7). What depends on an asset of unknown kind stays
// in: the export will tell.
func settle(inv *Inventory) {
	g := NewGraph(inv)
	var refused []estate.AssetRef
	why := map[estate.AssetRef]string{}
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		if item.Travel.How == ByHand || item.Travel.How == Cannot {
			refused, why[ref] = append(refused, ref), Label(ref, item.Name)
		}
		return true
	})
	culprit := g.blame(refused)
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		if c, ok := culprit[ref]; ok && item.Travel.How == ByBundle {
			item.Travel = Travel{How: ByAPI, Reason: "it depends on " + why[c] + ", which bundles refuse", Source: inferred("3.6, 3.7")}
		}
		return true
	})
}
