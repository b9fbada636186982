package sample

import (
	"fmt"
	"strings"

	"rehome/internal/estate"
)

// network makes a VPC connection. Subnets and groups are those of its own Region, and mean nothing elsewhere.
func (p *place) network(int) {
	about := pick(p.making, teams) + " network"
	content := object{"subnetIds": []string{p.resource("subnet"), p.resource("subnet")}, "securityGroupIds": []string{p.resource("sg")},
		"roleArn": fmt.Sprintf("arn:aws:iam::%s:role/quick-vpc", p.Account)}
	if p.chance(25) {
		content["dnsResolvers"] = []string{"10.0.0.2"}
	}
	p.networks = append(p.networks, p.put(estate.AssetVPCConnection, p.id(about), p.name(estate.AssetVPCConnection, about), content))
}

// resource is an id of Amazon EC2.
func (m *making) resource(kind string) string { return fmt.Sprintf("%s-%017x", kind, m.Uint64()>>4) }

// source is a data source that datasets can be made of.
type source struct {
	arn  estate.ARN
	kind string
}

// hosts is how data sources that are a server name their parameters (quick-api 4.6a).
var hosts = map[string]string{"POSTGRESQL": "postgreSqlParameters", "AURORA_POSTGRESQL": "auroraPostgreSqlParameters", "MYSQL": "mySqlParameters",
	"SQLSERVER": "sqlServerParameters", "REDSHIFT": "redshiftParameters"}

// engines are types of data sources that bundles carry; the more often one stands here, the more there are of it.
var engines = []string{"ATHENA", "ATHENA", "ATHENA", "POSTGRESQL", "POSTGRESQL", "REDSHIFT", "REDSHIFT", "S3", "MYSQL", "SNOWFLAKE", "AURORA_POSTGRESQL", "SQLSERVER"}

// source makes a data source. Bundles carry no credentials (quick-api 3.3); half of the servers have theirs in a secret.
func (p *place) source(n int) {
	kind := engines[n%len(engines)]
	about := pick(p.making, teams) + " " + strings.ToLower(strings.ReplaceAll(kind, "_", " "))
	content := object{"type": kind, "dataSourceParameters": p.parameters(kind, slug(about))}
	if hosts[kind] != "" {
		content["sslProperties"] = object{"disableSsl": false}
		if p.chance(50) {
			content["secretArn"] = fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:quick/%s-%d", p.region, p.Account, slug(about), n)
		}
		if len(p.networks) > 0 && p.chance(40) {
			content["vpcConnectionProperties"] = object{"vpcConnectionArn": pick(p.making, p.networks)}
		}
	}
	p.sources = append(p.sources, source{kind: kind, arn: p.put(estate.AssetDataSource, p.id(about), p.name(estate.AssetDataSource, about), content)})
}

// parameters say where a data source gets its data (quick-api 4.6a).
func (p *place) parameters(kind, name string) object {
	switch kind {
	case "ATHENA":
		return object{"athenaParameters": object{"workGroup": "primary"}}
	case "S3":
		return object{"s3Parameters": object{"manifestFileLocation": object{"bucket": "example-" + name, "key": "quick/manifest.json"}}}
	case "SNOWFLAKE":
		return object{"snowflakeParameters": object{"host": name + ".snowflakecomputing.example", "database": "ANALYTICS", "warehouse": "QUICK"}}
	}
	return object{hosts[kind]: object{"host": name + ".db.example.com", "port": 5432 + p.IntN(4), "database": "main"}}
}

// builtIn are themes that Quick brings along in every Region and account (quick-api 3.7).
var builtIn = []estate.ARN{"arn:aws:quicksight::aws:theme/CLASSIC", "arn:aws:quicksight::aws:theme/MIDNIGHT", "arn:aws:quicksight::aws:theme/SEASIDE"}

// theme makes a theme of the customer's own.
func (p *place) theme(int) {
	about := pick(p.making, teams) + " colours"
	accent := fmt.Sprintf("#%06x", p.IntN(1<<24))
	p.themes = append(p.themes, p.put(estate.AssetTheme, p.id(about), p.name(estate.AssetTheme, about), object{
		"baseThemeId": pick(p.making, []string{"CLASSIC", "MIDNIGHT", "SEASIDE", "RAINIER"}),
		"configuration": object{"uiColorPalette": object{"accent": accent, "primaryForeground": "#16191f"},
			"dataColorPalette": object{"colors": []string{accent, "#0b6e4f", "#ffb000"}}}}))
}

// worn is the theme of an analysis or dashboard; empty: it has none of its own.
func (p *place) worn() estate.ARN {
	switch {
	case len(p.themes) > 0 && p.chance(40):
		return p.themes[p.popular(len(p.themes))]
	case p.chance(20):
		return pick(p.making, builtIn)
	}
	return ""
}

// folder is a shared folder and how many are above it.
type folder struct {
	id    string
	above int
}

// deepest is how many folders lie one in another at most; Quick admits more (quick-api 3.7).
const deepest = 4

// folder makes a folder: one in three stands by itself, the others lie in one that is there already. The first four lie in a row.
func (p *place) folder(n int) {
	about := pick(p.making, teams) + " " + pick(p.making, views)
	content := object{"folderType": "SHARED"}
	f := folder{id: p.id(about)}
	if n > 0 && (n < deepest || !p.chance(33)) {
		up := p.folders[n-1]
		if n >= deepest {
			up = pick(p.making, p.folders)
		}
		if up.above+1 < deepest {
			f.above = up.above + 1
			content["parentFolderArn"] = p.arn(estate.AssetFolder, up.id)
		}
	}
	p.put(estate.AssetFolder, f.id, p.name(estate.AssetFolder, about), content)
	p.folders = append(p.folders, f)
}
