package kernel

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// receiveQuery reads the form of a query protocol. What is in it becomes strings, lists (Name.member.1) and objects (Name.Member).
func (x *exchange) receiveQuery(query url.Values, body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return Errorf("SerializationException", "%v", err)
	}
	maps.Copy(form, query)
	members := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if !plant(members, strings.Split(name, "."), form.Get(name)) {
			return Errorf("MalformedInput", "%s is a value and more than a value", name)
		}
	}
	input, err := json.Marshal(listsOf(members))
	if err != nil {
		return err
	}
	return x.accept(form.Get("Action"), form.Get("Action"), input)
}

// plant puts a value into a tree; false when something is in the way.
func plant(tree map[string]any, path []string, value string) bool {
	if len(path) == 1 {
		_, taken := tree[path[0]]
		tree[path[0]] = value
		return !taken
	}
	if tree[path[0]] == nil {
		tree[path[0]] = map[string]any{}
	}
	branch, ok := tree[path[0]].(map[string]any)
	return ok && plant(branch, path[1:], value)
}

// listsOf turns {"member": {"1": a, "2": b}} into [a, b], at every depth.
func listsOf(v any) any {
	tree, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for name, value := range tree {
		tree[name] = listsOf(value)
	}
	numbered, ok := tree["member"].(map[string]any)
	if !ok || len(tree) != 1 {
		return tree
	}
	list := []any{}
	for i := 1; i <= len(numbered); i++ {
		entry, there := numbered[strconv.Itoa(i)]
		if !there {
			return tree
		}
		list = append(list, entry)
	}
	return list
}

// namespaces are those of the answers in XML, by service.
var namespaces = map[string]string{"cloudformation": "http://cloudformation.amazonaws.com/doc/2010-05-15/",
	"iam": "https://iam.amazonaws.com/doc/2010-05-08/", "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}

// queryCode is the query protocol's word for what the JSON services call otherwise (AWS STS API reference, Common errors).
func queryCode(code string) string {
	switch code {
	case "UnrecognizedClientException":
		return "InvalidClientTokenId"
	case "ExpiredTokenException":
		return "ExpiredToken"
	case "AccessDeniedException":
		return "AccessDenied"
	case "ThrottlingException":
		return "Throttling"
	}
	return code
}

type xmlError struct {
	Type      string `xml:"Error>Type"`
	Code      string `xml:"Error>Code"`
	Message   string `xml:"Error>Message"`
	RequestID string `xml:"RequestId"`
}

func (x *exchange) answerXML(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/xml")
	enc := xml.NewEncoder(w)
	outer := func(name string) xml.StartElement {
		return xml.StartElement{Name: xml.Name{Local: name}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespaces[x.Service]}}}
	}
	if x.err != nil {
		e := asError(x.err)
		kind := "Sender"
		if e.status() >= 500 {
			kind = "Receiver"
		}
		status := e.status()
		if e.Status == 0 && e.Code == "AccessDeniedException" {
			status = http.StatusForbidden // in the query protocol only (AWS STS API reference, Common errors)
		}
		w.WriteHeader(status)
		enc.EncodeElement(xmlError{Type: kind, Code: queryCode(e.Code), Message: e.Message, RequestID: x.RequestID}, outer("ErrorResponse")) //nolint:errcheck // the client is gone
		return
	}
	response, result := outer(x.Operation+"Response"), xml.StartElement{Name: xml.Name{Local: x.Operation + "Result"}}
	metadata := struct {
		RequestID string `xml:"RequestId"`
	}{x.RequestID}
	enc.EncodeToken(response)                                                                //nolint:errcheck // the client is gone
	enc.EncodeElement(x.output, result)                                                      //nolint:errcheck
	enc.EncodeElement(metadata, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}}) //nolint:errcheck
	enc.EncodeToken(response.End())                                                          //nolint:errcheck
	enc.Flush()                                                                              //nolint:errcheck
}
