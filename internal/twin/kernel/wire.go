package kernel

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/routes"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 20

var credential = regexp.MustCompile(`^([A-Za-z0-9]+)/[0-9]{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request$`)

// receive reads a client's request: who signed it for which service and Region, which operation it is, and its input.
func (x *exchange) receive(req *http.Request) error {
	query := req.URL.Query()
	scope := query.Get("X-Amz-Credential")
	x.token = query.Get("X-Amz-Security-Token")
	if header, ok := strings.CutPrefix(req.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "); ok {
		_, scope, _ = strings.Cut(header, "Credential=")
		scope, _, _ = strings.Cut(scope, ",")
		x.token = req.Header.Get("X-Amz-Security-Token")
	}
	m := credential.FindStringSubmatch(strings.TrimSpace(scope))
	if m == nil {
		return Errorf("MissingAuthenticationTokenException", "Missing Authentication Token").WithStatus(403)
	}
	x.accessKey, x.Region = m[1], estate.Region(m[2])
	service, ok := routes.Signed(m[3])
	if !ok {
		return NotModelled(m[3])
	}
	x.Service, x.protocol = service.ID, service.Protocol
	most := int64(maxBody)
	if service.Protocol == routes.RESTXML {
		most = maxObject
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, req.Body, most))
	if err != nil {
		return Errorf("RequestEntityTooLarge", "%v", err).WithStatus(413)
	}
	switch service.Protocol {
	case routes.RESTXML:
		return x.receiveObject(req, query, body)
	case routes.RESTJSON:
		return x.receiveREST(req, query, body)
	case routes.Query:
		return x.receiveQuery(query, body)
	default:
		return x.receiveJSON(req.Header.Get("X-Amz-Target"), service.Target, body)
	}
}

// receiveJSON reads json 1.1 (idc-kms 9.2).
func (x *exchange) receiveJSON(target, prefix string, body []byte) error {
	name, ok := strings.CutPrefix(target, prefix+".")
	if !ok {
		return unknownOperation(target)
	}
	if err := x.accept(name, name, body); err != nil {
		return err
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(x.input, &object); err != nil {
		return Errorf("SerializationException", "%v", err)
	}
	return nil
}

// receiveREST reads rest-json: members of path and query join those of the body (quick-api 7).
func (x *exchange) receiveREST(req *http.Request, query url.Values, body []byte) error {
	op, path, ok := routes.Match(x.Service, req.Method, req.URL.EscapedPath())
	if !ok {
		return unknownOperation(req.Method + " " + req.URL.Path)
	}
	members := map[string]any{}
	if len(body) > 0 {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(body, &object); err != nil {
			return Errorf("SerializationException", "%v", err)
		}
		for name, value := range object {
			members[name] = value
		}
	}
	for name, values := range query {
		if members[name] = values; len(values) == 1 {
			members[name] = values[0]
		}
	}
	for name, escaped := range path {
		value, err := url.PathUnescape(escaped)
		if err != nil {
			return Errorf("SerializationException", "%v", err)
		}
		members[name] = value
	}
	input, err := json.Marshal(members)
	if err != nil {
		return err
	}
	return x.accept(op.Name, op.Name, input)
}

// accept takes the operation and its input, which is a JSON object already in the protocols that have none on the wire.
func (x *exchange) accept(operation, asked string, input []byte) error {
	if _, ok := routes.Lookup(x.Service, operation); !ok {
		return unknownOperation(asked)
	}
	x.Operation, x.input = operation, input
	if len(input) == 0 {
		x.input = []byte("{}")
	}
	return nil
}

func unknownOperation(asked string) *Error {
	return Errorf("UnknownOperationException", "unknown operation %q", asked)
}

// answer writes what became of the call in the protocol of its service.
func (x *exchange) answer(w http.ResponseWriter) {
	w.Header().Set("x-amzn-RequestId", x.RequestID)
	switch x.protocol {
	case routes.Query:
		x.answerXML(w)
		return
	case routes.RESTXML:
		x.answerObject(w)
		return
	}
	contentType := "application/x-amz-json-1.1"
	if x.protocol == routes.RESTJSON {
		contentType = "application/json"
	}
	body := x.output
	status := http.StatusOK
	if x.err != nil {
		e := asError(x.err)
		w.Header().Set("x-amzn-errortype", e.Code)
		body, status = e.body(x.Service), e.status()
	}
	if body == nil {
		body = struct{}{}
	}
	text, err := json.Marshal(body)
	if err != nil {
		text, status = []byte(`{"__type":"`+CodeFailed+`"}`), http.StatusNotImplemented
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	w.Write(text) //nolint:errcheck // the client is gone
}

func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// body is the error's JSON. Identity Center and its store spell Message with a capital, all others do not (idc-kms 9.2).
func (e *Error) body(service string) map[string]any {
	name := "message"
	if service == "sso-admin" || service == "identitystore" {
		name = "Message"
	}
	body := map[string]any{"__type": e.Code, name: e.Message}
	maps.Copy(body, e.Members)
	return body
}
