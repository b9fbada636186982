package cloudformation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// template is one that has been read. The texts of its faults are those that AWS's knowledge center and issues of public projects quote.
type template struct {
	Description string
	Parameters  map[string]parameter
	Resources   map[string]resource
}

type parameter struct {
	Type    string
	Default any
	NoEcho  any
}

type resource struct {
	Type           string
	Properties     map[string]any
	DependsOn      any // a name, or a list of them
	DeletionPolicy string
}

// The members that template, parameters and resources may have (CloudFormation template reference). Those that are false would change
// what a stack does, and the twin does not do it.
var (
	sections = map[string]bool{"AWSTemplateFormatVersion": true, "Description": true, "Metadata": true, "Parameters": true, "Resources": true,
		"Mappings": false, "Conditions": false, "Transform": false, "Outputs": false, "Rules": false, "Hooks": false}
	attributes = map[string]bool{"Type": true, "Properties": true, "DependsOn": true, "DeletionPolicy": true, "UpdateReplacePolicy": true, "Metadata": true,
		"Condition": false, "CreationPolicy": false, "UpdatePolicy": false}
	ofParameters = map[string]bool{"Type": true, "Default": true, "NoEcho": true, "Description": true,
		"AllowedValues": false, "AllowedPattern": false, "ConstraintDescription": false, "MinLength": false, "MaxLength": false, "MinValue": false, "MaxValue": false}
)

// parse reads a template and refuses what it would have to ignore.
func parse(text string) (template, error) {
	var t template
	if strings.TrimSpace(text) == "" || !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return t, notModelled("a template in YAML")
	}
	var raw struct {
		all                   map[string]json.RawMessage
		Parameters, Resources map[string]map[string]json.RawMessage
	}
	if err := decode(text, &raw.all); err != nil {
		return t, malformed(text, err)
	}
	if err := members(raw.all, sections, "Invalid template property or properties [%s]"); err != nil {
		return t, err
	}
	if err := decode(text, &raw); err != nil {
		return t, validation("Template format error: %v", err)
	}
	if len(raw.Resources) == 0 {
		return t, validation("Template format error: At least one Resources member must be defined.")
	}
	for _, one := range raw.Parameters {
		if err := members(one, ofParameters, "Invalid template parameter property '%s'"); err != nil {
			return t, err
		}
	}
	for _, one := range raw.Resources {
		if err := members(one, attributes, "Invalid template resource property '%s'"); err != nil {
			return t, err
		}
	}
	if err := decode(text, &t); err != nil {
		return t, validation("Template format error: %v", err)
	}
	return t, t.check()
}

func decode(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// malformed says where the text stops being JSON.
func malformed(text string, err error) error {
	at := len(text)
	if wrong := (*json.SyntaxError)(nil); errors.As(err, &wrong) {
		at = int(wrong.Offset)
	}
	before := []byte(text[:at])
	return validation("Template format error: JSON not well-formed. (line %d, column %d)", 1+bytes.Count(before, []byte("\n")), len(before)-bytes.LastIndexByte(before, '\n'))
}

func members[V any](object map[string]V, known map[string]bool, unknown string) error {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		switch modelled, there := known[name]; {
		case !there:
			return validation(unknown, name)
		case !modelled:
			return notModelled(name + " in a template")
		}
	}
	return nil
}

// check refuses types of parameters and resources that the twin does not make. Which other types AWS has it does not know.
func (t template) check() error {
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		if p := t.Parameters[name]; !slices.Contains([]string{"String", "Number", "CommaDelimitedList"}, p.Type) {
			return notModelled("a parameter of the type " + p.Type)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		one := t.Resources[name]
		if _, ok := kinds[one.Type]; !ok {
			return notModelled("a resource of the type " + one.Type + " in a stack")
		}
		if !slices.Contains([]string{"", "Delete", "Retain", "RetainExceptOnCreate"}, one.DeletionPolicy) {
			return validation("Template format error: Unrecognized DeletionPolicy %s for resource %s", one.DeletionPolicy, name) // INFERRED
		}
	}
	return nil
}

// fill gives every parameter its value: the request's, else its default.
func (t template) fill(given []parameterIn) (map[string]string, error) {
	values := map[string]string{}
	var unknown, missing []string
	for _, p := range given {
		if _, ok := t.Parameters[p.ParameterKey]; !ok {
			unknown = append(unknown, p.ParameterKey)
		}
		values[p.ParameterKey] = p.ParameterValue
	}
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		if _, ok := values[name]; ok {
			continue
		}
		if t.Parameters[name].Default == nil {
			missing = append(missing, name)
			continue
		}
		values[name] = fmt.Sprint(t.Parameters[name].Default)
	}
	switch {
	case len(unknown) > 0:
		return nil, validation("Parameters: [%s] do not exist in the template", strings.Join(unknown, ", "))
	case len(missing) > 0:
		return nil, validation("Parameters: [%s] must have values", strings.Join(missing, ", "))
	}
	return values, nil
}
