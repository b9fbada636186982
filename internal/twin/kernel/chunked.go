package kernel

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strconv"
	"strings"
)

// sums are the checksums that a client can send with an object (Amazon S3 user guide, Checking object integrity). Never changed.
var sums = map[string]func() hash.Hash{
	"X-Amz-Checksum-Crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"X-Amz-Checksum-Crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"X-Amz-Checksum-Crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5)) },
	"X-Amz-Checksum-Sha1":      sha1.New,
	"X-Amz-Checksum-Sha256":    sha256.New,
}

// unchunked is the object in a body. One that a client streams comes in pieces, each with its length and perhaps a signature, with the
// checksum behind the last (Amazon S3 API reference, Signature calculations: chunked uploads, and trailing headers). Signatures are not
// verified; lengths and checksums are.
func unchunked(header http.Header, body []byte) ([]byte, error) {
	trailer := http.Header{}
	if strings.HasPrefix(header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		var ok bool
		if body, trailer, ok = pieces(body); !ok {
			return nil, Errorf("IncompleteBody", "The request body terminated unexpectedly")
		}
		if n := header.Get("X-Amz-Decoded-Content-Length"); n != strconv.Itoa(len(body)) {
			return nil, Errorf("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
		}
	}
	for name, sum := range sums {
		for _, from := range []http.Header{header, trailer} {
			want := from.Get(name)
			if want == "" {
				continue
			}
			h := sum()
			h.Write(body)
			if base64.StdEncoding.EncodeToString(h.Sum(nil)) != want {
				return nil, Errorf("BadDigest", "The %s you specified did not match the calculated checksum.", strings.ToUpper(strings.TrimPrefix(name, "X-Amz-Checksum-")))
			}
		}
	}
	return body, nil
}

// pieces joins the pieces and reads the headers behind them; ok is false when something is cut off.
func pieces(body []byte) (whole []byte, trailer http.Header, ok bool) {
	trailer = http.Header{}
	whole = make([]byte, 0, len(body))
	for {
		line, rest, found := bytes.Cut(body, []byte("\r\n"))
		size, _, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseUint(size, 16, 31)
		if !found || err != nil {
			return nil, nil, false
		}
		if n == 0 {
			body = rest
			break
		}
		if uint64(len(rest)) < n+2 || string(rest[n:n+2]) != "\r\n" {
			return nil, nil, false
		}
		whole, body = append(whole, rest[:n]...), rest[n+2:]
	}
	for line := range strings.Lines(string(body)) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			trailer.Set(name, value)
		}
	}
	return whole, trailer, true
}
