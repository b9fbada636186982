package cloud

import (
	"context"
	"net/http"
	"sync"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Access says how one account is reached. With neither profile nor role the SDK's default chain is used.
type Access struct {
	Account    estate.AccountID
	Profile    string
	RoleARN    string // assumed with the profile's (or the chain's) credentials
	ExternalID string // for the role
}

// Keys are static credentials.
type Keys struct{ ID, Secret, Token string }

// String names the key and hides the rest.
func (k Keys) String() string { return "access key " + k.ID }

// GoString is String, so that no format verb shows the secret.
func (k Keys) GoString() string { return k.String() }

// Clock is the time of quotas and waits. Signatures are always made with the wall's time.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error // the context's error when it ends first
}

// Config is all that a Cloud needs from outside.
type Config struct {
	Access []Access // one entry per account; a second way into an account, such as break-glass, needs a Cloud of its own
	// Endpoint is the address of a twin; empty: AWS, or what AWS_ENDPOINT_URL or the profile's endpoint_url say.
	Endpoint string
	// Credentials replaces profiles, roles and the default chain. With Endpoint nothing of the environment enters at all.
	Credentials func(estate.AccountID) Keys
	// Unlimited switches our own rate limits off: a twin has no quotas, and waiting for ours would move its clock.
	Unlimited bool
	RunID     string // names the role session and the user agent
	Version   string
	Clock     Clock             // nil: the wall
	Jitter    func() float64    // in [0,1), safe for concurrent use; nil: the longest wait
	OnCall    func(Call)        // hears of every request that was sent; safe for concurrent use; nil: nobody listens
	Transport http.RoundTripper // nil: the SDK's own, which heeds the proxy and AWS_CA_BUNDLE
}

// Call is one request that was sent, as far as a log may know it: never a parameter, never a secret.
type Call struct {
	Time      time.Time // when it was sent
	Account   estate.AccountID
	Region    estate.Region
	Service   string
	Operation string
	Mutating  bool
	RequestID string // empty when no answer came
	Error     string // AWS's error code, or the kind of the failure; empty when it succeeded
	Attempt   int    // from 1
}

// Cloud reaches the accounts of one Config. It is safe for concurrent use.
type Cloud struct {
	config   Config
	limits   limits
	mu       sync.Mutex
	accounts map[estate.AccountID]*account // loaded at first use
}

// New checks the configuration. Profiles are read and credentials are asked for at an account's first call.
func New(_ context.Context, config Config) (*Cloud, error) {
	seen := map[estate.AccountID]Access{}
	for _, a := range config.Access {
		if other, ok := seen[a.Account]; ok && other != a {
			return nil, &diag.Error{Code: "cloud/two-ways", What: "two different ways into one account", Where: "account " + string(a.Account),
				Exit: diag.ExitUsage, Fix: []string{"give the account the same profile, role_arn and external_id everywhere in the spec"}}
		}
		seen[a.Account] = a
	}
	if config.Clock == nil {
		config.Clock = wall{}
	}
	if config.Jitter == nil {
		config.Jitter = func() float64 { return 1 }
	}
	if config.OnCall == nil {
		config.OnCall = func(Call) {}
	}
	return &Cloud{config: config, accounts: map[estate.AccountID]*account{}}, nil
}

func (c *Cloud) access(id estate.AccountID) (Access, error) {
	for _, a := range c.config.Access {
		if a.Account == id {
			return a, nil
		}
	}
	return Access{}, &diag.Error{Code: "cloud/no-access", What: "no way into the account is configured", Where: "account " + string(id),
		Exit: diag.ExitUsage, Fix: []string{"name the account, with a profile or a role_arn, in the spec"}}
}

type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
