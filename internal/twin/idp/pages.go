package idp

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"

	"rehome/internal/twin/kernel"
)

// Titles of pages that somebody may have to tell apart.
const (
	pageNotFound = "Page Not Found"
	badRequest   = "400 Bad Request"
	signInTitle  = "Sign In"
	failedTitle  = "Unable to sign in"
	consentTitle = "Allow access"
)

// templates are all pages: each in the same frame. The first button of a form is the one that goes on.
var templates = template.Must(template.New("").Parse(`
{{define "frame"}}<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body><main><h1>{{.Title}}</h1>
{{end}}{{define "end"}}</main></body></html>
{{end}}
{{define "message"}}{{template "frame" .}}<p>{{.Data}}</p>
{{template "end"}}{{end}}
{{define "list"}}{{template "frame" .}}<ul>
{{range .Data}}<li>{{.Name}}: {{.Domain}}, here at <a href="{{.Path}}.well-known/openid-configuration">{{.Path}}</a></li>
{{else}}<li>none</li>
{{end}}</ul>
{{template "end"}}{{end}}
{{define "login"}}{{template "frame" .}}{{with .Data}}{{with .Message}}<p role="alert">{{.}}</p>
{{end}}<p>{{.App}} asks you to sign in.</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="transaction" value="{{.Transaction}}">
<p><label for="username">Username</label> <input id="username" name="username" value="{{.Hint}}" autocomplete="username" required autofocus></p>
<p><label for="password">Password (none is checked)</label> <input id="password" name="password" type="password" autocomplete="off"></p>
<p><button type="submit">Sign in</button></p>
</form>
{{end}}{{template "end"}}{{end}}
{{define "consent"}}{{template "frame" .}}{{with .Data}}<p>{{.App}} would like to use: {{.Scopes}}</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="transaction" value="{{.Transaction}}">
<p><button type="submit" name="answer" value="allow">Allow Access</button>
<button type="submit" name="answer" value="deny">Don't Allow</button></p>
</form>
{{end}}{{template "end"}}{{end}}
{{define "post"}}{{template "frame" .}}<form method="post" action="{{.Data.Action}}">
{{range .Data.Fields}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}<p><button type="submit" autofocus>Continue</button></p>
</form>
{{template "end"}}{{end}}`))

// render makes a page. forms are the origins, besides this one, to which a form of the page may lead in the end: browsers hold the
// redirect that answers a form to the page's policy.
func render(status int, name, title string, forms []string, data any) kernel.Reply {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, struct {
		Title string
		Data  any
	}{title, data}); err != nil {
		return kernel.Reply{Status: http.StatusInternalServerError, Body: []byte(err.Error())}
	}
	target := strings.Join(append([]string{"'self'"}, forms...), " ")
	return kernel.Reply{Status: status, Body: bytes.TrimLeft(b.Bytes(), "\n"), Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}, "Cache-Control": {"no-store"},
		"Content-Security-Policy": {"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action " + target},
		"X-Content-Type-Options":  {"nosniff"}, "Referrer-Policy": {"no-referrer"}}}
}

// page shows one sentence.
func page(status int, title, text string) kernel.Reply {
	return render(status, "message", title, nil, text)
}

// refusedPage is what somebody sees whom the provider cannot send back to the application (oidc 1.1): the page says 400 whatever the
// status of the code is.
func refusedPage(e refusal) kernel.Reply {
	return page(http.StatusBadRequest, badRequest, "Your request resulted in an error. "+e.description)
}
