// Package quickconsole is the twin's Amazon Quick management console as far as Quick on Desktop needs it: extension access, under
// Permissions, and the extension, under Connect apps and data. AWS has no API for either; a person uses the pages, or does the same as a
// by-hand step. An extension access is made and deleted and never changed. It must not judge the values: the console is not known to
// check any of them, and what is wrong shows when the first person signs in.
package quickconsole

import (
	"maps"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const id = "quick-console"

// Service is the console for a kernel. Under which IAM actions AWS keeps its operations is not documented; they are Quick's here
// (INFERRED).
func Service() kernel.Service {
	return kernel.Service{ID: id, IAM: "quicksight", Handlers: map[string]kernel.Handler{
		"ListExtensionAccesses":   listExtensionAccesses,
		"DescribeExtensionAccess": describeExtensionAccess,
		"CreateExtensionAccess":   createExtensionAccess,
		"UpdateExtensionAccess":   updateExtensionAccess,
		"DeleteExtensionAccess":   deleteExtensionAccess,
		"ListExtensions":          listExtensions,
		"CreateExtension":         createExtension,
		"DeleteExtension":         deleteExtension,
	}, Console: map[string]bool{"ListExtensionAccesses": false, "DescribeExtensionAccess": false, "CreateExtensionAccess": true, "UpdateExtensionAccess": true,
		"DeleteExtensionAccess": true, "ListExtensions": false, "CreateExtension": true, "DeleteExtension": true,
	}, Site: &kernel.Site{Match: match, Serve: serve}}
}

// entry is what the pages ask for, in the names of estate.ExtensionAccess; what else a card holds is nothing that the console knows.
type entry struct {
	Name               string              `json:"name"`
	Description        string              `json:"description,omitempty"`
	Values             estate.SignInValues `json:"values"`
	TrustedTokenIssuer estate.ARN          `json:"trusted_token_issuer,omitempty"`
	Audience           string              `json:"audience,omitempty"`
	Extension          bool                `json:"extension,omitempty"` // in answers only
}

func shown(a estate.ExtensionAccess) entry {
	return entry{a.Name, a.Description, a.Values, a.TrustedTokenIssuer, a.Audience, a.Extension}
}

// Typed are the five values in the order of the page.
func (e entry) Typed() (values []string) {
	for _, f := range estate.SignInFields {
		values = append(values, *f.Of(&e.Values))
	}
	return values
}

// The refusals are the twin's own in type and text: what AWS's console says is not recorded anywhere.
func invalid(format string, args ...any) error {
	return kernel.Errorf("ValidationException", format, args...)
}

func conflict(format string, args ...any) error {
	return kernel.Errorf("ConflictException", format, args...)
}

func notFound(format string, args ...any) error {
	return kernel.Errorf("ResourceNotFoundException", format, args...)
}

func at(r *kernel.Request, more ...string) []string {
	return append([]string{"accounts", string(r.Account), "quick"}, more...)
}

// account is the live Quick account of the caller.
func account(r *kernel.Request) (estate.Quick, error) {
	q, ok, err := kernel.Need(r.Estate().Accounts[r.Account].Quick, at(r)...)
	if err == nil && (!ok || !q.Status.Live()) {
		err = notFound("Account %s has no Quick account that works.", r.Account)
	}
	return q, err
}

// open is the beginning of every operation: the account, seen from its identity Region, and its entries. What nobody could look at counts
// as none, because no survey can.
func open(r *kernel.Request) (in entry, q estate.Quick, all map[string]estate.ExtensionAccess, err error) {
	if err = r.Decode(&in); err != nil {
		return in, q, nil, err
	}
	if q, err = account(r); err != nil {
		return in, q, nil, err
	}
	region, _, err := kernel.Need(q.IdentityRegion, at(r, "identity_region")...)
	if err == nil && region != r.Region {
		err = kernel.Errorf("AccessDeniedException", "The Quick console was opened in %s, but the identity Region of account %s is %s. Open it there.", r.Region, r.Account, region)
	}
	return in, q, q.ExtensionAccess.Or(nil), err
}

// named is open for operations on one entry.
func named(r *kernel.Request) (estate.ExtensionAccess, error) {
	in, _, all, err := open(r)
	a, ok := all[in.Name]
	if err == nil && !ok {
		err = notFound("There is no extension access %q.", in.Name)
	}
	return a, err
}

// edit changes the account's entries in the state.
func edit(r *kernel.Request, change func(map[string]estate.ExtensionAccess)) {
	kernel.EditAt(r.Estate().Accounts, r.Account, func(a *estate.Account) {
		kernel.Edit(&a.Quick, func(q *estate.Quick) {
			all := q.ExtensionAccess.Or(nil)
			if all == nil {
				all = map[string]estate.ExtensionAccess{}
			}
			change(all)
			q.ExtensionAccess = estate.Of(all)
		})
	})
}

func listExtensionAccesses(r *kernel.Request) (any, error) {
	_, q, all, err := open(r)
	return map[string]any{"extension_accesses": entries(all, func(estate.ExtensionAccess) bool { return true }), "identity_center": onIdentityCenter(q)}, err
}

func entries(all map[string]estate.ExtensionAccess, which func(estate.ExtensionAccess) bool) []entry {
	list := []entry{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if which(all[name]) {
			list = append(list, shown(all[name]))
		}
	}
	return list
}

func onIdentityCenter(q estate.Quick) bool { return q.Authentication == estate.AuthIdentityCenter }

func describeExtensionAccess(r *kernel.Request) (any, error) {
	a, err := named(r)
	return shown(a), err
}

// createExtensionAccess keeps the values as they were typed. That a name is given once only, and that the console looks whether the token
// issuer is there, is INFERRED.
func createExtensionAccess(r *kernel.Request) (any, error) {
	in, q, all, err := open(r)
	if err == nil {
		err = in.check(q)
	}
	if err != nil {
		return nil, err
	}
	if _, taken := all[in.Name]; taken {
		return nil, conflict("There is an extension access %q already.", in.Name)
	}
	if onIdentityCenter(q) {
		itself := kernel.ServicePrincipal("quicksight", r.Account, "")
		if err := r.Call(itself, "sso-admin", r.Region, "DescribeTrustedTokenIssuer", map[string]any{"TrustedTokenIssuerArn": in.TrustedTokenIssuer}, nil); err != nil {
			return nil, err
		}
	}
	made := estate.ExtensionAccess{Name: in.Name, Description: in.Description, Values: in.Values, TrustedTokenIssuer: in.TrustedTokenIssuer, Audience: in.Audience}
	edit(r, func(all map[string]estate.ExtensionAccess) { all[in.Name] = made })
	return shown(made), nil
}

// check: nothing that the pages ask for may be left out but the description. The page for the token issuer is shown to accounts on
// Identity Center only.
func (in entry) check(q estate.Quick) error {
	if in.Name == "" {
		return invalid("Name is required.")
	}
	for _, f := range estate.SignInFields {
		if *f.Of(&in.Values) == "" {
			return invalid("%s is required.", f.Label)
		}
	}
	switch given := in.TrustedTokenIssuer != "" || in.Audience != ""; {
	case !onIdentityCenter(q) && given:
		return invalid("The account does not use IAM Identity Center; the console does not ask for a trusted token issuer.")
	case onIdentityCenter(q) && in.TrustedTokenIssuer == "":
		return invalid("%s is required.", issuerLabel)
	case onIdentityCenter(q) && in.Audience == "":
		return invalid("%s is required.", audienceLabel)
	}
	return nil
}

// updateExtensionAccess is what people look for and the console does not have.
func updateExtensionAccess(r *kernel.Request) (any, error) {
	a, err := named(r)
	if err == nil {
		err = conflict("The extension access %q cannot be edited. Delete it and create a new one.", a.Name)
	}
	return nil, err
}

// deleteExtensionAccess takes the extension made from it along (INFERRED: the guide speaks of deleting the access alone).
func deleteExtensionAccess(r *kernel.Request) (any, error) {
	a, err := named(r)
	if err != nil {
		return nil, err
	}
	edit(r, func(all map[string]estate.ExtensionAccess) { delete(all, a.Name) })
	return nil, nil
}

func listExtensions(r *kernel.Request) (any, error) {
	_, _, all, err := open(r)
	return map[string]any{"extensions": entries(all, func(a estate.ExtensionAccess) bool { return a.Extension })}, err
}

// createExtension makes the extension of an extension access; there is one for each (INFERRED).
func createExtension(r *kernel.Request) (any, error) {
	return setExtension(r, true)
}

func deleteExtension(r *kernel.Request) (any, error) {
	return setExtension(r, false)
}

func setExtension(r *kernel.Request, made bool) (any, error) {
	a, err := named(r)
	switch {
	case err != nil:
		return nil, err
	case made && a.Extension:
		return nil, conflict("There is an extension for %q already.", a.Name)
	case !made && !a.Extension:
		return nil, notFound("There is no extension for %q.", a.Name)
	}
	a.Extension = made
	edit(r, func(all map[string]estate.ExtensionAccess) { all[a.Name] = a })
	return shown(a), nil
}
