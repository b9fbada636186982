package cloud

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"rehome/internal/estate"
)

// globalRegion is where Organizations, Account Management and, without another word, STS are called (idc-kms 9.1).
const globalRegion estate.Region = "us-east-1"

// minSecret is the shortest text that is hidden as a secret; AWS's have 40 characters. Shorter ones belong to twins and are words that
// messages hold anyway.
const minSecret = 16

// answerTimeout bounds one request; no call of this package answers with more than a page.
const answerTimeout = 2 * time.Minute

// idleConnections is how many connections to one host are kept. A survey asks side by side, on a twin all of one host; the SDK's 10
// would have connections closed and opened anew all the time.
const idleConnections = 64

// account is one account as loaded: its configuration, clients and what is known of the caller.
type account struct {
	access Access
	cfg    aws.Config
	login  []string // what gives the operator fresh credentials
	// download fetches what is not an answer of a service: it does not sign, and it has no time limit for the whole.
	download aws.HTTPClient

	mu      sync.Mutex
	caller  Identity               // zero: not asked yet
	worked  map[estate.Region]bool // where the credentials were accepted
	clients map[string]any
	caches  []*aws.CredentialsCache
	secrets []string // what no message may show
}

func (c *Cloud) account(ctx context.Context, id estate.AccountID) (*account, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.accounts[id]; ok {
		return a, nil
	}
	access, err := c.access(id)
	if err != nil {
		return nil, err
	}
	a, err := c.load(ctx, access)
	if err != nil {
		return nil, err
	}
	c.accounts[id] = a
	return a, nil
}

// load makes the configuration of an account's service clients. Credentials are looked up with the SDK's own HTTP client and
// retries; service calls go through wire and through perform's single retry loop.
func (c *Cloud) load(ctx context.Context, access Access) (*account, error) {
	a := &account{access: access, login: loginFor(ctx, access), clients: map[string]any{}, worked: map[estate.Region]bool{}}
	cfg, err := c.awsConfig(ctx, access)
	if err != nil {
		return nil, a.loadFault(err)
	}
	// The base endpoint holds for all services, and so does its lack: a service's own AWS_ENDPOINT_URL_X would let a call of a rehearsal
	// leave the twin, or a call to AWS reach a twin. The sources are where the SDK's clients would find it.
	cfg.ConfigSources = nil
	cfg.Credentials = a.watch(cfg.Credentials)
	a.download = wire{unhurried(cfg.HTTPClient)}
	cfg.HTTPClient = wire{cfg.HTTPClient}
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	if access.RoleARN != "" && c.config.Credentials == nil {
		assume := assumer{c, a, sts.NewFromConfig(cfg), estate.Region(cfg.Region)}
		role := stscreds.NewAssumeRoleProvider(assume, access.RoleARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = sessionName(c.config.RunID)
			if access.ExternalID != "" {
				o.ExternalID = &access.ExternalID
			}
		})
		cfg.Credentials = a.watch(aws.NewCredentialsCache(role))
	}
	a.cfg = cfg
	return a, nil
}

// awsConfig is the SDK's configuration for an account, before anything of ours is laid around it.
func (c *Cloud) awsConfig(ctx context.Context, access Access) (aws.Config, error) {
	var client aws.HTTPClient = awshttp.NewBuildableClient().WithTimeout(answerTimeout).WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = idleConnections
	})
	if c.config.Transport != nil {
		client = &http.Client{Transport: c.config.Transport}
	}
	agent := []func(*middleware.Stack) error{awsmiddleware.AddUserAgentKeyValue("rehome", c.config.Version)}
	if c.config.RunID != "" {
		agent = append(agent, awsmiddleware.AddUserAgentKeyValue("run", c.config.RunID))
	}
	var static aws.CredentialsProvider
	if c.config.Credentials != nil {
		k := c.config.Credentials(access.Account)
		static = credentials.NewStaticCredentialsProvider(k.ID, k.Secret, k.Token)
	}
	if static != nil && c.config.Endpoint != "" {
		return aws.Config{Region: string(globalRegion), BaseEndpoint: &c.config.Endpoint, Credentials: static, HTTPClient: client, APIOptions: agent}, nil
	}
	options := []func(*config.LoadOptions) error{config.WithHTTPClient(client), config.WithAPIOptions(agent), config.WithDefaultRegion(string(globalRegion))}
	if access.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(access.Profile))
	}
	if static != nil {
		options = append(options, config.WithCredentialsProvider(static))
	}
	if c.config.Endpoint != "" {
		options = append(options, config.WithBaseEndpoint(c.config.Endpoint))
	}
	return config.LoadDefaultConfig(ctx, options...)
}

var notInSessionName = regexp.MustCompile(`[^\w+=,.@-]`)

// sessionName is the role session that CloudTrail shows; STS takes 2 to 64 of these characters (AssumeRole, RoleSessionName).
func sessionName(run string) string {
	name := notInSessionName.ReplaceAllString(strings.TrimSuffix("rehome-"+run, "-"), "-")
	return name[:min(len(name), 64)]
}

// assumer assumes a role through perform, so that these calls are limited, retried and logged like all others.
type assumer struct {
	cloud   *Cloud
	account *account
	client  *sts.Client
	region  estate.Region
}

func (s assumer) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	o := newOp[sts.AssumeRoleInput](site{s.cloud, s.account.access.Account, s.region}, securityTokens.id)
	return perform(ctx, s.account, o, func(ctx context.Context) (*sts.AssumeRoleOutput, error) { return s.client.AssumeRole(ctx, in, opts...) })
}

// watch lays a provider around next that remembers what must never be shown and marks failures as what they are.
func (a *account) watch(next aws.CredentialsProvider) aws.CredentialsProvider {
	if cache, ok := next.(*aws.CredentialsCache); ok {
		a.caches = append(a.caches, cache)
	}
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		keys, err := next.Retrieve(ctx)
		if err != nil {
			return aws.Credentials{}, &credentialError{err}
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, secret := range []string{keys.SecretAccessKey, keys.SessionToken} {
			if len(secret) >= minSecret && !slices.Contains(a.secrets, secret) {
				a.secrets = append(a.secrets, secret)
			}
		}
		return keys, nil
	})
}

// credentialError says that no request was sent because there was nothing to sign it with. Its text may hold the output of a
// credential process, so it is never printed.
type credentialError struct{ err error }

func (e *credentialError) Error() string { return "no usable credentials" }
func (e *credentialError) Unwrap() error { return e.err }

// forget makes the next call ask for credentials and for the caller again.
func (a *account) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.caller = Identity{}
	for _, cache := range a.caches {
		cache.Invalidate()
	}
}

// scrub takes every secret that this account has used out of a text; AWS quotes the session token in some signature errors.
func (a *account) scrub(text string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, secret := range a.secrets {
		text = strings.ReplaceAll(text, secret, "[redacted]")
	}
	return text
}
