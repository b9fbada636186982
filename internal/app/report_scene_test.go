package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/spec"
)

const (
	sceneAccount = estate.AccountID("111122223333")
	sceneKey     = estate.KeyID("mrk-1234567890abcdef1234567890abcdef")
)

func sceneSpec() *spec.Spec {
	return &spec.Spec{Goal: spec.GoalDesktop, TargetRegion: "us-east-1", Quick: spec.Quick{Access: spec.Access{Account: sceneAccount}}}
}

func sceneEstate(edit func(*estate.Instance, *estate.Account)) *estate.Survey {
	inst := estate.Instance{Status: "ACTIVE", PrimaryRegion: "ap-south-1", Owner: sceneAccount,
		Regions:    estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive, "us-east-1": estate.RegionActive}),
		Encryption: estate.Of(estate.Encryption{KeyType: estate.CustomerManagedKey, KeyARN: estate.KeyARN("ap-south-1", sceneAccount, sceneKey)}),
		Users:      estate.Of(map[estate.UserID]estate.User{"u": {}}), Groups: estate.Of(map[estate.GroupID]estate.Group{})}
	account := estate.Account{Keys: map[estate.KeyID]estate.Key{sceneKey: {MultiRegion: true, Primary: "ap-south-1", Copies: map[estate.Region]estate.Known[estate.KeyCopy]{
		"ap-south-1": estate.Of(estate.KeyCopy{State: estate.KeyEnabled}), "us-east-1": estate.Of(estate.KeyCopy{State: estate.KeyEnabled})}}},
		Quick: estate.Of(estate.Quick{Name: "q", Edition: "ENTERPRISE", Status: estate.QuickCreated, IdentityRegion: estate.Of[estate.Region]("ap-south-1"),
			Assets: map[estate.Region]estate.Known[[]estate.Asset]{"us-east-1": estate.Of([]estate.Asset{})}})}
	edit(&inst, &account)
	return &estate.Survey{Estate: estate.Estate{IdentityCenter: estate.Of(inst), Accounts: map[estate.AccountID]estate.Account{sceneAccount: account}}}
}

// TestSightsOfParts: what nobody looked at is unknown, what is known not to be there is none, and neither is the other.
func TestSightsOfParts(t *testing.T) {
	for name, c := range map[string]struct {
		edit         func(*estate.Instance, *estate.Account)
		ic, key, q   Sight
		keyTitle     string
		links, state int // links, and those that are complete
	}{
		"all there": {func(*estate.Instance, *estate.Account) {}, There, There, None, "Key, replica", 2, 2},
		"replicating": {func(i *estate.Instance, _ *estate.Account) {
			i.Regions = estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive, "us-east-1": estate.RegionAdding})
		}, There, There, None, "Key, replica", 2, 1},
		"not replicated, no copy": {func(i *estate.Instance, a *estate.Account) {
			i.Regions = estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive})
			a.Keys[sceneKey].Copies["us-east-1"] = estate.Absent[estate.KeyCopy]()
		}, None, None, None, "Encryption key", 0, 0},
		"Regions not looked at, copy denied": {func(i *estate.Instance, a *estate.Account) {
			i.Regions = estate.NotLooked[map[estate.Region]estate.ReplicaState]("denied")
			a.Keys[sceneKey].Copies["us-east-1"] = estate.NotLooked[estate.KeyCopy]("denied")
		}, Unseen, Unseen, None, "Encryption key", 1, 0},
		"the key's account not read": {func(_ *estate.Instance, a *estate.Account) { a.Keys = nil }, There, Unseen, None, "Encryption key", 1, 1},
		"encryption not looked at": {func(i *estate.Instance, _ *estate.Account) {
			i.Encryption = estate.NotLooked[estate.Encryption]("denied")
		}, There, Unseen, None, "Encryption key", 1, 1},
		"AWS owned key": {func(i *estate.Instance, _ *estate.Account) {
			i.Regions = estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": estate.RegionActive})
			i.Encryption = estate.Of(estate.Encryption{KeyType: estate.AWSOwnedKey})
		}, None, None, None, "Encryption key", 0, 0},
		"single-Region key": {func(_ *estate.Instance, a *estate.Account) {
			a.Keys[sceneKey] = estate.Key{Primary: "ap-south-1", Copies: map[estate.Region]estate.Known[estate.KeyCopy]{"ap-south-1": estate.Of(estate.KeyCopy{State: estate.KeyEnabled})}}
		}, There, None, None, "Encryption key", 1, 1},
		"identity Region not known": {func(_ *estate.Instance, a *estate.Account) {
			a.Quick = estate.Of(estate.Quick{IdentityRegion: estate.NotLooked[estate.Region]("denied")})
		}, There, There, Unseen, "Key, replica", 2, 2},
		"Quick not looked at": {func(_ *estate.Instance, a *estate.Account) { a.Quick = estate.NotLooked[estate.Quick]("denied") }, There, There, Unseen, "Key, replica", 2, 2},
		"assets away from home": {func(_ *estate.Instance, a *estate.Account) {
			a.Quick = estate.Of(estate.Quick{IdentityRegion: estate.Of[estate.Region]("ap-south-1"), Assets: map[estate.Region]estate.Known[[]estate.Asset]{"us-east-1": estate.Of([]estate.Asset{{}})}})
		}, There, There, There, "Key, replica", 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneEstate(c.edit)
			scene := artist{wants: sceneSpec(), estate: s.Estate}.draw(Surveyed, s.Taken, regionsOf(sceneSpec(), s))
			p := placeOf(t, scene, "us-east-1")
			complete := 0
			for _, l := range scene.Links {
				if l.Sight == There {
					complete++
				}
			}
			got := []any{p.IdentityCenter.Sight, p.Key.Sight, p.Quick.Sight, p.Key.Title, len(scene.Links), complete}
			if d := cmp.Diff([]any{c.ic, c.key, c.q, c.keyTitle, c.links, c.state}, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestSceneOfNothingKnown(t *testing.T) {
	s := &estate.Survey{}
	regions := regionsOf(sceneSpec(), s, nil)
	if d := cmp.Diff([]estate.Region{"us-east-1"}, regions); d != "" {
		t.Errorf("Regions (-want +got)\n%s", d)
	}
	p := placeOf(t, artist{wants: sceneSpec(), estate: s.Estate}.draw(Surveyed, s.Taken, regions), "us-east-1")
	if p.IdentityCenter.Sight != Unseen || p.Key.Sight != Unseen || p.Quick.Sight != Unseen {
		t.Errorf("something was seen: %+v", p)
	}
}

func TestRegionsThatMatter(t *testing.T) {
	s := sceneEstate(func(i *estate.Instance, a *estate.Account) {
		i.Regions = estate.Of(map[estate.Region]estate.ReplicaState{"ap-south-1": "ACTIVE", "us-east-1": "ACTIVE", "eu-west-1": "ACTIVE"})
		a.Keys[sceneKey].Copies["ca-central-1"] = estate.Of(estate.KeyCopy{})
		a.Keys[sceneKey].Copies["sa-east-1"] = estate.Absent[estate.KeyCopy]()
	})
	if d := cmp.Diff([]estate.Region{"ap-south-1", "us-east-1", "ca-central-1", "eu-west-1"}, regionsOf(sceneSpec(), nil, s)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestVerdictOfAPart: the worst blocking finding speaks, a root before its consequences.
func TestVerdictOfAPart(t *testing.T) {
	fail := func(title, by string) diag.Finding {
		return diag.Finding{Status: diag.Fail, Title: title, CausedBy: by}
	}
	pass := diag.Finding{Status: diag.Pass, Title: "fine"}
	doubt := diag.Finding{Title: "who knows"}
	for name, c := range map[string]struct {
		in            []diag.Finding
		verdict, says string
	}{
		"nothing judges it":             {nil, "", ""},
		"a note does not count":         {[]diag.Finding{{Status: diag.Fail, Severity: diag.Note, Title: "x"}}, "", ""},
		"pass":                          {[]diag.Finding{pass}, "pass", "fine"},
		"a doubt beats a pass":          {[]diag.Finding{pass, doubt}, "unknown", "who knows"},
		"a failure beats a doubt":       {[]diag.Finding{doubt, fail("bad", ""), pass}, "fail", "bad"},
		"a root beats its consequences": {[]diag.Finding{fail("consequence", "root"), fail("root", "")}, "fail", "root"},
	} {
		t.Run(name, func(t *testing.T) {
			var p Part
			p.judge(c.in, func(diag.Finding) bool { return true })
			if p.Verdict != c.verdict || p.Judged != c.says {
				t.Errorf("got %q, %q", p.Verdict, p.Judged)
			}
		})
	}
}
