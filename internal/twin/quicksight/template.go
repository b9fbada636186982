package quicksight

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// An export in CloudFormation's format is one template in JSON, with a resource for each asset and members named as the API writes them.
// Its shape follows one that Quick made in 2026 and that somebody published (github.com/Sugi275/bedrock-user-cost-dashboard,
// cloudformation/quick-dashboard.json, with the script that readied it): the logical ids, AwsAccountId by Fn::Sub, references by
// Fn::GetAtt, a schedule's DependsOn, and the names and uses of the parameters. What that one does not show is marked INFERRED.

// template is one under way.
type template struct {
	*gathering
	logical    map[estate.AssetRef]string
	parameters map[string]any
	home       estate.Region
}

// template writes what was gathered.
func (x *gathering) template() ([]byte, error) {
	q, _, err := subscription(x.r)
	if err != nil {
		return nil, err
	}
	t := template{gathering: x, logical: map[estate.AssetRef]string{}, parameters: map[string]any{}}
	t.home, _ = q.IdentityRegion.Get()
	for _, e := range x.entries {
		t.logical[e.ref(x.r.Region)] = e.logical()
	}
	resources := map[string]any{}
	for _, e := range x.entries {
		resources[e.logical()] = t.resource(e)
	}
	out := map[string]any{"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
	if len(t.parameters) > 0 {
		out["Parameters"] = t.parameters
	}
	return compact(out)
}

// logical is the resource's name in the template: the first 20 letters and digits of the id, a schedule's dataset's, and six hexadecimal
// digits, whose origin is INFERRED.
func (e entry) logical() string {
	id, _, _ := strings.Cut(e.id, "/")
	letters := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, id)
	return letters[:min(20, len(letters))] + strings.ToUpper(kernel.ID("logical", string(e.kind.kind), e.id)[:6])
}

// resourceType is the kind as CloudFormation names it.
func (k assetKind) resourceType() string {
	if k.kind == estate.AssetRefreshSchedule {
		return "AWS::QuickSight::RefreshSchedule"
	}
	return "AWS::QuickSight::" + strings.TrimSuffix(k.id, "Id")
}

// inFolders are the types that have FolderArns (CloudFormation template reference). That folder memberships are written there is INFERRED.
var inFolders = []estate.AssetType{estate.AssetAnalysis, estate.AssetDashboard, estate.AssetDataSet, estate.AssetDataSource}

func (t template) resource(e entry) map[string]any {
	properties := map[string]any{}
	out := map[string]any{"Type": e.kind.resourceType(), "Properties": properties}
	if e.kind.kind == estate.AssetRefreshSchedule {
		dataSet, id, _ := strings.Cut(e.id, "/")
		ref := estate.AssetRef{Region: t.r.Region, Type: estate.AssetDataSet, ID: dataSet}
		if name := t.logical[ref]; name != "" {
			out["DependsOn"] = []string{name}
		}
		properties["DataSetId"] = t.id(dataSet, t.logical[ref] != "")
		properties["Schedule"] = schedule(scheduleOf(e.content), id)
	} else {
		for name, v := range e.content {
			switch {
			case name == "resourceType" || name == "folderMemberships" && !slices.Contains(inFolders, e.kind.kind):
			case name == "folderMemberships":
				properties["FolderArns"] = t.refer(v)
			default:
				properties[onWire(name)] = t.refer(renamed(name, v, onWire))
			}
		}
		properties[e.kind.id] = t.id(e.id, true)
	}
	properties["AwsAccountId"] = sub("${AWS::AccountId}")
	t.vary(e, properties)
	return out
}

// schedule is one as CloudFormation writes it: TimeZone where the API has Timezone, and an instant as text (template reference).
func schedule(c content, id string) map[string]any {
	s := rename(map[string]any(c), onWire).(map[string]any)
	delete(s, "DataSetId")
	s["ScheduleId"] = id
	if start, ok := startOf(c); ok {
		s["StartAfterDateTime"] = start.UTC().Format(time.RFC3339)
	}
	frequency := object(s, "ScheduleFrequency")
	if zone, ok := frequency["Timezone"]; ok {
		delete(frequency, "Timezone")
		frequency["TimeZone"] = zone
	}
	return s
}

func sub(text string) map[string]any { return map[string]any{"Fn::Sub": text} }

// literal is a text for Fn::Sub in which nothing is to be replaced.
func literal(text string) string { return strings.ReplaceAll(text, "${", "${!") }

// id is an asset's id; one of this template gets the prefix when there is to be one.
func (t template) id(id string, ours bool) any {
	if !ours || !t.prefixed() {
		return id
	}
	t.parameters["ResourceIdPrefixForAllResources"] = parameter("", "Resource id prefix for all resources")
	return sub("${ResourceIdPrefixForAllResources}" + literal(id))
}

func parameter(value, description string) map[string]any {
	p := map[string]any{"Type": "String", "Default": value}
	if description != "" {
		p["Description"] = description
	}
	return p
}

// refer makes references of ARNs, at every depth: to a resource of this template, and to people by a parameter for the identity Region
// (that one's exact use, and its description, are INFERRED). Whatever else is named, such as an asset that was not exported, stays as it is (INFERRED).
func (t template) refer(v any) any {
	switch v := v.(type) {
	case string:
		return t.reference(v)
	case estate.ARN:
		return t.reference(string(v))
	case []estate.ARN:
		out := []any{}
		for _, e := range v {
			out = append(out, t.reference(string(e)))
		}
		return out
	case []map[string]any:
		out := []any{}
		for _, e := range v {
			out = append(out, t.refer(rename(e, onWire)))
		}
		return out
	case []any:
		for i := range v {
			v[i] = t.refer(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = t.refer(v[key])
		}
	}
	return v
}

func (t template) reference(s string) any {
	if ref, account, ok := assetOf(s); ok && account == t.r.Account && t.logical[ref] != "" {
		return map[string]any{"Fn::GetAtt": []string{t.logical[ref], "Arn"}}
	}
	rest, ours := strings.CutPrefix(s, string(arn(t.r, t.home, "")))
	for _, who := range []string{"user/", "group/", "namespace/"} {
		if ours && strings.HasPrefix(rest, who) {
			t.parameters["IdentityRegion"] = parameter(string(t.home), "Identity region of the QuickSight account")
			return sub("arn:${AWS::Partition}:quicksight:${IdentityRegion}:${AWS::AccountId}:" + literal(rest))
		}
	}
	return s
}
