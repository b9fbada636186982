package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"rehome/internal/app"
	"rehome/internal/diag"
	"rehome/internal/plan"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// side is one twin with a state directory that belongs to it; each crash gets its own.
type side struct {
	t       *testing.T
	url     string
	dir     string
	spec    *app.World // the world as it was read
	env     []string   // who calls; the twin's administrator when empty
	child   *exec.Cmd  // the latest command
	sent    []request  // what the twin was sent
	kernel  *kernel.Kernel
	damaged atomic.Bool // a hook did its one thing
	mu      sync.Mutex
	hook    func(kernel.Stage, kernel.CallRecord)
	desktop bool // the spec wants Quick on Desktop, with its by-hand steps; else only what leads there
}

// newSide starts a twin of the world and lays the template's files beside it.
func newSide(t *testing.T, world, template string) *side {
	t.Helper()
	w, err := app.LoadWorld(world)
	if err != nil {
		t.Fatal(err)
	}
	s := &side{t: t, dir: t.TempDir(), spec: w, env: callers(t, w)}
	s.kernel, err = twin.New(w.World, kernel.ClockManual, func(c *kernel.Config) {
		c.Hook = func(stage kernel.Stage, call kernel.CallRecord) {
			s.mu.Lock()
			hook := s.hook
			s.mu.Unlock()
			if hook != nil {
				hook(stage, call)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(s.listen))
	t.Cleanup(server.Close)
	s.url = server.URL
	if template != "" {
		if err := os.CopyFS(s.dir, os.DirFS(template)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// init writes the world's spec, with the profiles of its callers.
func (s *side) init() {
	s.t.Helper()
	s.must("init", "--world", s.spec.Name)
	s.edit(func(spec string) string {
		for id := range s.spec.Twin.Caller {
			account := fmt.Sprintf("  account: %q\n", id)
			spec = strings.ReplaceAll(spec, account, account+"  profile: account-"+string(id)+"\n")
		}
		if !s.desktop && !strings.Contains(spec, "\nwant:") && !strings.Contains(spec, "goal: ") {
			spec += "\nwant: [web, same-people]\n"
		}
		return spec
	})
}

// edit changes the spec.
func (s *side) edit(change func(string) string) {
	s.t.Helper()
	path := filepath.Join(s.dir, "rehome.yaml")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(change(string(text))), 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// command is the real command as a child process, looking at this side.
func (s *side) command(env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("rehome", args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), append([]string{"AWS_ENDPOINT_URL=" + s.url, "AWS_ACCESS_KEY_ID=TWIN111122223333", "AWS_SECRET_ACCESS_KEY=" + plantedSecret,
		"AWS_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_CA_BUNDLE="}, append(s.env, env...)...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	s.child = cmd
	return cmd, &out
}

// run runs a command and gives its exit code.
func (s *side) run(args ...string) (code int, output string) {
	s.t.Helper()
	cmd, out := s.command(nil, args...)
	err := cmd.Run()
	if exit, ok := err.(*exec.ExitError); ok {
		err, code = nil, exit.ExitCode()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.noSecrets(out.String())
	return code, out.String()
}

func (s *side) must(args ...string) string {
	s.t.Helper()
	return s.exits(diag.ExitDone, args...)
}

// exits runs a command that must end with the code.
func (s *side) exits(code int, args ...string) string {
	s.t.Helper()
	cmd, out := s.command(nil, args...)
	s.expect(code, cmd.Run(), args, out)
	return out.String()
}

func (s *side) expect(code int, err error, args []string, out *bytes.Buffer) {
	s.t.Helper()
	got := 0
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else if err != nil {
		s.t.Fatal(err)
	}
	if got != code {
		s.t.Fatalf("rehome %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, out)
	}
	s.noSecrets(out.String())
}

// tokens are what every token of an identity provider begins with, and what carries a code or a verifier.
var tokens = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8}|code_verifier=|[?&]code=`)

// noSecrets looks for the planted secret and for tokens in an output and in every file that the run left behind.
func (s *side) noSecrets(output string) {
	s.t.Helper()
	if strings.Contains(output, plantedSecret) || tokens.MatchString(output) {
		s.t.Fatalf("the output holds the secret or a token:\n%s", output)
	}
	err := filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), plantedSecret) || tokens.Match(b) {
			s.t.Errorf("%s holds the secret or a token", path)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// died reports whether a process was killed.
func died(err error) bool {
	exit, ok := err.(*exec.ExitError)
	return ok && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
}

// killed runs a command that must die of SIGKILL. Where a session of the world ends before it does, or a person is waited for, the run is gone on with until it does;
// env says anew each time where the command is to die.
func (s *side) killed(env func() string, args ...string) {
	s.t.Helper()
	for range 8 {
		cmd, out := s.command([]string{env()}, args...)
		err := cmd.Run()
		if died(err) {
			return
		}
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != diag.ExitWaiting || !s.handed(out.String()) && len(s.env) == 0 {
			s.t.Fatalf("the command was not killed: %v\n%s", err, out)
		}
	}
	s.t.Fatal("the run waits again and again")
}

// killedAt kills the command when the twin has the n-th changing call at a stage.
func (s *side) killedAt(stage kernel.Stage, n int, args ...string) {
	s.t.Helper()
	seen := 0
	s.during(func(at kernel.Stage, _ kernel.CallRecord) {
		if at != stage {
			return
		}
		if seen++; seen == n {
			_ = s.child.Process.Kill()
		}
	}, func() {
		s.killed(func() string { return "" }, args...)
	})
}

// during lets a hook see the changing calls while f runs.
func (s *side) during(hook func(kernel.Stage, kernel.CallRecord), f func()) {
	set := func(h func(kernel.Stage, kernel.CallRecord)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hook = h
	}
	set(hook)
	defer set(nil)
	f()
}

func (s *side) get(path string) string {
	s.t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d %v %s", path, resp.StatusCode, err, b)
	}
	return string(b)
}

func (s *side) world() string { return s.get("/_twin/world?times=no") }

type call struct {
	Service, Operation string
	Account, Region    string
	Mutating           bool
	Effect, Fault      string
	Caller             string
	By                 string
	Error              string
}

func (s *side) calls() (out []call) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.get("/_twin/calls")), &out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// onTrial are changes that a run makes to save the assets and to try their import; broken off, it may begin that anew.
var onTrial = regexp.MustCompile(`^(StartAssetBundle(Export|Import)Job|Delete(Analysis|Dashboard|DataSet|DataSource|Folder|RefreshSchedule|Theme|VPCConnection)|TagResource|CreateFolderMembership)$`)

// applied counts the calls that changed something, but for those that save and try before there is a new account.
func (s *side) applied() map[string]int {
	out := map[string]int{}
	anew := false
	for _, c := range s.calls() {
		anew = anew || c.Operation == "CreateAccountSubscription"
		if c.Effect == "applied" && (anew || !onTrial.MatchString(c.Operation)) {
			out[fmt.Sprintf("%s:%s %s", c.Service, c.Operation, c.Region)]++
		}
	}
	return out
}

// template is a state directory with survey, plan and a passed rehearsal, and the flags that accept the plan's risks.
func template(t *testing.T, world string) (dir string, accept []string) {
	t.Helper()
	return templateOf(t, world, false)
}

func templateOf(t *testing.T, world string, desktop bool) (dir string, accept []string) {
	t.Helper()
	s := newSide(t, world, "")
	s.desktop = desktop
	s.init()
	s.must("survey")
	s.exits(diag.ExitBlocked, "doctor")
	s.must("plan")
	s.must("rehearse", ".rehome/plan.json")
	for _, c := range s.calls() {
		if c.Mutating {
			t.Errorf("survey, plan or rehearse made a changing call: %+v", c)
		}
	}
	return s.dir, s.accept()
}

// accept are the flags that accept the risks of the kept plan.
func (s *side) accept() (flags []string) {
	s.t.Helper()
	for _, st := range s.plan().Steps {
		if st.Risk.NeedsConsent() && !slices.Contains(flags, st.RiskName) {
			flags = append(flags, "--accept-risk", st.RiskName)
		}
	}
	return flags
}

// plan is the kept plan.
func (s *side) plan() *plan.Plan {
	s.t.Helper()
	p, err := plan.Read(filepath.Join(s.dir, ".rehome", "plan.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// replace puts another world in the twin's place.
func (s *side) replace(world string) {
	s.t.Helper()
	put := httptest.NewRecorder()
	s.kernel.ServeHTTP(put, httptest.NewRequest(http.MethodPut, "/_twin/world", strings.NewReader(world)))
	if put.Code != http.StatusOK {
		s.t.Fatal(put.Body)
	}
}

func (s *side) post(path, body string) {
	s.t.Helper()
	resp, err := http.Post(s.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d", path, resp.StatusCode)
	}
}

// plantedSecret is in the credentials of every run here; nothing that rehome writes may hold it.
const plantedSecret = "planted-secret-4f1a9c"

func diff(want, got string) string {
	var out []string
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := 0; i < max(len(w), len(g)) && len(out) < 20; i++ {
		a, b := at(w, i), at(g, i)
		if a != b {
			out = append(out, fmt.Sprintf("line %d: want %q, got %q", i+1, a, b))
		}
	}
	return strings.Join(out, "\n")
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}
