// Package desktop is the twin's side of AWS that Quick on Desktop talks to: it tells the application where people sign in, takes the token
// that they come back with, and finds out who they are in Quick. AWS documents the parts of that and not their order, nor their words
// beyond two: "Token validation failure" and "User not found" (INFERRED: everything else, and that it is the ID token that is judged).
// Every refusal ends with what the twin saw, in brackets; AWS does not say it. It must not keep a token or a part of one, and knows the
// provider only by asking its addresses.
package desktop

import (
	"slices"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const id = "desktop"

// Service is the Desktop's service for a kernel. now is the time of day, by which tokens are minted; the twin's clock is another.
func Service(now func() time.Time) kernel.Service {
	return kernel.Service{ID: id, IAM: "quicksight", Handlers: map[string]kernel.Handler{
		"GetConfiguration": getConfiguration,
		"OpenSession":      openSession(now),
		"InitializeIndex":  initializeIndex,
	}, Console: map[string]bool{"GetConfiguration": false, "OpenSession": true, "InitializeIndex": true},
		Site: &kernel.Site{Match: match, Serve: serve}}
}

// The first words of a refusal are what the application shows.
func badToken(format string, args ...any) error {
	return kernel.Errorf("TokenValidationFailure", "Token validation failure (twin: "+format+")", args...).WithStatus(401)
}

func userNotFound(format string, args ...any) error {
	return kernel.Errorf("UserNotFound", "User not found (twin: "+format+")", args...).WithStatus(403)
}

func notFound(format string, args ...any) error {
	return kernel.Errorf("ResourceNotFoundException", format, args...).WithStatus(404)
}

func at(r *kernel.Request, more ...string) []string {
	return append([]string{"accounts", string(r.Account), "quick"}, more...)
}

// door is where a token arrives: the account, and the extension access that the application works by.
type door struct {
	*kernel.Request
	account estate.Quick
	home    estate.Region // the identity Region
	access  estate.ExtensionAccess
}

// enter finds the door of the caller's account, or why there is none.
func enter(r *kernel.Request) (d door, err error) {
	d.Request = r
	if d.account, d.home, err = account(r); err != nil {
		return d, err
	}
	if regions := estate.Regions().Desktop; !slices.Contains(regions, d.home) {
		return d, kernel.Errorf("UnsupportedRegion", "Quick on Desktop works with the identity Region %s only; the identity Region of account %s is %s.", names(regions), r.Account, d.home)
	}
	all := d.account.ExtensionAccess.Or(nil)
	if len(all) == 0 {
		return d, notFound("There is no extension access in account %s.", r.Account)
	}
	made := slices.Sorted(func(yield func(string) bool) {
		for name, a := range all {
			if a.Extension && !yield(name) {
				return
			}
		}
	})
	if len(made) == 0 {
		return d, notFound("extension not created: account %s has an extension access, and nobody has made the extension from it", r.Account)
	}
	d.access = all[made[0]] // which one of several the application takes is not documented: the first by name (INFERRED)
	return d, nil
}

// account is the live Quick account of the caller, with its identity Region.
func account(r *kernel.Request) (q estate.Quick, home estate.Region, err error) {
	q, ok, err := kernel.Need(r.Estate().Accounts[r.Account].Quick, at(r)...)
	if err == nil && (!ok || !q.Status.Live()) {
		err = notFound("Account %s has no Quick account that works.", r.Account)
	}
	if err == nil {
		home, _, err = kernel.Need(q.IdentityRegion, at(r, "identity_region")...)
	}
	return q, home, err
}

func names(regions []estate.Region) string {
	var all []string
	for _, r := range regions {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}

// itself is Quick as a service principal, acting for the account.
func itself(r *kernel.Request) kernel.Caller {
	return kernel.ServicePrincipal("quicksight", r.Account, "")
}

// call asks another service in the identity Region, as Quick itself.
func (d door) call(service, operation string, in, out any) error {
	return d.Call(itself(d.Request), service, d.home, operation, in, out)
}

// configuration is what the application asks for before anybody signs in (oidc 0.1).
type configuration struct {
	estate.SignInValues
	Scopes []string `json:"scopes"`
}

// getConfiguration is what the application asks for first; without extension access and extension there is nothing to tell.
func getConfiguration(r *kernel.Request) (any, error) {
	d, err := enter(r)
	return configuration{d.access.Values, estate.DesktopScopes}, err
}

// session is what somebody who was let in gets.
type session struct {
	User           string        `json:"user"`
	Role           string        `json:"role"`
	Subject        string        `json:"subject"` // the token's sub
	IdentityRegion estate.Region `json:"identity_region"`
}

// openSession judges a token, finds its person and lets them in. That the signature is judged first, then the token's members, then the
// person is INFERRED.
func openSession(now func() time.Time) kernel.Handler {
	return func(r *kernel.Request) (any, error) {
		var in struct{ Token string }
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		d, err := enter(r)
		if err != nil {
			return nil, err
		}
		c, err := d.judge(in.Token, now())
		if err != nil {
			return nil, err
		}
		find := d.byAddress
		if d.account.Authentication == estate.AuthIdentityCenter {
			find = d.throughIssuer
		}
		who, err := find(in.Token, c)
		if err != nil {
			return nil, err
		}
		return session{User: who.UserName, Role: who.Role, Subject: c.Subject, IdentityRegion: d.home}, nil
	}
}

// initializeIndex prepares the index that Spaces need, in the identity Region only (SUB-24). The text is the field's (TRB-05). The estate
// holds no index, so nothing changes.
func initializeIndex(r *kernel.Request) (any, error) {
	_, home, err := account(r)
	if err == nil && home != r.Region {
		err = kernel.Errorf("InvalidParameterValueException", "Failed to create space: Unable to initialize Quick index in this region. Please request IAM admin to set up Quick index")
	}
	return nil, err
}
