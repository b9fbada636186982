package loopback

import (
	"html/template"
	"net/http"

	"rehome/internal/identity"
)

// done is where the browser is sent with a final answer, so that the address with the code is not left in its history.
const done = "/done"

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<h1>{{.Title}}</h1>
{{range .Lines}}<p>{{.}}</p>
{{end}}</html>
`))

// head sets what every answer has: nothing is run, fetched, framed, stored or told to others.
func head(w http.ResponseWriter) {
	for name, value := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Cache-Control":           "no-store",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
		"Content-Type":            "text/html; charset=utf-8",
		"Connection":              "close",
	} {
		w.Header().Set(name, value)
	}
}

func write(w http.ResponseWriter, v identity.Verdict) {
	head(w)
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	_ = page.Execute(w, struct { // whoever hung up does not want it
		Title string
		Lines []string
	}{v.Title, lines(v.Text)})
}
