// Package routes is the list of all operations of the AWS services that the twin stands for, modelled or not, and how each is
// called on the wire. The table is generated from the AWS SDK's own sources; it must not know what any operation does.
package routes

//go:generate go run ./gen

import (
	"slices"
	"strings"
	"sync"
)

// Protocol is one of the wire protocols of AWS.
type Protocol string

// The protocols (idc-kms 9.1).
const (
	JSON11   Protocol = "json-1.1"  // POST /, X-Amz-Target, JSON in and out
	RESTJSON Protocol = "rest-json" // method and path name the operation
	RESTXML  Protocol = "rest-xml"  // method, path and query name the operation, the body is an object: Amazon S3
	Query    Protocol = "query"     // form in, XML out
)

// Service is one AWS service.
type Service struct {
	ID       string // the name that rehome uses: sso-admin, kms, …
	Signing  string // the service in the SigV4 credential scope
	Protocol Protocol
	Target   string // prefix of X-Amz-Target; json-1.1 only
}

// Operation is one operation of a service.
type Operation struct {
	Service  string
	Name     string
	Method   string // rest-json and rest-xml only
	Path     string // template such as /account/{AwsAccountId}, in rest-xml with its query such as /{Key+}?acl; likewise
	Mutating bool   // by its verb: whether it can change anything that a later call sees
}

// Services gives all services, sorted by ID.
func Services() []Service { return slices.Clone(services[:]) }

// Operations gives all operations, sorted by service and name.
func Operations() []Operation { return slices.Clone(operations[:]) }

// Signed finds the service by the name in a credential scope.
func Signed(name string) (Service, bool) {
	return find(services[:], func(s Service) bool { return s.Signing == name })
}

// Lookup finds an operation by service and name.
func Lookup(service, name string) (Operation, bool) {
	return find(operations[:], func(o Operation) bool { return o.Service == service && o.Name == name })
}

func find[T any](all []T, is func(T) bool) (found T, ok bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return found, false
}

// Match finds the rest-json operation for a method and the still escaped path, and the values of the template's members, which are
// escaped too. Of several templates that fit, the one with the most literal segments wins.
func Match(service, method, path string) (Operation, map[string]string, bool) {
	var best Operation
	var members map[string]string
	got := segments(path)
	for _, t := range templates()[shape{service, method, len(got)}] {
		if m, ok := fit(t.segments, got); ok && (members == nil || len(m) < len(members)) {
			best, members = t.Operation, m
		}
	}
	return best, members, members != nil
}

// shape is what has to be equal before a path is compared with a template.
type shape struct {
	service, method string
	segments        int
}

type template struct {
	Operation
	segments []string
}

// templates are the rest-json operations by shape, in the table's order.
var templates = sync.OnceValue(func() map[shape][]template {
	out := map[shape][]template{}
	for _, o := range operations {
		if o.Method != "" {
			parts := segments(o.Path)
			at := shape{o.Service, o.Method, len(parts)}
			out[at] = append(out[at], template{o, parts})
		}
	}
	return out
})

// fit compares segments of the same number.
func fit(template, got []string) (map[string]string, bool) {
	members := map[string]string{}
	for i, t := range template {
		switch {
		case strings.HasPrefix(t, "{") && got[i] != "":
			members[strings.Trim(t, "{}")] = got[i]
		case t != got[i]:
			return nil, false
		}
	}
	return members, true
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }
