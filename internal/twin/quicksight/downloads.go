package quicksight

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"rehome/internal/twin/kernel"
)

// downloads is where bundles can be fetched. At AWS that is a host of its own, and the address is signed (quick-api 3.2).
const downloads = "/quicksight-bundles/"

// downloadLife is how long an address is good for (quick-api 3.2).
const downloadLife = 5 * time.Minute

// downloadURL is an address for the bytes in a record, a new one for each call. Whoever has it needs no other right.
func downloadURL(r *kernel.Request, key, file string) string {
	ticket := strings.Join([]string{key, r.Now().Add(downloadLife).Format(time.RFC3339Nano), r.RequestID}, "\n")
	return r.Origin + downloads + base64.RawURLEncoding.EncodeToString([]byte(ticket)) + "." + seal(r, ticket) + "/" + file
}

func seal(r *kernel.Request, ticket string) string {
	return kernel.ID("download", r.Title(), ticket)[:32]
}

// site serves bundles to whoever has an address that is still good.
func site() *kernel.Site {
	return &kernel.Site{
		Match: func(_ *kernel.Request, req *http.Request) bool { return strings.HasPrefix(req.URL.Path, downloads) },
		Serve: func(r *kernel.Request, req *http.Request) kernel.Reply {
			token, _, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, downloads), "/")
			return download(r, token)
		},
	}
}

// download refuses in the words of Amazon S3, where such addresses of AWS lead; that this one does is INFERRED.
func download(r *kernel.Request, token string) kernel.Reply {
	text, sealed, _ := strings.Cut(token, ".")
	ticket, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(ticket), "\n")
	if err != nil || len(parts) != 3 || sealed != seal(r, string(ticket)) {
		return forbidden("Access Denied")
	}
	until, err := time.Parse(time.RFC3339Nano, parts[1])
	if err != nil || r.Now().After(until) {
		return forbidden("Request has expired")
	}
	var bundle []byte
	if !r.Record(parts[0], &bundle) {
		return kernel.Reply{Status: http.StatusNotFound}
	}
	return kernel.Reply{Header: http.Header{"Content-Type": {"application/octet-stream"}}, Body: bundle}
}

func forbidden(message string) kernel.Reply {
	return kernel.Reply{Status: http.StatusForbidden, Header: http.Header{"Content-Type": {"application/xml"}},
		Body: []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>AccessDenied</Code><Message>" + message + "</Message></Error>")}
}
