package identity_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rehome/internal/estate"
	"rehome/internal/identity"
)

// object is a JSON object that a test changes.
type object = map[string]any

// noon is when the tests take place.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	host   = "acme.okta.com"
	issuer = "https://" + host + "/oauth2/default"
	client = "0oa1b2c3d4e5f6g7h8i9"
)

func okta() estate.SignInValues {
	v, _ := estate.VendorOkta.Derive(host, "default", client)
	return v
}

// provider is an identity provider that does everything right but for what a test changes. It takes the requests of a Desktop only: any
// other is an error of the test.
type provider struct {
	t      *testing.T
	key    *rsa.PrivateKey
	server *httptest.Server

	discovery func(object)                // changes the document
	jwks      func(object)                // changes the keys
	back      func(url.Values)            // changes what the browser is sent back with
	tokens    func(object)                // changes the token endpoint's answer to the code
	refreshed func(object)                // changes its answer to a refresh
	claims    func(object)                // changes the ID token of the sign-in
	again     func(object)                // changes the ID token of the refresh
	userInfo  func(object)                // changes userinfo's answer
	sign      func(header, claims object) // changes what is signed, header included
	paths     map[string]http.HandlerFunc // served instead, by path
	date      time.Time                   // that the token endpoint says it is; zero: noon
	fails     map[string]error            // hosts that cannot be reached, and why
	keyless   bool                        // a request without a proof key is taken
	loose     bool                        // what is typed may be wrong, so any request may come

	mu        sync.Mutex
	requests  []string          // method and path, in order
	forms     []url.Values      // that were posted
	secrets   []string          // that must appear nowhere
	challenge map[string]string // by code
	nonce     string
	state     string
	asked     url.Values // the query of the last sign-in
}

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{t: t, key: signingKey(), paths: map[string]http.HandlerFunc{}, fails: map[string]error{}, challenge: map[string]string{}}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

// transport leads every host to the provider, and speaks plain http inside what the client takes for TLS.
func (p *provider) transport() http.RoundTripper {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		name, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if err := p.fails[name]; err != nil {
			return nil, err
		}
		return (&net.Dialer{}).DialContext(ctx, network, p.server.Listener.Addr().String())
	}
	tr := &http.Transport{DialContext: dial, DialTLSContext: dial}
	p.t.Cleanup(tr.CloseIdleConnections)
	return tr
}

func (p *provider) client() *identity.Client {
	return identity.New(identity.Config{Transport: p.transport(), Now: func() time.Time { return noon }})
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.requests = append(p.requests, r.Method+" "+r.URL.Path)
	if err := r.ParseForm(); err != nil && !p.loose {
		p.t.Errorf("%s: %v", r.URL.Path, err)
	}
	if r.Method == "POST" {
		p.forms = append(p.forms, r.PostForm)
		p.secrets = append(p.secrets, r.PostForm.Get("code_verifier"))
	}
	p.mu.Unlock()
	if h := p.paths[r.URL.Path]; h != nil {
		h(w, r)
		return
	}
	for path, h := range map[string]http.HandlerFunc{
		"/oauth2/default/.well-known/openid-configuration": p.serveDiscovery,
		"/oauth2/default/v1/keys":                          p.serveKeys,
		"/oauth2/default/v1/authorize":                     p.serveAuthorize,
		"/oauth2/default/v1/token":                         p.serveToken,
		"/oauth2/default/v1/userinfo":                      p.serveUserInfo,
	} {
		if r.URL.Path == path {
			h(w, r)
			return
		}
	}
	http.Error(w, "no such page", http.StatusNotFound)
}

func (p *provider) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	at := issuer + "/v1/"
	doc := object{"issuer": issuer, "authorization_endpoint": at + "authorize", "token_endpoint": at + "token", "jwks_uri": at + "keys", "userinfo_endpoint": at + "userinfo",
		"code_challenge_methods_supported": []string{"S256"}, "grant_types_supported": []string{"authorization_code", "refresh_token"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic", "none"},
		"scopes_supported": []string{"openid", "profile", "email", "offline_access"}, "id_token_signing_alg_values_supported": []string{"RS256"}}
	change(p.discovery, doc)
	reply(w, 200, doc)
}

func (p *provider) serveKeys(w http.ResponseWriter, _ *http.Request) {
	set := object{"keys": []any{p.jwk("key-1")}}
	change(p.jwks, set)
	reply(w, 200, set)
}

func (p *provider) jwk(kid string) object {
	return object{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes())}
}

// serveAuthorize signs the person in at once, unless no page may be shown.
func (p *provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.nonce, p.state = q, q.Get("nonce"), q.Get("state")
	p.secrets = append(p.secrets, p.state, p.nonce)
	if !q.Has("code_challenge") && q.Get("prompt") == "none" {
		p.withoutKey(w, q)
		return
	}
	for name, want := range map[string]string{"response_type": "code", "client_id": client, "redirect_uri": "http://localhost:18080", "scope": "openid email profile offline_access", "code_challenge_method": "S256"} {
		if got := q.Get(name); got != want && !p.loose {
			p.t.Errorf("authorize: %s is %q, want %q", name, got, want)
		}
	}
	if q.Get("client_id") != client {
		http.Error(w, "400 Bad Request", http.StatusBadRequest)
		return
	}
	out := url.Values{"state": {p.state}}
	if q.Get("prompt") == "none" {
		out.Set("error", "login_required")
	} else {
		code := "code-" + text(24)
		p.challenge[code] = q.Get("code_challenge")
		p.secrets = append(p.secrets, code)
		out.Set("code", code)
	}
	if p.back != nil {
		p.back(out)
	}
	w.Header().Set("Location", "http://localhost:18080?"+out.Encode())
	w.WriteHeader(http.StatusFound)
}

// withoutKey is how a request without a proof key and without a page ends.
func (p *provider) withoutKey(w http.ResponseWriter, q url.Values) {
	out := url.Values{"state": {q.Get("state")}, "error": {"invalid_request"}, "error_description": {"PKCE code challenge is required."}}
	if p.keyless {
		out = url.Values{"state": {q.Get("state")}, "error": {"login_required"}}
	}
	if p.back != nil {
		p.back(out)
	}
	w.Header().Set("Location", "http://localhost:18080?"+out.Encode())
	w.WriteHeader(http.StatusFound)
}

// serveToken really checks the proof key.
func (p *provider) serveToken(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := r.PostForm
	if f.Get("grant_type") == "refresh_token" {
		p.answer(w, true)
		return
	}
	sum := sha256.Sum256([]byte(f.Get("code_verifier")))
	challenge, ok := p.challenge[f.Get("code")]
	switch {
	case f.Get("client_id") != client:
		reply(w, 401, object{"error": "invalid_client", "error_description": "Invalid value for 'client_id' parameter."})
	case !ok:
		reply(w, 400, object{"error": "invalid_grant", "error_description": "The authorization code is invalid or has expired."})
	case challenge != b64(sum[:]) && !p.keyless:
		reply(w, 400, object{"error": "invalid_grant", "error_description": "PKCE verification failed."})
	case f.Get("redirect_uri") != "http://localhost:18080" || f.Has("client_secret") || r.Header.Get("Authorization") != "":
		p.t.Errorf("token: %v", f)
	default:
		delete(p.challenge, f.Get("code"))
		p.answer(w, false)
	}
}

func (p *provider) answer(w http.ResponseWriter, again bool) {
	claims := object{"iss": issuer, "aud": client, "sub": "00u-ana", "iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(), "nonce": p.nonce, "email": "ana@example.com"}
	out := object{"token_type": "Bearer", "expires_in": 3600, "access_token": "access-" + text(24), "refresh_token": "refresh-" + text(24), "scope": "openid email profile offline_access"}
	changeClaims, changeAnswer := p.claims, p.tokens
	if again {
		delete(claims, "nonce")
		claims["iat"], claims["exp"] = noon.Add(time.Second).Unix(), noon.Add(time.Hour).Unix()
		changeClaims, changeAnswer = p.again, p.refreshed
	}
	change(changeClaims, claims)
	header := object{"alg": "RS256", "kid": "key-1"}
	if p.sign != nil {
		p.sign(header, claims)
	}
	out["id_token"] = p.signed(header, claims)
	change(changeAnswer, out)
	for _, name := range []string{"id_token", "access_token", "refresh_token"} {
		if s, ok := out[name].(string); ok {
			p.secrets = append(p.secrets, s)
		}
	}
	date := p.date
	if date.IsZero() {
		date = noon
	}
	w.Header().Set("Date", date.Format(http.TimeFormat))
	w.Header().Set("Cache-Control", "no-store")
	reply(w, 200, out)
}

func (p *provider) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer access-") {
		p.t.Errorf("userinfo: Authorization %q", r.Header.Get("Authorization"))
	}
	who := object{"sub": "00u-ana", "email": "ana@example.com"}
	change(p.userInfo, who)
	reply(w, 200, who)
}

func (p *provider) signed(header, claims object) string {
	parts := b64(mustJSON(header)) + "." + b64(mustJSON(claims))
	sum := sha256.Sum256([]byte(parts))
	sig, err := rsa.SignPKCS1v15(nil, p.key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Fatal(err)
	}
	return parts + "." + b64(sig)
}

func change(f func(object), o object) {
	if f != nil {
		f(o)
	}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(mustJSON(body))
}

// serve gives a fixed answer.
func serve(status int, kind, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func text(n int) string {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err)
	}
	return b64(b)
}
