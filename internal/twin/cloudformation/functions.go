package cloudformation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// env is what the functions of a template are resolved by.
type env struct {
	ref       func(name string) (any, error) // a parameter's value, a pseudo parameter's, or a resource's physical id
	attribute func(of, attribute string) (any, error)
}

// noValue stands for AWS::NoValue: the member that has it is left out.
type noValue struct{}

// pseudo are the pseudo parameters (CloudFormation template reference).
var pseudo = map[string]func(*deployment) any{
	"AWS::AccountId": func(d *deployment) any { return string(d.r.Account) },
	"AWS::Region":    func(d *deployment) any { return string(d.r.Region) },
	"AWS::Partition": func(*deployment) any { return "aws" },
	"AWS::URLSuffix": func(*deployment) any { return "amazonaws.com" },
	"AWS::StackId":   func(d *deployment) any { return d.ID },
	"AWS::StackName": func(d *deployment) any { return d.Name },
	"AWS::NoValue":   func(*deployment) any { return noValue{} },
}

// resolve gives a value with its functions carried out: Ref, Fn::GetAtt, Fn::Sub and Fn::Join. Others are not modelled.
func (e env) resolve(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, one := range v {
			value, err := e.resolve(one)
			if err != nil {
				return nil, err
			}
			if _, none := value.(noValue); !none {
				out = append(out, value)
			}
		}
		return out, nil
	case map[string]any:
		for name, argument := range v {
			if len(v) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::")) {
				return e.call(name, argument)
			}
		}
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			value, err := e.resolve(v[name])
			if err != nil {
				return nil, err
			}
			if _, none := value.(noValue); !none {
				out[name] = value
			}
		}
		return out, nil
	}
	return v, nil
}

func (e env) call(name string, argument any) (any, error) {
	list, _ := argument.([]any)
	text, isText := argument.(string)
	switch {
	case name == "Ref" && isText:
		return e.ref(text)
	case name == "Fn::GetAtt" && isText && strings.Contains(text, "."):
		of, attribute, _ := strings.Cut(text, ".")
		return e.attribute(of, attribute)
	case name == "Fn::GetAtt" && len(list) == 2:
		return e.attribute(fmt.Sprint(list[0]), fmt.Sprint(list[1]))
	case name == "Fn::Sub" && isText:
		return e.substitute(text, nil)
	case name == "Fn::Sub" && len(list) == 2:
		own, _ := list[1].(map[string]any)
		return e.substitute(fmt.Sprint(list[0]), own)
	case name == "Fn::Join" && len(list) == 2:
		return e.join(fmt.Sprint(list[0]), list[1])
	case name == "Ref" || name == "Fn::GetAtt" || name == "Fn::Sub" || name == "Fn::Join":
		return nil, validation("Template error: %s has an argument of the wrong form", name) // INFERRED
	}
	return nil, notModelled("the function " + name + " in a template")
}

func (e env) join(between string, of any) (any, error) {
	value, err := e.resolve(of)
	list, _ := value.([]any)
	var parts []string
	for _, one := range list {
		parts = append(parts, fmt.Sprint(one))
	}
	return strings.Join(parts, between), err
}

var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

// substitute replaces ${Name} and ${Resource.Attribute}; ${!Name} is ${Name} to the letter.
func (e env) substitute(text string, own map[string]any) (any, error) {
	var failed error
	out := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := strings.TrimSpace(found[2 : len(found)-1])
		if kept, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + kept + "}"
		}
		value, err := any(nil), error(nil)
		of, attribute, dotted := strings.Cut(name, ".")
		switch mine, ok := own[name]; {
		case ok:
			value, err = e.resolve(mine)
		case dotted:
			value, err = e.attribute(of, attribute)
		default:
			value, err = e.ref(name)
		}
		if err != nil && failed == nil {
			failed = err
		}
		return fmt.Sprint(value)
	})
	return out, failed
}
