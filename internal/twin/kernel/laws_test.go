package kernel_test

import (
	"strings"
	"testing"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	memberAdmin = "TWIN444455556666"
	anything    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	onlyReading = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Describe*","Resource":"*"}]}`
	noListing   = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:ListKeys","Resource":"*"}]}`
)

// bound puts a member account beside the first; levels are the control policies of its organization's levels.
func bound(c *kernel.Config, levels ...map[string]string) {
	controls := estate.Controls{}
	for _, policies := range levels {
		controls.Service = append(controls.Service, estate.ControlLevel{Target: "r-1", Policies: policies})
	}
	c.World.Estate.Accounts["444455556666"] = estate.Account{Controls: estate.Of(controls)}
	kernel.EditAt(c.World.Estate.Accounts, "111122223333", func(a *estate.Account) { a.Controls = estate.Of(controls) })
}

func withBoundary(text string) func(*kernel.Config) {
	return func(c *kernel.Config) {
		c.World.Estate.Accounts["111122223333"].Roles["Bounded"] = estate.Role{AccessKey: "TESTBOUND", Policies: []string{anything}, Boundary: text}
	}
}

// The wording is that of idc-kms 2.7.
func TestEveryLayerCanRefuse(t *testing.T) {
	full := map[string]string{"FullAWSAccess": anything}
	unread := func(org estate.Known[estate.Organization]) func(*kernel.Config) {
		return func(c *kernel.Config) {
			bound(c)
			c.World.Estate.Organization = org
			kernel.EditAt(c.World.Estate.Accounts, "444455556666", func(a *estate.Account) { a.Controls = estate.NotLooked[estate.Controls]("denied") })
			kernel.EditAt(c.World.Estate.Accounts, "111122223333", func(a *estate.Account) { a.Controls = estate.NotLooked[estate.Controls]("denied") })
		}
	}
	org := world().Estate.Organization
	for name, tc := range map[string]struct {
		change func(*kernel.Config)
		key    string
		want   string // "" is an answer
	}{
		"boundary without the action":             {withBoundary(onlyReading), "TESTBOUND", "because no permissions boundary allows the kms:ListKeys action"},
		"boundary that denies":                    {withBoundary(noListing), "TESTBOUND", "with an explicit deny in a permissions boundary"},
		"boundary with the action":                {withBoundary(anything), "TESTBOUND", ""},
		"control policies that allow everything":  {func(c *kernel.Config) { bound(c, full, full) }, memberAdmin, ""},
		"a level that denies":                     {func(c *kernel.Config) { bound(c, full, map[string]string{"a": anything, "b": noListing}) }, memberAdmin, "with an explicit deny in a service control policy"},
		"a level without the action":              {func(c *kernel.Config) { bound(c, full, map[string]string{"a": onlyReading}) }, memberAdmin, "because no service control policy allows the kms:ListKeys action"},
		"the management account is not bound":     {func(c *kernel.Config) { bound(c, map[string]string{"b": noListing}) }, admin, ""},
		"a world that says nothing of them":       {func(c *kernel.Config) { c.World.Estate.Accounts["444455556666"] = estate.Account{} }, memberAdmin, ""},
		"no type of control policy is on":         {func(c *kernel.Config) { bound(c) }, memberAdmin, ""},
		"nobody could read them":                  {unread(org), memberAdmin, "twin does not know /accounts/444455556666/controls"},
		"nobody could read them; management":      {unread(org), admin, ""},
		"nobody could read them; no organization": {unread(estate.Absent[estate.Organization]()), memberAdmin, ""},
		"nobody could read anything":              {unread(estate.NotLooked[estate.Organization]("denied")), memberAdmin, "twin does not know /accounts/444455556666/controls"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, tc.change)
			r := w.call(tc.key, "us-east-1", "TrentService.ListKeys", "{}")
			if tc.want == "" && r.status == 200 {
				return
			}
			if message, _ := r.json(t)["message"].(string); tc.want == "" || !strings.Contains(message, tc.want) {
				t.Errorf("%d %s, want %q", r.status, r.body, tc.want)
			}
		})
	}
}

func TestWorldsWithMalformedPoliciesAreRefused(t *testing.T) {
	for name, change := range map[string]func(*kernel.Config){
		"boundary":       withBoundary("{"),
		"control policy": func(c *kernel.Config) { bound(c, map[string]string{"a": "{"}) },
	} {
		c := kernel.Config{World: world(), Services: services()}
		change(&c)
		if _, err := kernel.New(c); err == nil || !strings.Contains(err.Error(), "malformed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
