package app

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"rehome/internal/assets"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// TemplateExported is one template and what to do with it.
type TemplateExported struct {
	File       string           `json:"file"`
	Bytes      int              `json:"bytes"`
	Assets     int              `json:"assets"`
	Stack      string           `json:"stack"` // the name that Commands give it
	Parameters []TemplateInput  `json:"parameters"`
	Edit       []string         `json:"edit"` // what the new Region has differently and no parameter changes
	Commands   []string         `json:"commands"`
	Warnings   []assets.Problem `json:"warnings,omitzero"` // of AWS
}

// TemplateInput is a parameter of a template.
type TemplateInput struct {
	Name     string `json:"name"`
	Default  string `json:"default,omitzero"`
	Required bool   `json:"required,omitzero"` // it has no default
	Value    string `json:"value,omitzero"`    // what Commands give it; empty: the default
}

// template is what of a template is looked at here.
type templateText struct {
	Parameters map[string]struct {
		Default any
	}
	Resources map[string]struct {
		Type       string
		Properties map[string]any
	}
}

// withoutSecret are the types of data sources that sign in with a role or not at all (quick-api 4.6a; the list is INFERRED).
var withoutSecret = []string{"ATHENA", "AWS_IOT_ANALYTICS", "S3", "S3_TABLES", "TIMESTREAM"}

// needsSecret reports whether a data source signs in with what no export holds.
func (x *templating) needsSecret(ref estate.AssetRef) bool {
	if ref.Type != estate.AssetDataSource {
		return false
	}
	items := x.inventory.Regions[ref.Region].Or(nil)
	i := slices.IndexFunc(items, func(i assets.Item) bool { return i.Type == ref.Type && i.ID == ref.ID })
	return i >= 0 && !slices.Contains(withoutSecret, items[i].Kind)
}

// read finds what a template asks for, and what in it belongs to the old Region.
func (x *templating) read(text []byte) (TemplateExported, error) {
	var t templateText
	out := TemplateExported{Parameters: []TemplateInput{}, Edit: []string{}}
	if err := json.Unmarshal(text, &t); err != nil {
		return out, &diag.Error{Code: "cloudformation/template", What: "what AWS exported is no template in JSON", Why: err.Error(), Err: err, Fix: []string{"export again"}}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		p := TemplateInput{Name: name, Required: t.Parameters[name].Default == nil}
		if !p.Required {
			p.Default = fmt.Sprint(t.Parameters[name].Default)
		}
		switch {
		case name == "IdentityRegion": // people are named by it, and after the move it is the new one
			p.Value = string(x.out.To)
		case p.Required:
			p.Value = "VALUE-IN-" + strings.ToUpper(string(x.out.To))
		}
		out.Parameters = append(out.Parameters, p)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		one := t.Resources[name]
		schedule, _ := one.Properties["Schedule"].(map[string]any)
		switch {
		case one.Type == "AWS::QuickSight::VPCConnection":
			out.Edit = append(out.Edit, fmt.Sprintf("%s: SubnetIds and SecurityGroupIds are those of %s; give it those of %s", name, x.out.Region, x.out.To))
		case schedule["StartAfterDateTime"] != nil:
			out.Edit = append(out.Edit, fmt.Sprintf("%s: StartAfterDateTime must be in the future when the stack is made", name))
		}
	}
	for _, arn := range x.elsewhere(text) {
		out.Edit = append(out.Edit, arn+": it is of the old Region and no resource of this template; name the new one")
	}
	return out, nil
}

// elsewhere are the ARNs of the old Region that are left in a template, each once.
func (x *templating) elsewhere(text []byte) []string {
	var out []string
	for _, arn := range regexp.MustCompile(`arn:aws[a-z-]*:[a-z0-9-]+:`+regexp.QuoteMeta(string(x.out.Region))+`:[^"\\\s]+`).FindAll(text, -1) {
		out = append(out, string(arn))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// commands make the stack with the AWS CLI. A template of more than MaxTemplateBody bytes goes by a bucket of the new Region (CloudFormation
// quotas); one of more than MaxTemplate goes no way.
func (t TemplateExported) commands(to estate.Region) []string {
	at := " --region " + string(to) + " --stack-name " + t.Stack
	var given []string
	form := "ParameterKey=%s,ParameterValue=%s"
	if t.Bytes > cloud.MaxTemplateBody {
		form = "%s=%s"
	}
	for _, p := range t.Parameters {
		if p.Value != "" {
			given = append(given, fmt.Sprintf(form, p.Name, p.Value))
		}
	}
	list := func(flag string) string {
		if len(given) == 0 {
			return ""
		}
		return " " + flag + " " + strings.Join(given, " ")
	}
	switch {
	case t.Bytes > cloud.MaxTemplate:
		return []string{fmt.Sprintf("# %d bytes are more than the %d that CloudFormation takes: divide the template", t.Bytes, cloud.MaxTemplate)}
	case t.Bytes > cloud.MaxTemplateBody:
		return []string{"aws cloudformation deploy" + at + " --template-file " + shellWord(t.File) + " --s3-bucket BUCKET-IN-" + strings.ToUpper(string(to)) + list("--parameter-overrides")}
	}
	return []string{"aws cloudformation create-stack" + at + " --template-body " + shellWord("file://"+t.File) + list("--parameters"),
		"aws cloudformation wait stack-create-complete" + at}
}

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// shellWord is a text as a shell takes it for one word.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
