package view

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/app"
	"rehome/internal/goldentest"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// walked is the report of a world's plan, rehearsed and carried out on a twin.
func walked(t *testing.T, world string) *app.Report {
	t.Helper()
	w, err := app.LoadWorld(world)
	if err != nil {
		t.Fatal(err)
	}
	k, err := twin.New(w.World, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "TWIN111122223333", "AWS_SECRET_ACCESS_KEY": "twin", "AWS_SESSION_TOKEN": "", "AWS_REGION": "us-east-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	a := &app.App{SpecPath: filepath.Join(dir, "rehome.yaml"), StateDir: filepath.Join(dir, ".rehome"), Version: "test", OSUser: "tester", Command: "test", Endpoint: server.URL, Now: func() time.Time { return noon }}
	if err := a.Init(app.InitRequest{World: world}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(a.SpecPath)
	if err == nil { // what Quick on Desktop needs would wait for a person
		err = os.WriteFile(a.SpecPath, append(text, "\nwant: [web, same-people]\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.Plan(t.Context(), app.PlanRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.RehearsePlan(t.Context(), a.PlanPath()); err != nil {
		t.Fatal(err)
	}
	var accept []string
	for _, s := range p.Steps {
		if s.Risk.NeedsConsent() && !slices.Contains(accept, s.RiskName) {
			accept = append(accept, s.RiskName)
		}
	}
	if _, err := a.Apply(t.Context(), app.ApplyRequest{Accept: accept}); err != nil {
		t.Fatal(err)
	}
	r, err := a.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// chance is what differs from run to run, or with each thing more that a survey looks at.
var chance = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "REQUEST"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HASH"},
	{regexp.MustCompile(`(class="faint">)[0-9a-f]{12}<`), "${1}DIGEST<"},
	{regexp.MustCompile(`(<dt>Run</dt><dd><code>)[0-9a-f]{8}<`), "${1}RUN<"},
	{regexp.MustCompile(`apl-[0-9a-f]{16}`), "apl-ID"},
	{regexp.MustCompile(`(data-label="Record" class="number">)[0-9]+`), "${1}N"},
	{regexp.MustCompile(`(?s)<style>.*</style>`), "<style/>"},
	{regexp.MustCompile(`(?s)(<h3>Looks</h3>).*(<h3>Chain</h3>)`), "${1}LOOKS${2}"},
	{regexp.MustCompile(`of [0-9]+ calls`), "of N calls"},
	{regexp.MustCompile(`[0-9]+(, each with the SHA-256)`), "N${1}"},
	{regexp.MustCompile(`[0-9]+s predicted`), "Ns predicted"}, // an answer that was lost and asked for again costs a second
}

// settled puts the refused looks, which the journal has in the order of the answers, in an order of their own.
func settled(page string) string {
	return regexp.MustCompile(`(?s)<caption>Looks that were refused.*?</table>`).ReplaceAllStringFunc(page, func(table string) string {
		rows := strings.Split(table, "\n")
		slices.Sort(rows)
		return strings.Join(rows, "\n")
	})
}

// TestPageOfARun is the whole page of the runbook's move.
func TestPageOfARun(t *testing.T) {
	r := walked(t, "bom")
	for range 3 { // an answer that a busy machine lost was asked for again, which a golden cannot hold
		if !slices.ContainsFunc(r.Journal.Refused, func(m app.Made) bool { return m.Error == "unavailable" }) {
			break
		}
		r = walked(t, "bom")
	}
	page := rendered(t, r)
	wellFormed(t, page)
	fromElsewhere(t, page)
	if size := len(page); size > 512<<10 {
		t.Errorf("the page has %d KiB", size>>10)
	}
	t.Run("in a browser", func(t *testing.T) { inBrowser(t, page) })
	for _, c := range chance {
		page = c.pattern.ReplaceAllString(page, c.with)
	}
	goldentest.Compare(t, "html-bom.html", settled(page))
}

// inBrowser opens a page in a browser that reaches no network, and reads what the browser made of it.
func inBrowser(t *testing.T, page string) {
	dom, said := opened(t, page, 1280)
	if strings.Count(dom, `<svg class="map"`) != 2 || strings.Count(dom, `<h2`) != 5 || !strings.Contains(dom, "This file loads nothing from anywhere") {
		t.Errorf("the browser shows something else:\n%.2000s", dom)
	}
	if strings.Contains(said, "CONSOLE") {
		t.Errorf("the browser complains:\n%s", said)
	}
	t.Run("which would complain of anything that loads", func(t *testing.T) {
		if _, said := opened(t, strings.Replace(page, "<h1>", `<img src="https://example.com/x.png"><h1>`, 1), 1280); !strings.Contains(said, "Content Security Policy") {
			t.Errorf("nothing was said:\n%s", said)
		}
	})
	// Here, and only here, a script is let in: it opens all details and measures. A browser's window may not be as narrow as a
	// telephone, so the page itself is made so; both are on the same side of the style's only breakpoint.
	for _, width := range []int{360, 1280} {
		measured := strings.Replace(page, `http-equiv="Content-Security-Policy"`, `name="off"`, 1)
		measured = strings.Replace(measured, "</body>", fmt.Sprintf(`<script>
const width = %d, name = e => e.tagName + " " + e.textContent.slice(0, 40);
document.documentElement.style.width = width + "px";
document.querySelectorAll("details").forEach(d => d.open = true);
const out = [...document.querySelectorAll("body *:not(thead, thead *, script)")].filter(e => e.getBoundingClientRect().right > width).map(name);
const wide = [...document.querySelectorAll("svg.map text")].filter(e => { const b = e.getBBox(); return b.x < 0 || b.x + b.width > 374 }).map(name);
document.body.dataset.measured = JSON.stringify({narrow: innerWidth < 736, out, wide});
</script></body>`, width), 1)
		dom, _ := opened(t, measured, width)
		if want := fmt.Sprintf(`data-measured="{&quot;narrow&quot;:%t,&quot;out&quot;:[],&quot;wide&quot;:[]}"`, width == 360); !strings.Contains(dom, want) {
			t.Errorf("at %d pixels: got %s", width, regexp.MustCompile(`data-measured="[^"]*"`).FindString(dom))
		}
	}
}

// opened gives the page as the browser has it, and what the browser said meanwhile.
func opened(t *testing.T, page string, width int) (dom, said string) {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	i := slices.IndexFunc(names, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if i < 0 {
		t.Skip("no chromium here; with one, this test opens the page in it")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(names[i], "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--no-first-run",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", fmt.Sprintf("--window-size=%d,800", width), "--dump-dom", "file://"+path)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	if e := cmd.Run(); e != nil {
		t.Fatalf("%v\n%s", e, err.String())
	}
	return out.String(), err.String()
}
