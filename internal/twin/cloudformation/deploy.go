package cloudformation

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// deployment is a stack that something is being done to.
type deployment struct {
	*stack
	r    *kernel.Request
	made map[string]*made // by logical id
}

// goOn carries out what is under way in a stack. Everything that it does to assets is a call to Quick.
func goOn(r *kernel.Request, e kernel.Event) error {
	s, ok := find(r, e.Subject)
	if !ok {
		return nil
	}
	d := &deployment{stack: s, r: r, made: map[string]*made{}}
	switch s.Status {
	case creating:
		if err := d.create(); err != nil {
			return err
		}
	case rollingBack:
		d.delete(rolledBack, rollbackFailed, "Delete")
		if s.Status == rolledBack && s.OnFailure == "DELETE" {
			s.change(r, deleted, "")
		}
	case deleting:
		d.delete(deleted, deleteFailed, "Delete", "RetainExceptOnCreate")
	}
	if s.Status == deleted {
		s.Deleted = r.Now()
	}
	s.keep(r)
	return nil
}

// create makes the resources one after another and stops at the first that fails; AWS makes at the same time what does not use each other
// (INFERRED: that makes no difference but to how many fail at once).
func (d *deployment) create() error {
	t, err := parse(d.Template)
	if err != nil {
		return err
	}
	names, err := t.order()
	if err != nil {
		return err
	}
	d.Resources = make([]made, 0, len(names))
	for _, name := range names {
		one := t.Resources[name]
		d.Resources = append(d.Resources, made{Logical: name, Type: one.Type, Keep: one.DeletionPolicy})
		m := &d.Resources[len(d.Resources)-1]
		d.made[name] = m
		m.change(d.r, d.stack, creating, "")
		if why := d.put(m, t, one); why != "" {
			m.change(d.r, d.stack, createFailed, why)
			d.fail(name)
			return nil
		}
		m.change(d.r, d.stack, created, "")
	}
	d.change(d.r, created, "")
	return nil
}

// fail ends a creation. The words are AWS's, as issues of public projects quote them.
func (d *deployment) fail(name string) {
	reason := "The following resource(s) failed to create: [" + name + "]. "
	if d.OnFailure == "DO_NOTHING" {
		d.change(d.r, createFailed, reason)
		return
	}
	d.change(d.r, rollingBack, reason+"Rollback requested by user.")
	d.r.After(d.r.Takes(estate.TimeStackDeleted), kernel.Event{Kind: eventStack, Subject: d.ID})
}

// put makes one resource; it says why when that fails.
func (d *deployment) put(m *made, t template, one resource) string {
	k := kinds[one.Type]
	value, err := d.env(t).resolve(one.Properties)
	if err != nil {
		return reason(d.r, m, err, "")
	}
	properties, _ := value.(map[string]any)
	if why := k.fault(m.Logical, properties); why != "" {
		return why
	}
	if properties["AwsAccountId"] == nil {
		properties["AwsAccountId"] = string(d.r.Account) // optional for some types (CloudFormation template reference)
	}
	ids := k.named(properties)
	if slices.Contains(ids, "") {
		return reason(d.r, m, notModelled("a resource of the type "+one.Type+" without an id of its own"), "")
	}
	ref := estate.AssetRef{Region: d.r.Region, Type: k.asset, ID: strings.Join(ids, "/")}
	physical := strings.Join(append([]string{fmt.Sprint(properties["AwsAccountId"])}, ids...), "|")
	as := d.Caller.Through("cloudformation")
	if err := d.r.Call(as, "quicksight", d.r.Region, k.create, k.request(properties), nil); err != nil {
		return reason(d.r, m, err, physical)
	}
	m.Physical, m.ARN, m.Delete = physical, ref.ARN(d.r.Account), k.deletion(properties)
	if refresh := properties["DataSetRefreshProperties"]; refresh != nil { // the API has a call of its own for them (quick-api 4.6)
		in := map[string]any{"AwsAccountId": properties["AwsAccountId"], "DataSetId": ids[0], "DataSetRefreshProperties": refresh}
		if err := d.r.Call(as, "quicksight", d.r.Region, "PutDataSetRefreshProperties", in, nil); err != nil {
			return reason(d.r, m, err, physical)
		}
	}
	return ""
}

// env knows the values of the parameters, and the resources that are there already.
func (d *deployment) env(t template) env {
	return env{
		ref: func(name string) (any, error) {
			if p, ok := t.Parameters[name]; ok {
				if p.Type == "CommaDelimitedList" {
					list := []any{}
					for _, one := range strings.Split(d.Parameters[name], ",") {
						list = append(list, strings.TrimSpace(one))
					}
					return list, nil
				}
				return d.Parameters[name], nil
			}
			if m := d.made[name]; m != nil {
				return m.Physical, nil
			}
			return pseudo[name](d), nil
		},
		attribute: func(of, _ string) (any, error) { return string(d.made[of].ARN), nil },
	}
}

// delete takes the resources away, the last one first, and ends with one status or the other. What is gone already counts as deleted, and
// one that cannot be deleted holds up none of the others (INFERRED). policies are those of DeletionPolicy that delete.
func (d *deployment) delete(done, failed string, policies ...string) {
	var lost []string
	for i := range slices.Backward(d.Resources) {
		m := &d.Resources[i]
		switch {
		case m.Physical == "" || m.Status == deleted || m.Status == deleteSkipped:
			continue
		case m.Keep != "" && !slices.Contains(policies, m.Keep) && !(done == rolledBack && m.Keep == "RetainExceptOnCreate"):
			m.change(d.r, d.stack, deleteSkipped, "")
			continue
		}
		m.change(d.r, d.stack, deleting, "")
		err := d.r.Call(d.Caller.Through("cloudformation"), "quicksight", d.r.Region, kinds[m.Type].delete, maps.Clone(m.Delete), nil)
		if e := (*kernel.Error)(nil); err != nil && !(errors.As(err, &e) && e.Code == "ResourceNotFoundException") {
			m.change(d.r, d.stack, deleteFailed, reason(d.r, m, err, m.Physical))
			lost = append(lost, m.Logical)
			continue
		}
		m.change(d.r, d.stack, deleted, "")
	}
	if len(lost) > 0 {
		d.change(d.r, failed, "The following resource(s) failed to delete: ["+strings.Join(lost, ", ")+"]. ")
		return
	}
	d.change(d.r, done, "")
}
