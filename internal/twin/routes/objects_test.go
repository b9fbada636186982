package routes_test

import (
	"net/url"
	"testing"

	"rehome/internal/twin/routes"
)

// The queries are those that the SDKs send, with x-id, and the AWS CLI, without it.
func TestMatchObject(t *testing.T) {
	for name, tc := range map[string]struct {
		method      string
		bucket, key bool
		query, want string
	}{
		"the SDK puts":         {"PUT", true, true, "x-id=PutObject", "PutObject"},
		"the CLI puts":         {"PUT", true, true, "", "PutObject"},
		"the SDK copies":       {"PUT", true, true, "x-id=CopyObject", "CopyObject"},
		"a part":               {"PUT", true, true, "partNumber=1&uploadId=u", ""},
		"a part by the SDK":    {"PUT", true, true, "partNumber=1&uploadId=u&x-id=UploadPart", ""},
		"rights":               {"GET", true, true, "acl", "GetObjectAcl"},
		"a whole object":       {"GET", true, true, "x-id=GetObject&X-Amz-Expires=9", "GetObject"},
		"gone":                 {"DELETE", true, true, "x-id=DeleteObject", "DeleteObject"},
		"a bucket":             {"HEAD", true, false, "", "HeadBucket"},
		"an object":            {"HEAD", true, true, "", "HeadObject"},
		"all buckets":          {"GET", false, false, "x-id=ListBuckets", "ListBuckets"},
		"what is in it":        {"GET", true, false, "", "ListObjects"},
		"what is in it, anew":  {"GET", true, false, "list-type=2", "ListObjectsV2"},
		"in parts":             {"POST", true, true, "uploads", "CreateMultipartUpload"},
		"another x-id":         {"GET", true, true, "x-id=PutObject", ""},
		"a method that is not": {"PATCH", true, true, "", ""},
	} {
		query, err := url.ParseQuery(tc.query)
		if err != nil {
			t.Fatal(err)
		}
		if op, ok := routes.MatchObject("s3", tc.method, tc.bucket, tc.key, query); op.Name != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: %q %v, want %q", name, op.Name, ok, tc.want)
		}
	}
}
