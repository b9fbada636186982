// Package survey looks at an estate and changes nothing: one collector per source, run side by side, every list paged to its end.
// What could not be read is recorded with its reason, never as absent. A survey must not judge what it sees.
package survey

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"rehome/internal/cloud"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

// Config is what a survey needs.
type Config struct {
	Spec  *spec.Spec
	Cloud *cloud.Cloud
	Now   func() time.Time
	// Looks returns the calls that were made so far; the wiring collects them from the cloud's call log.
	Looks func() []estate.Look
	// Ask says what AWS's simulator is asked about, once the rest of the estate is known; nil: it is not asked.
	Ask func(*estate.Survey) map[estate.AccountID][]Question
	// SignIn looks at the identity provider that Quick on Desktop signs in at; nil: nobody does. It is asked only when the spec names one.
	SignIn func(context.Context) (estate.Known[estate.SignIn], error)
	// People is a look at who there is only, in Identity Center and in Quick: nobody looks at assets, rights, the organization or the
	// identity provider.
	People bool
	// Progress is told what is being looked at; nil for nobody.
	Progress func(what string)
}

// Question is one action on one resource, called in one Region, that the caller may or may not be allowed.
type Question struct {
	Action, Resource string
	Region           estate.Region
}

// concurrency bounds how many collectors ask AWS at once.
const concurrency = 8

// Run makes the survey. An error means that the survey could not even begin: no caller, expired credentials, a wrong account.
func Run(ctx context.Context, cfg Config) (*estate.Survey, error) {
	c := &collector{Config: cfg, accounts: map[estate.AccountID]*estate.Account{}}
	s := &estate.Survey{Format: estate.SurveyFormat, Taken: cfg.Now().UTC(), Callers: map[estate.AccountID]string{}}
	target, _, err := cfg.Cloud.Target(ctx)
	if err != nil {
		return nil, err
	}
	s.Target = target
	for _, id := range c.ids() {
		who, err := cfg.Cloud.Caller(ctx, id)
		if err != nil {
			return nil, err
		}
		s.Callers[id] = who.ARN
		c.accounts[id] = &estate.Account{}
	}
	if err := c.collect(ctx); err != nil {
		return nil, err
	}
	s.Estate = estate.Estate{Organization: c.organization, IdentityCenter: c.instance, SignIn: c.signIn, Accounts: map[estate.AccountID]estate.Account{}}
	for id, a := range c.accounts {
		s.Estate.Accounts[id] = *a
	}
	if err := c.rights(ctx, s); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.Looks = cfg.Looks()
	slices.SortFunc(s.Looks, func(a, b estate.Look) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Service, b.Service),
			cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.RequestID, b.RequestID))
	})
	return s, nil
}

// collector gathers the parts; each collector writes its own part under the lock.
type collector struct {
	Config
	mu           sync.Mutex
	organization estate.Known[estate.Organization]
	instance     estate.Known[estate.Instance]
	signIn       estate.Known[estate.SignIn]
	accounts     map[estate.AccountID]*estate.Account
}

// ids are the accounts of the spec, each once, sorted.
func (c *collector) ids() []estate.AccountID {
	var ids []estate.AccountID
	for _, a := range c.Spec.Accesses() {
		ids = append(ids, a.Account)
	}
	slices.Sort(ids)
	return ids
}

// collect runs the collectors in rounds: which Regions there are decides where the others look, and who may what is asked last.
func (c *collector) collect(ctx context.Context) error {
	if err := c.together(ctx, c.regions); err != nil {
		return err
	}
	if c.People {
		return c.together(ctx, c.identityCenter, c.quick)
	}
	if err := c.together(ctx, c.organizations, c.identityCenter, c.quick, c.otherQuicks, c.accountInstances, c.provider); err != nil {
		return err
	}
	return c.controls(ctx)
}

func (c *collector) together(ctx context.Context, collectors ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, f := range collectors {
		g.Go(func() error { return f(ctx) })
	}
	return g.Wait()
}

func (c *collector) saying(what string) {
	if c.Progress != nil {
		c.Progress(what)
	}
}

// seen turns the answer of a call into a known value. What was refused is "not looked", with AWS's reason; only expired
// credentials and an interruption end the survey.
func seen[T any](v T, err error) (estate.Known[T], error) {
	if err == nil {
		return estate.Of(v), nil
	}
	return unseen[T](err)
}

func unseen[T any](err error) (estate.Known[T], error) {
	var e *cloud.Error
	if !errors.As(err, &e) || e.Kind == cloud.Expired || e.Kind == cloud.Interrupted {
		return estate.Known[T]{}, err
	}
	why := e.Service + ":" + e.Operation + " in " + string(e.Region) + ": " + e.Code
	if e.Kind == cloud.NotEnabled {
		why += " (the Region is not enabled for the account)"
	}
	return estate.NotLooked[T](why), nil
}

// usable reports whether calls to a Region can succeed for an account; what is not known is tried.
func (c *collector) usable(id estate.AccountID, r estate.Region) bool {
	status, ok := c.accounts[id].Regions.Or(nil)[r]
	return !ok || status.Usable()
}
