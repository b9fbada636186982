package ssoadmin

import (
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// applications are the instance's; they replicate to every Region for reading.
func applications(i estate.Instance) (map[estate.ARN]estate.Application, error) {
	apps, _, err := kernel.Need(i.Applications, "identity_center", "applications")
	return apps, err
}

// application finds one; with change it must have been created from the Region of the call (idc-kms 1.7).
func application(r *kernel.Request, arn estate.ARN, change bool) (estate.Instance, estate.Application, error) {
	i, err := use(r)
	if err != nil {
		return i, estate.Application{}, err
	}
	apps, err := applications(i)
	app, ok := apps[arn]
	switch {
	case err != nil:
	case !ok:
		err = kernel.Errorf("ResourceNotFoundException", "Application with ARN %s not found.", arn)
	case change && app.CreatedFrom != r.Region:
		// INFERRED type; the wording is the twin's own.
		err = kernel.Errorf("AccessDeniedException", "twin: the application is managed in %s, where it was created, not in %s", app.CreatedFrom, r.Region)
	}
	return i, app, err
}

func show(r *kernel.Request, i estate.Instance, arn estate.ARN, a estate.Application) map[string]any {
	return map[string]any{"ApplicationArn": arn, "ApplicationProviderArn": a.Provider, "ApplicationAccount": a.Account, "InstanceArn": i.ARN, "Name": a.Name,
		"Status": a.Status, "CreatedFrom": a.CreatedFrom, "CreatedDate": created(r, i), "PortalOptions": map[string]any{"Visibility": "ENABLED"}}
}

func listApplications(r *kernel.Request) (any, error) {
	var in struct {
		paging
		InstanceArn estate.InstanceARN
		Filter      struct {
			ApplicationAccount  estate.AccountID
			ApplicationProvider estate.ARN
		}
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, err := use(r)
	if err == nil {
		err = named(i, in.InstanceArn)
	}
	if err != nil {
		return nil, err
	}
	apps, err := applications(i)
	list := []map[string]any{}
	for _, arn := range slices.Sorted(maps.Keys(apps)) {
		a, f := apps[arn], in.Filter
		if (f.ApplicationAccount == "" || f.ApplicationAccount == a.Account) && (f.ApplicationProvider == "" || f.ApplicationProvider == a.Provider) {
			list = append(list, show(r, i, arn, a))
		}
	}
	if err != nil {
		return nil, err
	}
	return page(r, "Applications", list, in.paging, 50)
}

func describeApplication(r *kernel.Request) (any, error) {
	var in struct{ ApplicationArn estate.ARN }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, app, err := application(r, in.ApplicationArn, false)
	return show(r, i, in.ApplicationArn, app), err
}

func listGrants(r *kernel.Request) (any, error) {
	var in struct {
		paging
		ApplicationArn estate.ARN
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	_, app, err := application(r, in.ApplicationArn, false)
	if err != nil {
		return nil, err
	}
	grants, _, err := kernel.Need(app.Grants, "identity_center", "applications", string(in.ApplicationArn), "grants")
	list := []map[string]any{}
	for _, g := range grants {
		list = append(list, map[string]any{"GrantType": g, "Grant": grantBody(g)})
	}
	if err != nil {
		return nil, err
	}
	return page(r, "Grants", list, in.paging, 100)
}

// grantBody is the union member of a grant type; what it holds is no part of an estate.
func grantBody(grantType string) map[string]any {
	members := map[string]string{"authorization_code": "AuthorizationCode", "refresh_token": "RefreshToken",
		"urn:ietf:params:oauth:grant-type:jwt-bearer": "JwtBearer", "urn:ietf:params:oauth:grant-type:token-exchange": "TokenExchange"}
	return map[string]any{members[grantType]: map[string]any{}}
}

func listAssignments(r *kernel.Request) (any, error) {
	var in struct {
		paging
		ApplicationArn estate.ARN
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	_, app, err := application(r, in.ApplicationArn, false)
	if err != nil {
		return nil, err
	}
	assigned, _, err := kernel.Need(app.Assignments, "identity_center", "applications", string(in.ApplicationArn), "assignments")
	list := []map[string]any{}
	for _, a := range assigned {
		list = append(list, map[string]any{"ApplicationArn": in.ApplicationArn, "PrincipalId": a.Principal, "PrincipalType": a.Type})
	}
	if err != nil {
		return nil, err
	}
	return page(r, "ApplicationAssignments", list, in.paging, 100)
}

// createApplication registers an application from the Region of the call. Identity Center itself encrypts and so asks KMS as
// sso.amazonaws.com (the runbook's first error).
func createApplication(r *kernel.Request) (any, error) {
	var in struct {
		InstanceArn            estate.InstanceARN
		ApplicationProviderArn estate.ARN
		Name                   string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, err := use(r)
	if err == nil {
		err = named(i, in.InstanceArn)
	}
	if err == nil {
		err = r.Decrypt(kernel.ServicePrincipal("sso", i.Owner, estate.ARN(i.ARN)), i, contextOf(i), reasons)
	}
	if err != nil {
		return nil, err
	}
	if _, err := applications(i); err != nil {
		return nil, err
	}
	account := r.Account
	id := kernel.ID("application", string(account)+" "+string(r.Region), in.Name+" "+string(in.ApplicationProviderArn))[:16]
	arn := estate.ARN("arn:aws:sso::" + string(account) + ":application/" + strings.TrimPrefix(string(i.ARN), "arn:aws:sso:::instance/") + "/apl-" + id)
	edit(r, arn, func(a *estate.Application) {
		*a = estate.Application{Name: in.Name, Provider: in.ApplicationProviderArn, Account: account, Status: "ENABLED", CreatedFrom: r.Region,
			Grants: estate.Of([]string{}), Assignments: estate.Of([]estate.Assignment{})}
	})
	return map[string]any{"ApplicationArn": arn, "InstanceArn": i.ARN, "IdentityStoreArn": estate.IdentityStoreARN(i.Owner, i.IdentityStoreID)}, nil
}

func edit(r *kernel.Request, arn estate.ARN, change func(*estate.Application)) {
	kernel.Edit(&r.Estate().IdentityCenter, func(i *estate.Instance) {
		kernel.Edit(&i.Applications, func(apps *map[estate.ARN]estate.Application) {
			if *apps == nil {
				*apps = map[estate.ARN]estate.Application{}
			}
			kernel.EditAt(*apps, arn, change)
		})
	})
}

func deleteApplication(r *kernel.Request) (any, error) {
	var in struct{ ApplicationArn estate.ARN }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	_, _, err := application(r, in.ApplicationArn, true)
	if err != nil {
		return nil, err
	}
	kernel.Edit(&r.Estate().IdentityCenter, func(i *estate.Instance) {
		kernel.Edit(&i.Applications, func(apps *map[estate.ARN]estate.Application) { delete(*apps, in.ApplicationArn) })
	})
	return map[string]any{}, nil
}

type assignmentInput struct {
	ApplicationArn             estate.ARN
	PrincipalId, PrincipalType string
}

func createAssignment(r *kernel.Request) (any, error) {
	return changeAssignment(r, func(list []estate.Assignment, a estate.Assignment) []estate.Assignment {
		if slices.Contains(list, a) {
			return list
		}
		return append(list, a)
	})
}

func deleteAssignment(r *kernel.Request) (any, error) {
	return changeAssignment(r, func(list []estate.Assignment, a estate.Assignment) []estate.Assignment {
		return slices.DeleteFunc(list, func(b estate.Assignment) bool { return a == b })
	})
}

func changeAssignment(r *kernel.Request, change func([]estate.Assignment, estate.Assignment) []estate.Assignment) (any, error) {
	var in assignmentInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if _, _, err := application(r, in.ApplicationArn, true); err != nil {
		return nil, err
	}
	edit(r, in.ApplicationArn, func(a *estate.Application) {
		kernel.Edit(&a.Assignments, func(list *[]estate.Assignment) {
			*list = change(*list, estate.Assignment{Principal: in.PrincipalId, Type: in.PrincipalType})
		})
	})
	return map[string]any{}, nil
}

func putGrant(r *kernel.Request) (any, error) {
	var in struct {
		ApplicationArn estate.ARN
		GrantType      string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if _, _, err := application(r, in.ApplicationArn, true); err != nil {
		return nil, err
	}
	edit(r, in.ApplicationArn, func(a *estate.Application) {
		kernel.Edit(&a.Grants, func(list *[]string) {
			if !slices.Contains(*list, in.GrantType) {
				*list = append(*list, in.GrantType)
				slices.Sort(*list)
			}
		})
	})
	return map[string]any{}, nil
}
