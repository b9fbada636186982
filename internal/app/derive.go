package app

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/spec"
)

// quickPeople is the group of a derived provider that the application is assigned to.
const quickPeople = "quick"

// provide gives a world that has no identity provider of its own the one that its spec describes, as it should be: no survey can read a
// provider's settings. It reports what that assumes.
func provide(w *estate.World, s *spec.Spec) (assumed string) {
	if s == nil || s.SignIn == nil || !s.WantsDesktop() {
		return ""
	}
	if len(w.IdentityProviders) == 0 {
		w.IdentityProviders = map[string]estate.IdentityProvider{}
		assumed = "the identity provider is set up as it should be, with everybody of Identity Center and Quick assigned; its settings cannot be surveyed"
		w.IdentityProviders["derived"] = derived(w, s)
	}
	return assumed
}

// strangers adds two people that a proof needs: one whom the provider has to refuse, and one whom Quick has to.
func strangers(w *estate.World, s *spec.Spec) {
	if s == nil || s.SignIn == nil || !s.WantsDesktop() {
		return
	}
	name := serving(w.IdentityProviders, s.SignIn.Values().Issuer)
	if name == "" {
		return
	}
	w.IdentityProviders = maps.Clone(w.IdentityProviders)
	p := w.IdentityProviders[name]
	p.People, p.Apps = maps.Clone(p.People), maps.Clone(p.Apps)
	for _, login := range []string{unassignedLogin, unknownLogin} {
		if p.People == nil {
			p.People = map[string]estate.IdentityPerson{}
		}
		p.People[login] = estate.IdentityPerson{Email: login + "@" + p.Domain, Name: login}
	}
	if app, ok := p.Apps[s.SignIn.ClientID]; ok {
		app.Assigned = append(slices.Clone(app.Assigned), unknownLogin)
		p.Apps[s.SignIn.ClientID] = app
	}
	w.IdentityProviders[name] = p
}

// serving is the provider whose host the issuer has; empty: none.
func serving(all map[string]estate.IdentityProvider, issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if p := all[name]; u.Host == p.Domain || u.Host == p.Custom && u.Host != "" || strings.HasPrefix(u.Path, "/idp/"+name+"/") {
			return name
		}
	}
	return ""
}

// derived is a provider that does what the spec expects of it.
func derived(w *estate.World, s *spec.Spec) estate.IdentityProvider {
	values := s.SignIn.Values()
	u, _ := url.Parse(values.Issuer)
	server := s.SignIn.Server
	if _, id, ok := strings.Cut(values.Issuer, "/oauth2/"); ok {
		server = id
	}
	p := estate.IdentityProvider{Vendor: s.SignIn.Vendor, Domain: u.Host, People: map[string]estate.IdentityPerson{},
		Servers: map[string]estate.AuthorizationServer{server: {Audience: "api://" + server, Policies: []estate.AccessPolicy{{Clients: []string{"ALL_CLIENTS"},
			Rules: []estate.AccessRule{{Grants: []string{"authorization_code"}, Scopes: []string{"*"}, Groups: []string{"EVERYONE"}}}}}}},
		Apps: map[string]estate.IdentityApp{values.ClientID: {Label: "Amazon Quick Desktop", Redirects: []string{estate.DesktopRedirect},
			Grants: []string{"authorization_code", "refresh_token"}, Assigned: []string{quickPeople}}}}
	if s.SignIn.Vendor != estate.VendorOkta {
		p.Values, p.Servers = &values, map[string]estate.AuthorizationServer{estate.DefaultServer: p.Servers[server]}
	}
	add := func(email, name string) {
		if email != "" {
			p.People[email] = estate.IdentityPerson{Email: email, Name: name, Groups: []string{quickPeople}}
		}
	}
	add(s.Quick.NotificationEmail, "who signs up") // a new account on federation has nobody else
	inst, _ := w.Estate.IdentityCenter.Get()
	for _, u := range inst.Users.Or(nil) {
		add(u.Email, u.DisplayName)
	}
	q, _ := w.Estate.Accounts[s.Quick.Account].Quick.Get()
	for _, ns := range q.Namespaces.Or(nil) {
		for name, u := range ns.Users.Or(nil) {
			add(u.Email, name)
		}
	}
	return p
}
