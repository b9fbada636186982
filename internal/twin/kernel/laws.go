package kernel

import (
	"maps"
	"slices"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/policy"
)

// laws are the policies of the world that bind callers and resources, parsed once.
type laws struct {
	roles    map[string]roleLaws // by role ARN
	accounts map[estate.AccountID]accountLaws
}

type roleLaws struct {
	identity []*policy.Document
	boundary policy.Limit
}

// accountLaws are the organization's policies on an account, level by level.
type accountLaws struct{ service, resource []policy.Limit }

// readLaws parses all policies of a state.
func readLaws(s State) (laws, error) {
	out := laws{map[string]roleLaws{}, map[estate.AccountID]accountLaws{}}
	for account, a := range s.Estate.Accounts {
		roles := map[string]estate.Role{AdministratorRole: {Policies: []string{administratorAccess}}}
		maps.Copy(roles, a.Roles)
		for name, role := range roles {
			arn := string(RoleARN(account, name, role))
			var l roleLaws
			var err error
			if l.identity, err = parseAll(role.Policies); err == nil && role.Boundary != "" {
				l.boundary.Policies, err = parseAll([]string{role.Boundary})
			}
			if err != nil {
				return laws{}, malformed("an identity policy or boundary of the world is malformed", arn, err)
			}
			out.roles[arn] = l
		}
		l, err := readControls(s.Estate.Organization, a.Controls)
		if err != nil {
			return laws{}, malformed("a control policy of the world is malformed", string(account), err)
		}
		out.accounts[account] = l
	}
	return out, nil
}

// readControls parses the policies on one account. A world that says nothing of them has none; where a survey could not look, there
// may be any, unless the account is in no organization.
func readControls(org estate.Known[estate.Organization], c estate.Known[estate.Controls]) (out accountLaws, err error) {
	if !c.Looked() && !c.IsZero() && !org.IsAbsent() {
		unread := []policy.Limit{{Unread: true}}
		return accountLaws{unread, unread}, nil
	}
	all := c.Or(estate.Controls{})
	if out.service, err = readLevels(all.Service); err == nil {
		out.resource, err = readLevels(all.Resource)
	}
	return out, err
}

func readLevels(levels []estate.ControlLevel) (out []policy.Limit, err error) {
	for _, level := range levels {
		var texts []string
		for _, name := range slices.Sorted(maps.Keys(level.Policies)) {
			texts = append(texts, level.Policies[name])
		}
		docs, err := parseAll(texts)
		if err != nil {
			return nil, err
		}
		out = append(out, policy.Limit{Policies: docs})
	}
	return out, nil
}

func parseAll(texts []string) (docs []*policy.Document, err error) {
	for _, text := range texts {
		d, err := policy.Parse(text)
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, nil
}

func malformed(what, where string, err error) error {
	return &diag.Error{Code: "twin/policy", What: what, Where: where, Why: err.Error(), Exit: diag.ExitUsage, Err: err}
}

// maxParsed bounds how many parsed policies are kept.
const maxParsed = 256

// Parse reads a policy of a resource, which most calls ask again and again.
func (r *Request) Parse(text string) (*policy.Document, error) {
	if d, ok := r.k.parsed[text]; ok {
		return d, nil
	}
	d, err := policy.Parse(text)
	if err != nil {
		return nil, err
	}
	if len(r.k.parsed) >= maxParsed {
		clear(r.k.parsed)
	}
	r.k.parsed[text] = d
	return d, nil
}

// Layers are the policies that decide about the caller: the resource's, which may be nil, the caller's own, and the organization's on
// the caller's account. Those on the resource's account are ResourceControls.
func (r *Request) Layers(resource *policy.Document) policy.Layers {
	mine := r.k.laws.roles[r.Caller.Principal.RoleARN]
	l := policy.Layers{Resource: resource, Identity: mine.identity, IdentityKnown: true, Boundary: mine.boundary,
		SCPs: r.k.laws.accounts[r.Caller.Account()].service, Management: string(r.k.state.Estate.Organization.Or(estate.Organization{}).ManagementAccount)}
	if r.Caller.session != nil {
		l.Session.Policies = []*policy.Document{r.Caller.session}
	}
	return l
}

// ResourceControls are the resource control policies on an account, level by level.
func (r *Request) ResourceControls(account estate.AccountID) []policy.Limit {
	return r.k.laws.accounts[account].resource
}

// As is the same request made by somebody else, for judging it; it must not be carried out.
func (r *Request) As(c Caller) *Request {
	other := *r
	other.Caller, other.Account = c, c.Account()
	return &other
}

// Role gives the caller that a role of the world is; false when there is none.
func (r *Request) Role(account estate.AccountID, name string) (Caller, bool) {
	c, err := r.k.session(account, name, "twin")
	return c, err == nil
}

// Undecided is DoesNotKnow for a verdict that could not be reached: it names the policy that would have to be known. tokens name the
// resource's own, whose account is owner.
func (r *Request) Undecided(v policy.Verdict, owner estate.AccountID, tokens ...string) *Error {
	switch v.Layer {
	case policy.LayerIdentity, policy.LayerBoundary, policy.LayerSession:
		return undecided(v, "accounts", string(r.Account), "roles")
	case policy.LayerSCP:
		return undecided(v, "accounts", string(r.Account), "controls")
	case policy.LayerRCP:
		return undecided(v, "accounts", string(owner), "controls")
	}
	return undecided(v, tokens...)
}
