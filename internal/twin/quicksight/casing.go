package quicksight

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The API writes the members of a request as DataSetArn, an asset bundle as dataSetArn (quick-api 3.3). What is inside of a definition
// is otherwise nobody's business here: it is carried as it came.

// acronyms are the members of Quick's model that begin with more than one capital, and stand in what assets hold.
var acronyms = []string{"IAMParameters", "KPIOptions", "KPIVisual", "OAuthParameters", "OAuthScope", "OAuthClientCredentials", "QBusinessInsightsEnabled", "QBusinessInsightsStatus",
	"QBusinessParameters", "QSearchBar", "UIColorPalette", "URLOperation", "URLStyling", "URLTarget", "URLTemplate", "VPCConnection", "VPCConnectionId", "VPCId",
	"XAxis", "XAxisDisplayOptions", "XAxisField", "XAxisLabelOptions", "XAxisLocation",
	"YAxis", "YAxisBehavior", "YAxisDisplayOptions", "YAxisLabelOptions", "YAxisLocation", "YAxisOptions"}

// keyed are the members whose value is an object with keys of the customer's own.
var keyed = []string{"physicaltablemap", "logicaltablemap", "fieldfolders", "sourcetablemap", "transformstepmap", "destinationtablemap", "tablemap",
	"rowlevelpermissiondatasetmap", "typeparameters", "aggregationfunctionparameters"}

// onWire is a member's name as the API writes it. Acronyms are found in any casing, as only one has been seen in a bundle.
func onWire(name string) string {
	lower := strings.ToLower(name)
	if i := slices.IndexFunc(acronyms, func(a string) bool { return strings.ToLower(a) == lower }); i >= 0 {
		return acronyms[i]
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

// inBundle is a member's name as a bundle writes it. The one acronym that has been seen there is written qbusinessInsightsStatus; how
// others are written is INFERRED (quick-api 3.3).
func inBundle(name string) string {
	if name == "QBusinessInsightsStatus" {
		return "qbusinessInsightsStatus"
	}
	capitals := 0
	for capitals < len(name) && unicode.IsUpper(rune(name[capitals])) {
		capitals++
	}
	if capitals > 1 && capitals < len(name) {
		capitals-- // the last one begins the next word
	}
	return strings.ToLower(name[:capitals]) + name[capitals:]
}

// rename writes all member names of a value anew; keys of the customer's own stay.
func rename(v any, name func(string) string) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = rename(v[i], name)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			if entries, ok := value.(map[string]any); ok && slices.Contains(keyed, strings.ToLower(key)) {
				kept := make(map[string]any, len(entries))
				for k, e := range entries {
					kept[k] = rename(e, name)
				}
				out[name(key)] = kept
				continue
			}
			out[name(key)] = rename(value, name)
		}
		return out
	}
	return v
}

// renamed is rename for the value of one member, which may be an object with keys of the customer's own.
func renamed(member string, v any, name func(string) string) any {
	return rename(map[string]any{member: v}, name).(map[string]any)[name(member)]
}

// replace gives a value with every string in it passed through change.
func replace(v any, change func(string) string) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case []any:
		for i := range v {
			v[i] = replace(v[i], change)
		}
	case map[string]any:
		for key := range v {
			v[key] = replace(v[key], change)
		}
	}
	return v
}

// parse reads JSON and keeps numbers as they are written.
func parse(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// compact writes JSON without spaces, with sorted members and without escaping what only matters in HTML.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// member finds a member of an object in any casing.
func member(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	for key, v := range object {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}

// text is a member that is a string; empty when it is none.
func text(object map[string]any, name string) string {
	s, _ := member(object, name).(string)
	return s
}

// object is a member that is an object; empty when it is none.
func object(v map[string]any, name string) map[string]any {
	o, _ := member(v, name).(map[string]any)
	return o
}
