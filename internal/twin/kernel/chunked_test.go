package kernel

import (
	"fmt"
	"net/http"
	"testing"
)

// TestPieces: the example of S3's reference (Example: Calculating signatures for chunked uploads) in small, and what is cut off or wrong.
func TestPieces(t *testing.T) {
	const sum = "NhCmhg==" // of "hello", CRC32
	for name, c := range map[string]struct {
		body string
		size int
		head http.Header
		want string
	}{
		"signed pieces":     {"3;chunk-signature=ab\r\nhel\r\n2;chunk-signature=cd\r\nlo\r\n0;chunk-signature=ef\r\n\r\n", 5, nil, "hello"},
		"with a checksum":   {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + sum + "\r\n\r\n", 5, nil, "hello"},
		"a wrong checksum":  {"5\r\nhellO\r\n0\r\nx-amz-checksum-crc32:" + sum + "\r\n\r\n", 5, nil, "BadDigest"},
		"cut off":           {"5\r\nhel", 5, nil, "IncompleteBody"},
		"without an end":    {"5\r\nhello\r\n", 5, nil, "IncompleteBody"},
		"no length":         {"hello", 5, nil, "IncompleteBody"},
		"another length":    {"5\r\nhello\r\n0\r\n\r\n", 6, nil, "IncompleteBody"},
		"a huge piece":      {"ffffffffffffffff\r\nhello\r\n0\r\n\r\n", 5, nil, "IncompleteBody"},
		"nothing":           {"0\r\n\r\n", 0, nil, ""},
		"plain":             {"5\r\nhello", -1, http.Header{}, "5\r\nhello"},
		"plain, and a sum":  {"hello", -1, http.Header{"X-Amz-Checksum-Crc32": {sum}}, "hello"},
		"plain, and no sum": {"hellO", -1, http.Header{"X-Amz-Checksum-Crc32": {sum}}, "BadDigest"},
	} {
		head := c.head
		if head == nil {
			head = http.Header{"X-Amz-Content-Sha256": {"STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, "X-Amz-Decoded-Content-Length": {fmt.Sprint(c.size)}}
		}
		got, err := unchunked(head, []byte(c.body))
		if e, ok := err.(*Error); ok && e.Code != c.want || err == nil && string(got) != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
