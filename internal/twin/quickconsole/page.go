package quickconsole

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"regexp"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// What the console calls the fields that are not among estate.SignInFields.
const (
	issuerLabel   = "Trusted Token Issuer ARN"
	audienceLabel = "Aud claim"
	extensionType = "Desktop application for Quick"
)

var places = regexp.MustCompile(`^/console/quick/([0-9]{12})/(extension-access|extensions)$`)

func match(_ *kernel.Request, req *http.Request) bool { return places.MatchString(req.URL.Path) }

// view is what a page shows.
type view struct {
	Account        string
	Region         estate.Region
	IdentityCenter bool
	Entries        []entry
	Typed          url.Values // what was refused, so that nobody has to type it again
	Refusal        string
	Labels         map[string]string
	Fields         []estate.SignInField
}

// serve shows a page, or does what a form of it asks, as an administrator of the account in the console of the identity Region.
func serve(r *kernel.Request, req *http.Request) kernel.Reply {
	place := places.FindStringSubmatch(req.URL.Path)
	v := view{Account: place[1], Fields: estate.SignInFields, Labels: map[string]string{"issuer": issuerLabel, "audience": audienceLabel, "type": extensionType}}
	if q, ok := r.Estate().Accounts[estate.AccountID(v.Account)].Quick.Get(); ok {
		v.Region = q.IdentityRegion.Or("")
	}
	admin, err := r.Administrator(estate.AccountID(v.Account))
	if err != nil {
		return plain(http.StatusNotFound, "There is no such account.")
	}
	r.ByPerson = true
	var refusal error
	switch req.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if err := new(http.CrossOriginProtection).Check(req); err != nil {
			return plain(http.StatusForbidden, "A page of somebody else sent this form.")
		}
		if err := req.ParseForm(); err != nil {
			return plain(http.StatusBadRequest, "The form cannot be read.")
		}
		if refusal = submit(r, admin, v.Region, place[2], req.PostForm); refusal == nil {
			return kernel.Reply{Status: http.StatusSeeOther, Header: http.Header{"Location": {req.URL.Path}}}
		}
		v.Refusal, v.Typed = refusal.Error(), req.PostForm
	default:
		return plain(http.StatusMethodNotAllowed, "Only GET and POST.")
	}
	return v.show(r, admin, place[2])
}

// submit does what a form asks.
func submit(r *kernel.Request, admin kernel.Caller, region estate.Region, place string, form url.Values) error {
	operations := map[string]string{"extension-access add": "CreateExtensionAccess", "extension-access delete": "DeleteExtensionAccess",
		"extensions add": "CreateExtension", "extensions delete": "DeleteExtension"}
	operation, ok := operations[place+" "+form.Get("do")]
	if !ok {
		return invalid("The form asks for nothing that the page has.")
	}
	in := entry{Name: form.Get("name")}
	if operation == "CreateExtensionAccess" {
		in.Description, in.TrustedTokenIssuer, in.Audience = form.Get("description"), estate.ARN(form.Get("trusted_token_issuer")), form.Get("audience")
		for _, f := range estate.SignInFields {
			*f.Of(&in.Values) = form.Get(f.Name)
		}
	}
	return r.Call(admin, id, region, operation, in, nil)
}

func (v view) show(r *kernel.Request, admin kernel.Caller, place string) kernel.Reply {
	var listed struct {
		Entries        []entry `json:"extension_accesses"`
		IdentityCenter bool    `json:"identity_center"`
	}
	status := http.StatusOK
	if err := r.Call(admin, id, v.Region, "ListExtensionAccesses", struct{}{}, &listed); err != nil {
		return plain(http.StatusNotFound, err.Error())
	}
	if v.Refusal != "" {
		status = http.StatusBadRequest
	}
	v.Entries, v.IdentityCenter = listed.Entries, listed.IdentityCenter
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, place, v); err != nil {
		return plain(http.StatusInternalServerError, err.Error())
	}
	return reply(status, "text/html; charset=utf-8", out.Bytes())
}

func plain(status int, text string) kernel.Reply {
	return reply(status, "text/plain; charset=utf-8", []byte(text+"\n"))
}

func reply(status int, contentType string, body []byte) kernel.Reply {
	return kernel.Reply{Status: status, Body: body, Header: http.Header{"Content-Type": {contentType}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"},
		"Content-Security-Policy": {"default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}}}
}

// pages are the two of the console, plain: the order of fields and their labels are AWS's, the look is not.
var pages = template.Must(template.New("").Parse(`
{{define "head"}}<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.}} - Quick console of the twin</title>
<h1>{{.}}</h1>
{{end}}
{{define "where"}}<p>Twin of the Quick console. Account <strong id="account">{{.Account}}</strong>, identity Region <strong id="region">{{.Region}}</strong>.</p>
<nav><a href="/console/quick/{{.Account}}/extension-access">Permissions: Extension access</a> | <a href="/console/quick/{{.Account}}/extensions">Connect apps and data: Extensions</a></nav>
{{with .Refusal}}<p id="refusal" role="alert">{{.}}</p>{{end}}
{{end}}
{{define "delete"}}<form method="post"><input type="hidden" name="name" value="{{.Name}}"><button name="do" value="delete" aria-label="Delete {{.Name}}">Delete</button></form>{{end}}
{{define "extension-access"}}{{template "head" "Extension access"}}{{template "where" .}}
<table id="accesses">
<tr><th>Name<th>Description<th>{{.Labels.issuer}}<th>{{.Labels.audience}}{{range .Fields}}<th>{{.Label}}{{end}}<th>
{{range .Entries}}<tr><td>{{.Name}}<td>{{.Description}}<td>{{.TrustedTokenIssuer}}<td>{{.Audience}}{{range .Typed}}<td>{{.}}{{end}}<td>{{template "delete" .}}
{{else}}<tr><td colspan="10">None.
{{end}}</table>
<h2>Add extension access</h2>
<form method="post" id="add">
{{if .IdentityCenter}}<fieldset><legend>Trusted Token Issuer Setup</legend>
<p><label for="trusted_token_issuer">{{.Labels.issuer}}</label> <input id="trusted_token_issuer" name="trusted_token_issuer" size="100" required value="{{.Typed.Get "trusted_token_issuer"}}">
<p><label for="audience">{{.Labels.audience}}</label> <input id="audience" name="audience" size="60" required value="{{.Typed.Get "audience"}}">
</fieldset>
{{end}}<fieldset><legend>Amazon Quick extension details</legend>
<p><label><input type="radio" checked> {{.Labels.type}}</label>
<p><label for="name">Name</label> <input id="name" name="name" required value="{{.Typed.Get "name"}}">
<p><label for="description">Description (optional)</label> <input id="description" name="description" value="{{.Typed.Get "description"}}">
{{range .Fields}}<p><label for="{{.Name}}">{{.Label}}</label> <input id="{{.Name}}" name="{{.Name}}" size="100" required value="{{$.Typed.Get .Name}}">
{{end}}</fieldset>
<p>Verify every value: none can be changed after Add. A wrong entry is deleted and created anew.
<p><button id="submit" name="do" value="add">Add</button>
</form>
{{end}}
{{define "extensions"}}{{template "head" "Extensions"}}{{template "where" .}}
<table id="extensions">
<tr><th>Extension<th>Extension access<th>
{{range .Entries}}{{if .Extension}}<tr><td>{{$.Labels.type}}<td>{{.Name}}<td>{{template "delete" .}}
{{end}}{{end}}</table>
<h2>Add extension</h2>
<form method="post" id="add">
<fieldset><legend>{{.Labels.type}}</legend>
{{range .Entries}}{{if not .Extension}}<p><label><input type="radio" name="name" value="{{.Name}}" required> {{.Name}}</label>
{{end}}{{end}}</fieldset>
<p><button id="submit" name="do" value="add">Create</button>
</form>
{{end}}
`))
