package quickconsole_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rehome/internal/estate"
)

const (
	accessPage    = "/console/quick/" + account + "/extension-access"
	extensionPage = "/console/quick/" + account + "/extensions"
)

func (w twin) browse(req *http.Request) (*http.Response, string) {
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, req)
	return answer.Result(), answer.Body.String()
}

func (w twin) page(path string) string {
	w.Helper()
	answer, body := w.browse(httptest.NewRequest("GET", path, nil))
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") ||
		answer.Header.Get("Content-Security-Policy") != "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'" {
		w.Errorf("%s: HTTP %d %v\n%s", path, answer.StatusCode, answer.Header, body)
	}
	return body
}

// submit sends a form as a browser does and follows it to the page that comes after; a refusal stays at the form.
func (w twin) submit(path string, form url.Values) string {
	w.Helper()
	req := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, body := w.browse(req)
	if answer.StatusCode == http.StatusSeeOther {
		return w.page(answer.Header.Get("Location"))
	}
	if answer.StatusCode != http.StatusBadRequest {
		w.Errorf("HTTP %d %s", answer.StatusCode, body)
	}
	return body
}

// inputs are the fields of the form to add, in their order; each has its name as its id, and a label.
func (w twin) inputs(page string) (names []string) {
	w.Helper()
	_, form, _ := strings.Cut(page, `id="add"`)
	for _, m := range regexp.MustCompile(`<label for="([a-z_]+)">[^<]+</label> <input id="([a-z_]+)" name="([a-z_]+)"`).FindAllStringSubmatch(form, -1) {
		if m[1] != m[2] || m[2] != m[3] {
			w.Errorf("%v", m)
		}
		names = append(names, m[1])
	}
	return names
}

func filled() url.Values {
	return url.Values{"do": {"add"}, "name": {"Desktop"}, "description": {"for everybody"}, "trusted_token_issuer": {trusted}, "audience": {"0oa1"}, "issuer": {"https://example.okta.com"},
		"authorization_endpoint": {"https://example.okta.com/v1/authorize"}, "token_endpoint": {"https://example.okta.com/v1/token"}, "jwks_uri": {"https://example.okta.com/v1/keys"}, "client_id": {"0oa1"}}
}

// TestThePageAsksForWhatTheConsoleAsks: accounts on Identity Center see the page for the token issuer, others do not.
func TestThePageAsksForWhatTheConsoleAsks(t *testing.T) {
	five := "issuer authorization_endpoint token_endpoint jwks_uri client_id"
	for _, c := range []struct {
		name   string
		change func(*estate.Quick)
		want   string
	}{
		{"on Identity Center", nil, "trusted_token_issuer audience name description " + five},
		{"on federation", federated, "name description " + five},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, c.change)
			page := w.page(accessPage)
			if got := strings.Join(w.inputs(page), " "); got != c.want {
				t.Errorf("%s", got)
			}
			for _, f := range estate.SignInFields {
				w.must(page, `<label for="`+f.Name+`">`+f.Label+"</label>")
			}
			w.must(page, "Desktop application for Quick")
			w.must(page, `<strong id="region">us-east-1</strong>`)
			if strings.Contains(page, "Trusted Token Issuer Setup") != (c.change == nil) || strings.Contains(strings.ToLower(page), "edit") {
				t.Error(page)
			}
		})
	}
}

// TestAPersonMakesAndDeletesOnThePages what the operations make and delete, as an administrator in the identity Region.
func TestAPersonMakesAndDeletesOnThePages(t *testing.T) {
	w := start(t, nil)
	page := w.submit(accessPage, filled())
	w.must(page, "<td>Desktop<td>for everybody<td>"+trusted+"<td>0oa1<td>https://example.okta.com<td>https://example.okta.com/v1/authorize<td>https://example.okta.com/v1/token<td>https://example.okta.com/v1/keys<td>0oa1<td>")
	w.must(page, `value="delete"`)
	w.must(w.do(here, "quick-console", "DescribeExtensionAccess", `{"name":"Desktop"}`), `"audience":"0oa1"`)
	w.must(w.page(extensionPage), `<input type="radio" name="name" value="Desktop" required>`)
	w.must(w.submit(extensionPage, url.Values{"do": {"add"}, "name": {"Desktop"}}), "<tr><td>Desktop application for Quick<td>Desktop<td>")
	w.must(w.do(here, "quick-console", "ListExtensions", `{}`), `"name":"Desktop"`)
	w.must(w.submit(extensionPage, url.Values{"do": {"delete"}, "name": {"Desktop"}}), `value="Desktop" required>`)
	w.must(w.submit(accessPage, url.Values{"do": {"delete"}, "name": {"Desktop"}}), "None.")
	w.must(w.do(here, "quick-console", "ListExtensionAccesses", `{}`), `"extension_accesses":[]`)
	_, log := w.browse(httptest.NewRequest("GET", "/_twin/calls?internal=yes", nil))
	for _, want := range []string{`"operation": "CreateExtensionAccess"`, "assumed-role/RehomeTwinAdministrator/person", `"by": "person"`, `"region": "us-east-1"`} {
		w.must(log, want)
	}
}

// TestARefusedFormKeepsWhatWasTyped, as text and not as markup.
func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	w := start(t, nil)
	form := filled()
	form.Set("client_id", "")
	form.Set("description", `"><script>`)
	page := w.submit(accessPage, form)
	w.must(page, `<p id="refusal" role="alert">ValidationException: Client ID is required.</p>`)
	w.must(page, `name="description" value="&#34;&gt;&lt;script&gt;"`)
	w.must(page, `value="https://example.okta.com/v1/keys"`)
	w.must(w.submit(accessPage, url.Values{"do": {"edit"}, "name": {"Desktop"}}), "The form asks for nothing that the page has.")
	w.must(w.submit(accessPage, url.Values{"do": {"delete"}, "name": {"Desktop"}}), "There is no extension access &#34;Desktop&#34;.")
}

// TestWhoGetsNoPage.
func TestWhoGetsNoPage(t *testing.T) {
	w := start(t, nil)
	foreign := httptest.NewRequest("POST", accessPage, strings.NewReader(filled().Encode()))
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	for name, c := range map[string]struct {
		req    *http.Request
		status int
		want   string
	}{
		"an account that is not there":   {httptest.NewRequest("GET", "/console/quick/999999999999/extensions", nil), http.StatusNotFound, "There is no such account."},
		"an account without Quick":       {httptest.NewRequest("GET", "/console/quick/444455556666/extensions", nil), http.StatusNotFound, "Account 444455556666 has no Quick account that works."},
		"a form on somebody else's page": {foreign, http.StatusForbidden, "A page of somebody else sent this form."},
		"another method":                 {httptest.NewRequest("PUT", accessPage, nil), http.StatusMethodNotAllowed, "Only GET and POST."},
	} {
		t.Run(name, func(t *testing.T) {
			answer, body := w.browse(c.req)
			if answer.StatusCode != c.status || !strings.Contains(body, c.want) {
				t.Errorf("HTTP %d %s", answer.StatusCode, body)
			}
		})
	}
	w.must(w.page(accessPage), "None.")
}
