//go:build unix

package twin_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// serve asks the test binary to be the twin of a benchmark, so that its processor time is its own.
const serve = "REHOME_BENCHMARK_TWIN"

const crowd = 200

// TestBenchmarkTwin is the other process of BenchmarkTwin: it serves until its input ends.
func TestBenchmarkTwin(t *testing.T) {
	if os.Getenv(serve) == "" {
		t.Skip("for BenchmarkTwin only")
	}
	w := load(t, "bom")
	inst, _ := w.Estate.IdentityCenter.Get()
	users := map[estate.UserID]estate.User{}
	for i := range crowd {
		users[estate.UserID(kernel.UUID("user", "benchmark", strconv.Itoa(i)))] = estate.User{UserName: fmt.Sprintf("user-%03d", i), DisplayName: "User", Email: fmt.Sprintf("u%d@example.com", i)}
	}
	inst.Users, inst.Groups = estate.Of(users), estate.Of(map[estate.GroupID]estate.Group{})
	w.Estate.IdentityCenter = estate.Of(inst)
	k, err := twin.New(w, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", k)
	mux.HandleFunc("GET /cpu", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, processorTime(t).Nanoseconds()) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\ntwin at http://%s\n", l.Addr())
	go http.Serve(l, mux)         //nolint:errcheck // it ends with the process
	io.Copy(io.Discard, os.Stdin) //nolint:errcheck
}

func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// served starts the other process and gives its address.
func served(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestBenchmarkTwin$")
	cmd.Env = append(os.Environ(), serve+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() }) //nolint:errcheck // it has nothing to say any more
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "twin at "); ok {
			go io.Copy(io.Discard, out) //nolint:errcheck
			return url
		}
	}
	b.Fatal("the twin has not started")
	return ""
}

// caller sends raw requests: the twin reads the scope of a signature and does not check it.
type caller struct {
	*testing.B
	url    string
	client *http.Client
}

func (c caller) send(method, path, scope, target, body string) (string, error) {
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=TWIN"+account+"/20261201/"+mumbai+"/"+scope+"/aws4_request, Signature=0")
	req.Header.Set("X-Amz-Target", target)
	res, err := c.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != 200 {
		err = fmt.Errorf("%s: %s", res.Status, text)
	}
	return string(text), err
}

// ask is send for what has to succeed; it gives one member of the answer.
func (c caller) ask(method, path, scope, target, body, member string) string {
	c.Helper()
	text, err := c.send(method, path, scope, target, body)
	if err != nil {
		c.Fatal(err)
	}
	var answer map[string]any
	if member == "" || json.Unmarshal([]byte(text), &answer) != nil {
		return text
	}
	value, _ := answer[member].(string)
	return value
}

// loads are the operations; each gives the body of the n-th request.
func loads() map[string]func(caller) (scope, target string, body func(n int) string) {
	const store = `{"IdentityStoreId":"d-1234567890"`
	return map[string]func(caller) (string, string, func(int) string){
		"Decrypt": func(c caller) (string, string, func(int) string) {
			blob := c.ask("POST", "/", "kms", "TrentService.Encrypt", `{"KeyId":"`+mrk+`","Plaintext":"eA=="}`, "CiphertextBlob")
			return "kms", "TrentService.Decrypt", func(int) string { return `{"CiphertextBlob":"` + blob + `"}` }
		},
		"GetKeyPolicy": func(caller) (string, string, func(int) string) {
			return "kms", "TrentService.GetKeyPolicy", func(int) string { return `{"KeyId":"` + mrk + `"}` }
		},
		"ListUsers": func(c caller) (string, string, func(int) string) { // a listing of 200 is two requests, in turn
			next := c.ask("POST", "/", "identitystore", "AWSIdentityStore.ListUsers", store+`}`, "NextToken")
			if next == "" {
				c.Fatal("one page is enough for everybody")
			}
			pages := []string{store + `}`, store + `,"NextToken":"` + next + `"}`}
			return "identitystore", "AWSIdentityStore.ListUsers", func(n int) string { return pages[n%2] }
		},
		"CreateUser": func(caller) (string, string, func(int) string) {
			return "identitystore", "AWSIdentityStore.CreateUser", func(n int) string {
				return fmt.Sprintf(store+`,"UserName":"new-%d","DisplayName":"New","Name":{"GivenName":"N","FamilyName":"W"}}`, n)
			}
		},
	}
}

// BenchmarkTwin is requests per second over loopback HTTP, every one authorized, and the twin's processor time for one. The people
// that CreateUser makes stay, so its cost grows with the number of runs.
func BenchmarkTwin(b *testing.B) {
	url := served(b)
	for _, operation := range []string{"Decrypt", "GetKeyPolicy", "ListUsers", "CreateUser"} {
		for _, clients := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/clients=%d", operation, clients), func(b *testing.B) {
				c := caller{b, url, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
				defer c.client.CloseIdleConnections()
				measure(c, operation, clients)
			})
		}
	}
}

func measure(c caller, operation string, clients int) {
	c.ask("POST", "/_twin/reset", "", "", "", "")
	scope, target, body := loads()[operation](c)
	cpu := func() float64 {
		ns, err := strconv.ParseFloat(c.ask("GET", "/cpu", "", "", "", ""), 64)
		if err != nil {
			c.Fatal(err)
		}
		return ns
	}
	var next atomic.Int64
	var all sync.WaitGroup
	before := cpu()
	c.ResetTimer()
	for range clients {
		all.Go(func() {
			for n := int(next.Add(1)); n <= c.N; n = int(next.Add(1)) {
				if _, err := c.send("POST", "/", scope, target, body(n)); err != nil {
					c.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	c.StopTimer()
	c.ReportMetric(float64(c.N)/c.Elapsed().Seconds(), "requests/s")
	c.ReportMetric((cpu()-before)/float64(c.N)/1000, "server-µs/request")
}
