package idp

import (
	"slices"

	"rehome/internal/estate"
)

// Words that stand for all of a kind.
const (
	allClients = "ALL_CLIENTS"
	everyone   = "EVERYONE"
	anyScope   = "*"
)

// permits tells whether somebody may use an application with these scopes: assigned to it, and admitted by an access policy of a custom
// authorization server. The org server has no such policies. One rule of any policy for the application is enough, whatever the order
// (INFERRED: rules differ in lifetimes only).
func (v *visit) permits(server, client, login string, scopes []string) *refusal {
	person := v.provider.People[login]
	belongs := func(list []string) bool {
		return slices.Contains(list, everyone) || slices.ContainsFunc(person.Groups, func(g string) bool { return slices.Contains(list, g) })
	}
	assigned := v.provider.Apps[client].Assigned
	if !belongs(assigned) && !slices.Contains(assigned, login) {
		return &errNotAssigned
	}
	if server == orgServer {
		return nil
	}
	for _, p := range v.provider.Servers[server].Policies {
		if !slices.Contains(p.Clients, client) && !slices.Contains(p.Clients, allClients) {
			continue
		}
		for _, rule := range p.Rules {
			if covers(rule, "authorization_code", scopes) && belongs(rule.Groups) {
				return nil
			}
		}
	}
	return &errNoPolicy
}

// covers tells whether a rule is for the grant and for every one of the scopes. A rule that lacks one is passed over as if it were not
// there (oidc 1.1, the support article). "Refresh Token" is no grant type of a rule, so that a refresh needs what the sign-in needed
// (INFERRED, oidc 0.2).
func covers(rule estate.AccessRule, grant string, scopes []string) bool {
	return slices.Contains(rule.Grants, grant) && (slices.Contains(rule.Scopes, anyScope) ||
		!slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(rule.Scopes, s) }))
}
