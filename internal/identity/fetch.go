package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"rehome/internal/diag"
)

// maxBody bounds what is read of one answer, in bytes, after it was unpacked.
const maxBody = 1 << 20

// answer is what a provider sent back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// media is the answer's content type without parameters, in lower case; empty when there is none.
func (a *answer) media() string {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

func (a *answer) page() bool {
	start := bytes.ToLower(bytes.TrimSpace(a.body))
	return strings.Contains(a.media(), "html") || bytes.HasPrefix(start, []byte("<!doctype")) || bytes.HasPrefix(start, []byte("<html"))
}

func (a *answer) redirects() bool { return a.status >= 300 && a.status < 400 }

// seen describes an answer without its body, which may hold anything.
func (a *answer) seen() string {
	kind := a.media()
	if kind == "" {
		kind = "no content type"
	}
	out := fmt.Sprintf("HTTP %d, %s, %d bytes", a.status, kind, len(a.body))
	if a.redirects() {
		out += ", to " + whither(a.header.Get("Location"))
	}
	return out
}

// whither is where a redirect goes, without what it carries.
func whither(location string) string {
	u, err := url.Parse(location)
	if err != nil || location == "" {
		return "nowhere that can be read"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u.String()
}

// errTooLarge says that an answer's body was not taken.
var errTooLarge = errors.New("the answer is larger than 1 MB")

// send performs one request. It follows no redirect. A failure is explained by fault, which is nil when there is an answer; err is that of
// ctx alone.
func (c *Client) send(ctx context.Context, method, address string, form url.Values, header http.Header) (*answer, *fault, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil || req.URL.Host == "" || req.URL.User != nil {
		return nil, &fault{kind: notAnAddress, title: "this is not an address that can be asked"}, nil
	}
	if f := insecure(req.URL); f != nil {
		return nil, f, nil
	}
	req.Header.Set("Accept", "application/json")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	out, err := c.read(req)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return nil, explain(req.URL, err), nil
	}
	return out, nil, nil
}

func (c *Client) read(req *http.Request) (*answer, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // nothing is written to it
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return &answer{status: res.StatusCode, header: res.Header, body: body}, nil
}

// insecure refuses an address whose traffic others could read; on this computer nobody can.
func insecure(u *url.URL) *fault {
	if u.Scheme == "https" || u.Scheme == "http" && onThisComputer(u.Hostname()) {
		return nil
	}
	return &fault{kind: notAnAddress, title: "only https is asked, and http on this computer alone",
		cause: "over " + u.Scheme + " anybody on the way can read and change what is sent"}
}

func onThisComputer(host string) bool {
	ip := net.ParseIP(host)
	return ip.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// decode reads a JSON object strictly: one value, no member twice, nothing after it. It says in words what is wrong.
func decode(body []byte, into any) error {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return errors.New("it is empty")
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return errors.New("it begins with a byte order mark, which JSON must not")
	}
	if name := repeated(body); name != "" {
		return fmt.Errorf("it holds the member %q twice, and readers differ in which one they take", name)
	}
	if err := json.Unmarshal(body, into); err != nil {
		var wrong *json.UnmarshalTypeError
		switch {
		case errors.As(err, &wrong) && wrong.Field == "":
			return errors.New("it is JSON, but no object")
		case errors.As(err, &wrong):
			return fmt.Errorf("its member %q is of the wrong type: %s", wrong.Field, wrong.Value)
		}
		return errors.New("it is not JSON, or was cut off")
	}
	return nil
}

// repeated gives the first member name that the outermost object holds twice; empty when none is or it cannot be read.
func repeated(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return ""
		}
		if seen[name] {
			return name
		}
		seen[name] = true
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return ""
		}
	}
	return ""
}

// fault is why an address gave no answer, in words.
type fault struct {
	kind              reach
	title, cause, fix string
	code              string
	owner             diag.Owner
}

// reach is what kind of thing went wrong on the way.
type reach int

const (
	notAnAddress reach = iota // it was not even tried
	ofHost                    // the host could not be reached: so is everything else on it
	ofAnswer                  // an answer came, but not a whole one
)

func (a *answer) statusText() string { return strconv.Itoa(a.status) }
