package quicksight

import (
	"fmt"
	"slices"
	"strings"
)

// variable is a property that a template can have a parameter for: its name in the request, and where it stands in a resource. A star is
// whatever one member is there: the parameters of a data source are in a member named after its type.
type variable struct {
	name string
	path []string
	adds bool // there need be none to have one: credentials are in no export
}

func direct(name string) variable { return variable{name: name, path: []string{name}} }

// ofSource is one of the parameters of a data source.
func ofSource(name string) variable {
	return variable{name: name, path: []string{"DataSourceParameters", "*", name}}
}

// variables are those of each list of CloudFormationOverridePropertyConfiguration. The names are the model's (quick-api 3.1); of the
// places only WorkGroup has been seen, the others are INFERRED from the template reference.
var variables = map[string][]variable{
	"VPCConnections":   {direct("Name"), direct("DnsResolvers"), direct("RoleArn")},
	"RefreshSchedules": {{name: "StartAfterDateTime", path: []string{"Schedule", "StartAfterDateTime"}, adds: true}},
	"DataSources": {direct("Name"), {name: "DisableSsl", path: []string{"SslProperties", "DisableSsl"}}, {name: "SecretArn", path: []string{"Credentials", "SecretArn"}, adds: true},
		{name: "Username", path: []string{"Credentials", "CredentialPair", "Username"}, adds: true}, {name: "Password", path: []string{"Credentials", "CredentialPair", "Password"}, adds: true},
		ofSource("Domain"), ofSource("WorkGroup"), ofSource("Host"), ofSource("Port"), ofSource("Database"), ofSource("DataSetName"), ofSource("Catalog"), ofSource("InstanceId"),
		ofSource("ClusterId"), ofSource("ManifestFileLocation"), ofSource("Warehouse"), ofSource("RoleArn"), ofSource("ProductType")},
	"DataSets": {direct("Name"), {name: "RefreshFailureEmailAlertStatus", path: []string{"DataSetRefreshProperties", "FailureConfiguration", "EmailAlert", "AlertStatus"}}},
	"Themes":   {direct("Name")}, "Analyses": {direct("Name")}, "Dashboards": {direct("Name")}, "Folders": {direct("Name"), direct("ParentFolderArn")},
}

// wanted are the properties to have parameters for, by the ARN of the asset, in one list.
func (o exportOptions) wanted(list string) map[string][]string {
	out := map[string][]string{}
	for _, v := range listOf(o.CloudFormationOverridePropertyConfiguration, list) {
		one, _ := v.(map[string]any)
		collect(member(one, "Properties"), func(s string) { out[text(one, "Arn")] = append(out[text(one, "Arn")], s) })
	}
	return out
}

// checkVariables refuses what the model does not allow (quick-api 3.1).
func (o exportOptions) checkVariables() error {
	for _, k := range bundled {
		list, there := o.CloudFormationOverridePropertyConfiguration[k.list].([]any)
		if !there {
			continue
		}
		where := "CloudFormationOverridePropertyConfiguration." + k.list
		if err := (bounds{1, 50}).check(where, len(list)); err != nil {
			return err
		}
		for arn, names := range o.wanted(k.list) {
			if err := (bounds{1, 10}).check(where+".Properties", len(names)); err != nil {
				return err
			}
			for _, name := range names {
				if !slices.ContainsFunc(variables[k.list], func(v variable) bool { return v.name == name }) {
					return invalid("%s of %s: %q is not valid.", where, arn, name)
				}
			}
		}
	}
	return nil
}

// prefixed reports whether all ids are to have a prefix.
func (t template) prefixed() bool {
	return object(t.CloudFormationOverridePropertyConfiguration, "ResourceIdOverrideConfiguration")["PrefixForAllResources"] == true
}

// vary puts parameters in the place of the values that the request names; the values are their defaults.
func (t template) vary(e entry, properties map[string]any) {
	for _, name := range t.wanted(e.kind.list)[string(e.ref(t.r.Region).ARN(t.r.Account))] {
		i := slices.IndexFunc(variables[e.kind.list], func(v variable) bool { return v.name == name })
		variables[e.kind.list][i].put(properties, e.logical()+name, t.parameters)
	}
}

// put is for one of them. A list becomes a list of parameters' own kind, a password is not echoed (both INFERRED).
func (v variable) put(properties map[string]any, parameter string, parameters map[string]any) {
	at := properties
	for _, step := range v.path[:len(v.path)-1] {
		next := object(at, step)
		if step == "*" {
			for _, of := range at {
				next, _ = of.(map[string]any)
			}
		}
		if next == nil && !v.adds {
			return
		}
		if next == nil {
			next = map[string]any{}
			at[step] = next
		}
		at = next
	}
	name := v.path[len(v.path)-1]
	value, there := at[name]
	if !there && !v.adds {
		return
	}
	p := map[string]any{"Type": "String"}
	switch value := value.(type) {
	case nil, map[string]any:
	case []any:
		p["Type"] = "CommaDelimitedList"
		var list []string
		collect(value, func(s string) { list = append(list, s) })
		p["Default"] = strings.Join(list, ",")
	default:
		p["Default"] = fmt.Sprint(value)
	}
	if name == "Password" {
		p["NoEcho"] = true
	}
	parameters[parameter] = p
	at[name] = sub("${" + parameter + "}")
	if p["Type"] != "String" {
		at[name] = map[string]any{"Ref": parameter}
	}
}
