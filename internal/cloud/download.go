package cloud

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Download copies the bundle at an address that DescribeExport gave to w and tells how many bytes it wrote. It is not signed: the address
// is all that the other side asks for. LinkExpired means that the address is good no longer: describe the export again. When the
// transfer breaks off, w holds its beginning and the error is Unavailable; what w itself cannot take is w's own error.
func (q Quick) Download(ctx context.Context, link Link, w io.Writer) (int64, error) {
	o := op{q.site, quickService.id, "DownloadAssetBundle", false}
	u, err := url.Parse(string(link))
	if err != nil || u.Host == "" {
		e := newError(o)
		e.Kind, e.Message = Invalid, "the download has no usable address"
		return 0, e
	}
	a, err := q.cloud.account(ctx, q.account)
	if err != nil {
		return 0, err
	}
	resp, err := perform(ctx, a, o, func(ctx context.Context) (*http.Response, error) { return a.fetch(ctx, o, u) })
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	into := &sink{w: w}
	n, err := io.Copy(into, resp.Body)
	switch {
	case err == nil:
		return n, nil
	case into.err != nil:
		return n, into.err
	}
	e := newError(o)
	e.Kind, e.Message = Unavailable, fmt.Sprintf("the download broke off after %d bytes: %s", n, a.scrub(innermost(err).Error()))
	if ctx.Err() != nil {
		e.Kind, e.Message, e.cause = Interrupted, "interrupted", ctx.Err()
	}
	return n, e
}

// fetch asks for the address. Refusals become errors of ours here, so that not a word of them enters a message: they quote what was
// asked. Answers of 429 and 5xx are left to fault, which knows what to repeat.
func (a *account) fetch(ctx context.Context, o op, u *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil { // its text quotes the address
		return nil, errors.New("no request can be made of the address")
	}
	resp, err := a.download.Do(req)
	if err != nil || resp.StatusCode == http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError {
		return nil, errors.New("the download was refused for now")
	}
	e := newError(o)
	e.Status, e.Code = resp.StatusCode, refusal(resp.Body)
	e.endpoint = u.Scheme + "://" + u.Host
	e.Kind, e.Message = linkKinds[e.Code], "the download was refused"
	if e.Code == "" && (resp.StatusCode == http.StatusForbidden || resp.StatusCode == http.StatusUnauthorized) {
		e.Kind = LinkExpired
	}
	if e.Code == "" && resp.StatusCode == http.StatusNotFound {
		e.Kind = NotFound
	}
	return nil, e
}

// linkKinds are the refusals of Amazon S3, where the addresses are taken to lead (its API reference, Error responses; INFERRED from
// quick-api 3.2, which says that they hold for 5 minutes).
var linkKinds = map[string]Kind{
	"AccessDenied": LinkExpired, "ExpiredToken": LinkExpired, "InvalidToken": LinkExpired, "RequestTimeTooSkewed": LinkExpired,
	"SignatureDoesNotMatch": LinkExpired, "NoSuchKey": NotFound, "NoSuchBucket": NotFound,
}

var refusalCode = regexp.MustCompile(`^[A-Za-z.]{1,64}$`)

// refusal is the code in S3's XML; empty when there is none that could be one.
func refusal(body io.Reader) string {
	var said struct {
		Code string `xml:"Code"`
	}
	if xml.NewDecoder(io.LimitReader(body, 1<<16)).Decode(&said) != nil || !refusalCode.MatchString(said.Code) {
		return ""
	}
	return said.Code
}

// sink remembers whether it was the writer that failed.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}

// unhurried is a client for answers that take long: it gives up when nothing comes for answerTimeout, not when all has not come by then.
func unhurried(client aws.HTTPClient) aws.HTTPClient {
	if b, ok := client.(*awshttp.BuildableClient); ok {
		return b.WithTimeout(0).WithReadTimeout(answerTimeout)
	}
	return client
}
