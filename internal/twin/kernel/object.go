package kernel

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"rehome/internal/twin/routes"
)

// maxObject bounds the body of a request in rest-xml, in bytes: the largest bundle that Quick takes from a bucket (quick-api 3.4), and
// what a client writes around it.
const maxObject = 1<<30 + 1<<20

// Object is what a handler in rest-xml answers. Other protocols and services see it as JSON.
type Object struct {
	Status int    `json:"-"` // 0: 200
	ETag   string `json:",omitempty"`
	Region string `json:"-"` // of a bucket
	Body   []byte
}

// receiveObject reads rest-xml in path style. Names of buckets in the host are not understood: clients that are told an endpoint by its
// number do not use them.
func (x *exchange) receiveObject(req *http.Request, query url.Values, body []byte) error {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	x.Operation = req.Method
	op, ok := routes.MatchObject(x.Service, req.Method, bucket != "", key != "", query)
	if !ok {
		return NotModelled(x.Service + ":" + req.Method + " with " + req.URL.RawQuery)
	}
	input, err := json.Marshal(map[string]string{"Bucket": bucket, "Key": key})
	if err != nil {
		return err
	}
	x.head = req.Method == http.MethodHead
	if x.Payload, err = unchunked(req.Header, body); err != nil {
		return err
	}
	if req.Header.Get("Range") != "" {
		return NotModelled("a part of an object")
	}
	return x.accept(op.Name, op.Name, input)
}

// objectErrors are S3's words and statuses for what all services say (Amazon S3 API reference, Error responses). The texts stay those of
// the other services (INFERRED).
var objectErrors = map[string]struct {
	code   string
	status int
}{
	"AccessDeniedException": {"AccessDenied", 403}, "MissingAuthenticationTokenException": {"AccessDenied", 403}, "UnrecognizedClientException": {"InvalidAccessKeyId", 403},
	"ExpiredTokenException": {"ExpiredToken", 400}, "ThrottlingException": {"SlowDown", 503}, "InternalFailure": {"InternalError", 500},
	"RequestEntityTooLarge": {"EntityTooLarge", 400},
}

// answerObject writes an object, or the error in XML, which has no body when only the head was asked for.
func (x *exchange) answerObject(w http.ResponseWriter) {
	w.Header().Set("x-amz-request-id", x.RequestID)
	if x.err != nil {
		e := asError(x.err)
		said := struct {
			XMLName   xml.Name `xml:"Error"`
			Code      string
			Message   string
			RequestID string `xml:"RequestId"`
		}{Code: e.Code, Message: e.Message, RequestID: x.RequestID}
		status := e.status()
		if word, ok := objectErrors[e.Code]; ok {
			said.Code, status = word.code, word.status
		}
		for name, value := range e.Members {
			if text, ok := value.(string); ok {
				w.Header().Set(name, text)
			}
		}
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if !x.head {
			xml.NewEncoder(w).Encode(said) //nolint:errcheck // the client is gone
		}
		return
	}
	o, _ := x.output.(Object)
	if o.ETag != "" {
		w.Header().Set("ETag", o.ETag)
	}
	if o.Region != "" {
		w.Header().Set("x-amz-bucket-region", o.Region)
	}
	if o.Status == 0 {
		o.Status = http.StatusOK
	}
	if o.Status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(o.Body)))
	}
	w.WriteHeader(o.Status)
	if !x.head {
		w.Write(o.Body) //nolint:errcheck // as above
	}
}
