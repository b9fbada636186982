package quicksight

import (
	"encoding/json"
	"regexp"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// assetKind is a kind of asset that the twin keeps with its content. Names and casing are the service model's.
type assetKind struct {
	kind     estate.AssetType
	word     string // directory and resourceType in a bundle; for half of them INFERRED by analogy (quick-api 3.3)
	id       string // member that names one
	list     string // member of an import's overrides
	arn      string // member of the answers about permissions that holds the ARN
	resource string // ResourceType of errors; empty where the model has none (quick-api 7)
	needs    []string
	needsToo []string // what an update needs
	keeps    []string // content that an update cannot change
	pattern  *regexp.Regexp
	link     bool // it can be shared with everybody by a link
}

var (
	plainID = regexp.MustCompile(`^[\w\-]+$`)
	anyID   = regexp.MustCompile(`^.+$`) // the model does not constrain ids of datasets and data sources (quick-api 7)
)

var (
	dataSources = assetKind{kind: estate.AssetDataSource, word: "datasource", id: "DataSourceId", list: "DataSources", arn: "DataSourceArn", resource: "DATA_SOURCE",
		needs: []string{"Type"}, keeps: []string{"type", "secretArn"}, pattern: anyID}
	dataSets = assetKind{kind: estate.AssetDataSet, word: "dataset", id: "DataSetId", list: "DataSets", arn: "DataSetArn", resource: "DATA_SET",
		needs: []string{"PhysicalTableMap", "ImportMode"}, needsToo: []string{"PhysicalTableMap", "ImportMode"}, keeps: []string{"dataSetRefreshProperties"}, pattern: anyID}
	analyses   = assetKind{kind: estate.AssetAnalysis, word: "analysis", id: "AnalysisId", list: "Analyses", arn: "AnalysisArn", pattern: plainID}
	dashboards = assetKind{kind: estate.AssetDashboard, word: "dashboard", id: "DashboardId", list: "Dashboards", arn: "DashboardArn", pattern: plainID, link: true,
		keeps: []string{"linkEntities", "linkSharingConfiguration"}}
	themes = assetKind{kind: estate.AssetTheme, word: "theme", id: "ThemeId", list: "Themes", arn: "ThemeArn", pattern: plainID,
		needs: []string{"BaseThemeId", "Configuration"}, needsToo: []string{"BaseThemeId"}, keeps: []string{"configuration"}}
	assetFolders = assetKind{kind: estate.AssetFolder, word: "folder", id: "FolderId", list: "Folders", arn: "Arn", pattern: plainID,
		keeps: []string{"folderType", "parentFolderArn", "sharingModel"}}
	vpcConnections = assetKind{kind: estate.AssetVPCConnection, word: "vpcconnection", id: "VPCConnectionId", list: "VPCConnections", resource: "VPC_CONNECTION",
		needs: []string{"SubnetIds", "SecurityGroupIds", "RoleArn"}, needsToo: []string{"SubnetIds", "SecurityGroupIds", "RoleArn"}, pattern: plainID}
	schedules = assetKind{kind: estate.AssetRefreshSchedule, word: "refreshschedule", id: "ScheduleId", list: "RefreshSchedules"}
)

// bundled are the kinds that bundles carry, in the order in which they can be made.
var bundled = []assetKind{vpcConnections, dataSources, themes, assetFolders, dataSets, schedules, analyses, dashboards}

func kindOf(t estate.AssetType) (assetKind, bool) {
	for _, k := range bundled {
		if k.kind == t {
			return k, true
		}
	}
	return assetKind{}, false
}

// content is an asset's content with the names of a bundle.
type content = map[string]any

// about is one call about one asset.
type about struct {
	*kernel.Request
	assetKind
	in    map[string]json.RawMessage
	quick estate.Quick
	id    string
	asset estate.Asset
	there bool
}

// open is the beginning of a call about an asset, whether or not it exists.
func (k assetKind) open(r *kernel.Request) (about, error) {
	c := about{Request: r, assetKind: k}
	var who struct{ AwsAccountId estate.AccountID }
	err := r.Decode(&who)
	if err == nil {
		err = r.Decode(&c.in)
	}
	if err == nil {
		c.quick, err = subscribed(r, who.AwsAccountId)
	}
	if err == nil {
		err = lookedAt(r, c.quick)
	}
	if err != nil {
		return c, err
	}
	if c.id = c.string(k.id); c.id == "" {
		return c, invalid("%s is required.", k.id)
	}
	c.asset, c.there = r.Assets().Get(k.kind, c.id)
	return c, nil
}

// find is open for an asset that has to exist.
func (k assetKind) find(r *kernel.Request) (about, error) {
	c, err := k.open(r)
	if err == nil && !c.there {
		err = k.missing(c.id)
	}
	return c, err
}

// missing is Quick's answer about what is not there; the text is INFERRED.
func (k assetKind) missing(id string) error {
	e := notFound("The %s %s is not found.", k.word, id)
	if k.resource != "" {
		e = e.With("ResourceType", k.resource)
	}
	return e
}

func (c about) string(name string) string {
	var s string
	json.Unmarshal(c.in[name], &s) //nolint:errcheck // what is no string counts as left out
	return s
}

// name is the asset's ARN.
func (c about) name() estate.ARN {
	return estate.AssetRef{Region: c.Region, Type: c.kind, ID: c.id}.ARN(c.Account)
}

// answer holds id and ARN beside what is given.
func (c about) answer(more map[string]any) any {
	if _, ok := more["Arn"]; !ok {
		more["Arn"] = c.name()
	}
	more[c.assetKind.id] = c.id
	return answer(c.Request, more)
}

// lookedAt refuses calls about assets in a Region whose assets nobody looked at.
func lookedAt(r *kernel.Request, q estate.Quick) error {
	_, _, err := kernel.Need(q.Assets[r.Region], at(r, "assets", string(r.Region))...)
	return err
}

// contentOf reads the content of an asset. One that was only listed has none, and the twin does not make it up.
func contentOf(r *kernel.Request, a estate.Asset) (content, error) {
	if len(a.Content) == 0 {
		return nil, kernel.DoesNotKnow(at(r, "assets", string(r.Region), string(a.Type), a.ID, "content")...)
	}
	c := content{}
	if err := parse(a.Content, &c); err != nil {
		return nil, kernel.Errorf(kernel.CodeFailed, "the content of %s %s is no object: %v", a.Type, a.ID, err).WithStatus(501)
	}
	return c, nil
}

// written is content as the state keeps it: without what a bundle's entry adds.
func written(c content) ([]byte, error) {
	for _, name := range []string{"resourceType", "permissions", "tags", "folderMemberships"} {
		delete(c, name)
	}
	return compact(c)
}

// on picks members of the content for an answer and names them as the API does.
func (c about) on(names ...string) (map[string]any, error) {
	all, err := contentOf(c.Request, c.asset)
	return pick(all, names...), err
}

func pick(all content, names ...string) map[string]any {
	out := map[string]any{}
	for _, name := range names {
		if v := member(all, inBundle(name)); v != nil {
			out[name] = renamed(name, v, onWire)
		}
	}
	return out
}

// dated adds the time of the last change, where the world holds one.
func dated(out map[string]any, a estate.Asset) map[string]any {
	if !a.Updated.IsZero() {
		out["LastUpdatedTime"] = kernel.Timestamp(a.Updated)
	}
	return out
}

// record is the key under which the twin keeps something of its own about a thing of the call's account and Region.
func record(r *kernel.Request, what, id string) string {
	return strings.Join([]string{"quicksight", string(r.Account), string(r.Region), what, id}, "/")
}
