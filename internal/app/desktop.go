package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
	"rehome/internal/spec"
	"rehome/internal/step"
)

// DesktopTry is one person's way into Quick on Desktop in a rehearsal, and how it ended.
type DesktopTry struct {
	Who   string `json:"who"`   // role, or why this person has to be refused
	Login string `json:"login"` // at the twin's provider
	Want  string `json:"want"`  // in, refused by the identity provider, refused by Quick
	Got   string `json:"got"`   // the same words, with the reason
	OK    bool   `json:"ok"`
}

// How a try ends.
const (
	wentIn          = "in"
	refusedByIdP    = "refused by the identity provider"
	refusedByQuick  = "refused by Quick"
	unassignedLogin = "rehearsal-not-assigned"
	unknownLogin    = "rehearsal-not-known"
)

// tryDesktop lets a person of each role sign in with Quick on Desktop, and two whom somebody has to refuse.
func (m *move) tryDesktop(ctx context.Context, seen *estate.Survey) ([]DesktopTry, error) {
	var out []DesktopTry
	for _, p := range aPersonOfEachRole(m.spec, seen) {
		out = append(out, DesktopTry{Who: p.role, Login: p.login, Want: wentIn})
	}
	out = append(out, DesktopTry{Who: "not assigned to the application", Login: unassignedLogin, Want: refusedByIdP},
		DesktopTry{Who: "an address that nobody in Quick has", Login: unknownLogin, Want: refusedByQuick})
	for i := range out {
		if !m.desk.road.logins[out[i].Login] {
			out[i].Got = nobodySuch // a world that was not made for a rehearsal
			continue
		}
		how, why, err := m.enter(ctx, out[i].Login)
		if err != nil {
			return nil, err
		}
		out[i].OK, out[i].Got = how == out[i].Want && strings.Contains(why, reasons[how]), how
		if why != "" {
			out[i].Got += ": " + why
		}
	}
	return out, nil
}

// nobodySuch is the end of a try of somebody whom the provider does not have.
const nobodySuch = "the provider of this twin has nobody of that login"

// reasons are what a refusal has to be about: to be refused for something else proves nothing.
var reasons = map[string]string{wentIn: "", refusedByIdP: "not assigned", refusedByQuick: "User not found"}

type rolePerson struct{ role, login string }

// aPersonOfEachRole finds somebody for each role that anybody has: by groups in accounts on Identity Center, else by Quick's own list.
func aPersonOfEachRole(s *spec.Spec, seen *estate.Survey) (out []rolePerson) {
	q, _ := seen.Estate.Accounts[s.Quick.Account].Quick.Get()
	inst, _ := seen.Estate.IdentityCenter.Get()
	for _, role := range estate.QuickRoles {
		if email := memberOf(inst, q.Roles.Or(s.Quick.Groups)[role]); q.Authentication == estate.AuthIdentityCenter && email != "" {
			out = append(out, rolePerson{string(role), email})
		}
	}
	if q.Authentication == estate.AuthIdentityCenter {
		return out
	}
	users := q.Namespaces.Or(nil)[estate.DefaultNamespace].Users.Or(nil)
	taken := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(users)) {
		if u := users[name]; u.Email != "" && !taken[u.Role] {
			taken[u.Role] = true
			out = append(out, rolePerson{u.Role, u.Email})
		}
	}
	return out
}

// memberOf is the address of the first person in one of the groups.
func memberOf(inst estate.Instance, groups []string) string {
	all, users := inst.Groups.Or(nil), inst.Users.Or(nil)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(groups, all[id].DisplayName) {
			continue
		}
		for _, m := range all[id].Members.Or(nil) {
			if users[m].Email != "" {
				return users[m].Email
			}
		}
	}
	return ""
}

// anAdministrator is who signs in where the twin's person stands for whoever runs rehome.
func (s *session) anAdministrator(ctx context.Context) (string, error) {
	seen, err := s.people(ctx)
	if err != nil {
		return "", err
	}
	if people := aPersonOfEachRole(s.spec, seen); len(people) > 0 {
		return people[0].login, nil
	}
	inst, _ := seen.Estate.IdentityCenter.Get()
	wanted := s.spec.Quick.Groups
	for _, role := range estate.QuickRoles {
		if email := memberOf(inst, wanted[role]); email != "" {
			return email, nil
		}
	}
	users := inst.Users.Or(nil)
	for _, id := range slices.Sorted(maps.Keys(users)) {
		return users[id].Email, nil
	}
	if first := s.spec.Quick.NotificationEmail; first != "" { // a new account's only person is who signed up for it
		return first, nil
	}
	return "", &diag.Error{Code: "rehearse/nobody", What: "there is nobody on the twin who could sign in", Exit: diag.ExitBlocked}
}

// enter is one person's whole way: sign-in at the provider, then the token to Quick.
func (m *move) enter(ctx context.Context, login string) (how, why string, err error) {
	r, err := m.desk.signIn(ctx, identity.Request{Target: m.desk.signInTarget()}, login)
	if err != nil {
		return "", "", err
	}
	if r.IDToken() == "" {
		if e := refusal(r.Findings); e != nil {
			why = diag.From("", e).What + ": " + diag.From("", e).Why
		}
		return refusedByIdP, why, nil
	}
	why, err = m.session.openDesktop(ctx, r.IDToken())
	switch {
	case err != nil:
		return "", "", err
	case why != "":
		return refusedByQuick, why, nil
	}
	return wentIn, "", nil
}

// openDesktop brings a token before the twin's Quick, as the application does; why says what Quick refused.
func (s *session) openDesktop(ctx context.Context, token string) (why string, err error) {
	body, err := json.Marshal(map[string]string{"id_token": token})
	if err != nil {
		return "", err
	}
	url := s.twinURL()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/desktop/"+string(s.spec.Quick.Account)+"/session", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Timeout: clockTimeout}).Do(req)
	if err != nil {
		return "", &diag.Error{Code: "twin/unreachable", What: "the twin does not answer", Where: url, Why: err.Error(), Err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil || resp.StatusCode == http.StatusOK {
		return "", err
	}
	var refused struct{ Code, Message string }
	if json.Unmarshal(text, &refused) != nil || refused.Message == "" {
		return fmt.Sprintf("HTTP %d", resp.StatusCode), nil
	}
	return refused.Message, nil
}

// playDesktop is the administrator who tries the application first.
func (m *move) playDesktop(ctx context.Context) error {
	login, err := m.anAdministrator(ctx)
	if err != nil {
		return err
	}
	how, why, err := m.enter(ctx, login)
	if err != nil || how == wentIn {
		return err
	}
	return &diag.Error{Code: "desktop/" + how, What: "Quick on Desktop does not let " + identity.Person{Value: login}.Masked() + " in: " + why, Where: "account " + string(m.spec.Quick.Account), Owner: diag.QuickAdmin, Exit: diag.ExitBlocked,
		Fix: []string{"rehome explain \"" + why + "\"", "rehome doctor compares the entry with the identity provider"}}
}

// isDesktop reports whether a call of a by-hand step is the application itself.
func isDesktop(service, operation string) bool {
	return service == step.DesktopCall.Service && operation == step.DesktopCall.Operation
}
