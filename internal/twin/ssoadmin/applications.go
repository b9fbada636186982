package ssoadmin

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// applications are the instance's; they replicate to every Region for reading.
func applications(i estate.Instance) (map[estate.ARN]estate.Application, error) {
	apps, _, err := kernel.Need(i.Applications, "identity_center", "applications")
	return apps, err
}

// onApplication is use for operations on one application.
func onApplication(r *kernel.Request) (in input, i estate.Instance, app estate.Application, err error) {
	if in, i, err = use(r); err != nil {
		return in, i, app, err
	}
	apps, err := applications(i)
	app, ok := apps[in.ApplicationArn]
	if err == nil && !ok {
		err = kernel.Errorf("ResourceNotFoundException", "Application with ARN %s not found.", in.ApplicationArn)
	}
	return in, i, app, err
}

// managed is onApplication for changes, which only the Region where the application was created takes (idc-kms 1.7; the error's type
// is INFERRED, its wording the twin's own).
func managed(r *kernel.Request) (input, estate.Application, error) {
	in, _, app, err := onApplication(r)
	if err == nil && app.CreatedFrom != r.Region {
		err = kernel.Errorf("AccessDeniedException", "twin: the application is managed in %s, where it was created, not in %s", app.CreatedFrom, r.Region)
	}
	return in, app, err
}

func grantsOf(arn estate.ARN, a estate.Application) ([]string, error) {
	grants, _, err := kernel.Need(a.Grants, "identity_center", "applications", string(arn), "grants")
	return grants, err
}

func assignmentsOf(arn estate.ARN, a estate.Application) ([]estate.Assignment, error) {
	assigned, _, err := kernel.Need(a.Assignments, "identity_center", "applications", string(arn), "assignments")
	return assigned, err
}

func show(r *kernel.Request, i estate.Instance, arn estate.ARN, a estate.Application) map[string]any {
	return map[string]any{"ApplicationArn": arn, "ApplicationProviderArn": a.Provider, "ApplicationAccount": a.Account, "InstanceArn": i.ARN, "Name": a.Name,
		"Status": a.Status, "CreatedFrom": a.CreatedFrom, "CreatedDate": created(r, i), "PortalOptions": map[string]any{"Visibility": "ENABLED"}}
}

func listApplications(r *kernel.Request) (any, error) {
	in, i, err := onInstance(r)
	if err != nil {
		return nil, err
	}
	apps, err := applications(i)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, arn := range slices.Sorted(maps.Keys(apps)) {
		a, f := apps[arn], in.Filter
		if (f.ApplicationAccount == "" || f.ApplicationAccount == a.Account) && (f.ApplicationProvider == "" || f.ApplicationProvider == a.Provider) {
			list = append(list, show(r, i, arn, a))
		}
	}
	return page(r, "Applications", list, in, 50)
}

func describeApplication(r *kernel.Request) (any, error) {
	in, i, app, err := onApplication(r)
	return show(r, i, in.ApplicationArn, app), err
}

func listGrants(r *kernel.Request) (any, error) {
	in, _, app, err := onApplication(r)
	if err != nil {
		return nil, err
	}
	grants, err := grantsOf(in.ApplicationArn, app)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, g := range grants {
		list = append(list, map[string]any{"GrantType": g, "Grant": grantBody(g)})
	}
	return page(r, "Grants", list, in, 100)
}

// grantBody is the union member of a grant type; what it holds is no part of an estate.
func grantBody(grantType string) map[string]any {
	members := map[string]string{"authorization_code": "AuthorizationCode", "refresh_token": "RefreshToken",
		"urn:ietf:params:oauth:grant-type:jwt-bearer": "JwtBearer", "urn:ietf:params:oauth:grant-type:token-exchange": "TokenExchange"}
	return map[string]any{members[grantType]: map[string]any{}}
}

func listAssignments(r *kernel.Request) (any, error) {
	in, _, app, err := onApplication(r)
	if err != nil {
		return nil, err
	}
	assigned, err := assignmentsOf(in.ApplicationArn, app)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, a := range assigned {
		list = append(list, map[string]any{"ApplicationArn": in.ApplicationArn, "PrincipalId": a.Principal, "PrincipalType": a.Type})
	}
	return page(r, "ApplicationAssignments", list, in, 100)
}

// createApplication registers an application from the Region of the call. Identity Center itself reads what it has encrypted and so
// asks KMS as sso.amazonaws.com (the runbook's first error).
func createApplication(r *kernel.Request) (any, error) {
	in, i, err := onInstance(r)
	if err == nil {
		err = r.Decrypt(kernel.ServicePrincipal("sso", i.Owner, estate.ARN(i.ARN)), i, contextOf(i), reasons)
	}
	if err != nil {
		return nil, err
	}
	apps, err := applications(i)
	if err != nil {
		return nil, err
	}
	arn := newARN(r, i, in, apps)
	edit(r, arn, func(a *estate.Application) {
		*a = estate.Application{Name: in.Name, Provider: in.ApplicationProviderArn, Account: r.Account, Status: "ENABLED", CreatedFrom: r.Region,
			Grants: estate.Of([]string{}), Assignments: estate.Of([]estate.Assignment{})}
	})
	return map[string]any{"ApplicationArn": arn, "InstanceArn": i.ARN, "IdentityStoreArn": estate.IdentityStoreARN(i.Owner, i.IdentityStoreID)}, nil
}

// newARN gives the first ARN of this account, Region and name that no application has.
func newARN(r *kernel.Request, i estate.Instance, in input, apps map[estate.ARN]estate.Application) estate.ARN {
	prefix := "arn:aws:sso::" + string(r.Account) + ":application/" + strings.TrimPrefix(string(i.ARN), "arn:aws:sso:::instance/") + "/apl-"
	for n := 1; ; n++ {
		arn := estate.ARN(prefix + kernel.ID("application "+strconv.Itoa(n), string(r.Account+" ")+string(r.Region), in.Name+" "+string(in.ApplicationProviderArn))[:16])
		if _, taken := apps[arn]; !taken {
			return arn
		}
	}
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
	in, _, err := managed(r)
	if err != nil {
		return nil, err
	}
	kernel.Edit(&r.Estate().IdentityCenter, func(i *estate.Instance) {
		kernel.Edit(&i.Applications, func(apps *map[estate.ARN]estate.Application) { delete(*apps, in.ApplicationArn) })
	})
	return nil, nil
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
	in, app, err := managed(r)
	if err != nil {
		return nil, err
	}
	assigned, err := assignmentsOf(in.ApplicationArn, app)
	if err != nil {
		return nil, err
	}
	edit(r, in.ApplicationArn, func(a *estate.Application) {
		a.Assignments = estate.Of(change(assigned, estate.Assignment{Principal: in.PrincipalId, Type: in.PrincipalType}))
	})
	return nil, nil
}

func putGrant(r *kernel.Request) (any, error) {
	in, app, err := managed(r)
	if err != nil {
		return nil, err
	}
	grants, err := grantsOf(in.ApplicationArn, app)
	if err != nil || slices.Contains(grants, in.GrantType) {
		return nil, err
	}
	edit(r, in.ApplicationArn, func(a *estate.Application) {
		a.Grants = estate.Of(slices.Sorted(slices.Values(append(slices.Clip(grants), in.GrantType))))
	})
	return nil, nil
}
