package quicksight

import (
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// principals answers whether users, groups and namespaces exist. It asks the Identity Store once for each, whatever the number of
// grants, and in the identity Region, where people are; whether AWS does the same for assets elsewhere is INFERRED.
type principals struct {
	r      *kernel.Request
	quick  estate.Quick
	users  map[string]map[string]estate.QuickUser // by namespace
	groups map[string]map[string]bool
}

func newPrincipals(r *kernel.Request, q estate.Quick) *principals {
	return &principals{r: r, quick: q, users: map[string]map[string]estate.QuickUser{}, groups: map[string]map[string]bool{}}
}

// check refuses a principal that is not there. It names the identity Region, whichever Region the asset is in (quick-api 2). Error and
// text are INFERRED.
func (p *principals) check(arn estate.ARN) error {
	ok, err := p.exists(arn)
	if err == nil && !ok {
		err = invalid("The principal %s does not exist.", arn)
	}
	return err
}

func (p *principals) exists(arn estate.ARN) (bool, error) {
	home, _, err := kernel.Need(p.quick.IdentityRegion, at(p.r, "identity_region")...)
	if err != nil {
		return false, err
	}
	rest, ours := strings.CutPrefix(string(arn), string(estate.QuickARN(home, p.r.Account, "")))
	kind, rest, _ := strings.Cut(rest, "/")
	namespace, name, named := strings.Cut(rest, "/")
	all, _, err := kernel.Need(p.quick.Namespaces, at(p.r, "namespaces")...)
	if err != nil {
		return false, err
	}
	n, there := all[namespace]
	if !ours || !there {
		return false, nil
	}
	at := space{Namespace: n, name: namespace, account: p.quick}
	switch {
	case kind == "namespace":
		return !named, nil
	case kind == "user" && name == "*": // everybody in the namespace (quick-api 3.4)
		return true, nil
	case kind == "user":
		return p.user(home, at, name)
	case kind == "group":
		return p.group(home, at, name)
	}
	return false, nil
}

func (p *principals) user(home estate.Region, n space, name string) (bool, error) {
	users, read := p.users[n.name]
	if !read {
		var err error
		if users, err = n.people(p.r.In(home)); err != nil {
			return false, err
		}
		p.users[n.name] = users
	}
	_, ok := users[name]
	return ok, nil
}

// group finds a group of Quick's own, or of the Identity Store where the people come from there: that those groups have ARNs of the same
// form is INFERRED.
func (p *principals) group(home estate.Region, n space, name string) (bool, error) {
	groups, read := p.groups[n.name]
	if !read {
		groups = map[string]bool{}
		if n.fromIdentityCenter() {
			d, err := open(p.r.In(home), n.account.InstanceARN)
			if err != nil {
				return false, err
			}
			ids, err := d.groups()
			if err != nil {
				return false, err
			}
			for name := range ids {
				groups[name] = true
			}
		} else {
			own, err := n.allGroups(p.r)
			if err != nil {
				return false, err
			}
			for name := range own {
				groups[name] = true
			}
		}
		p.groups[n.name] = groups
	}
	return groups[name], nil
}
