package routes

import (
	"net/url"
	"strings"
)

// plain are the operations that a method means when nothing else tells: the SDKs say x-id, the AWS CLI does not (Amazon S3 API reference).
var plain = map[string]bool{"DeleteBucket": true, "CreateBucket": true, "HeadBucket": true, "ListObjects": true, "ListBuckets": true,
	"DeleteObject": true, "GetObject": true, "HeadObject": true, "PutObject": true}

// MatchObject finds the rest-xml operation of a request in path style, which has a bucket and a key or not. A parameter in the query that
// its template does not name, beyond those of a signature, makes it another operation, and is not found.
func MatchObject(service, method string, bucket, key bool, query url.Values) (Operation, bool) {
	id := query.Get("x-id")
	return find(operations[:], func(o Operation) bool {
		path, parameters, _ := strings.Cut(o.Path, "?")
		if o.Service != service || o.Method != method || (path == "/{Key+}") != key || o.Name == "ListBuckets" == bucket {
			return false
		}
		literal := map[string]bool{}
		for _, p := range strings.Split(parameters, "&") {
			name, value, _ := strings.Cut(p, "=")
			if name == "" || name == "x-id" {
				continue
			}
			if literal[name] = true; !query.Has(name) || value != "" && query.Get(name) != value {
				return false
			}
		}
		for name := range query {
			if !literal[name] && name != "x-id" && !strings.HasPrefix(name, "X-Amz-") {
				return false
			}
		}
		return id == o.Name || id == "" && (plain[o.Name] || len(literal) > 0)
	})
}
