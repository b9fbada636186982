package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

func (w *target) Delete(ctx context.Context, at estate.AssetRef) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	broke := w.call(ctx, "delete")
	if broke != nil && !(w.lost && errors.Is(broke, errBroken)) {
		return broke
	}
	t := w.things[at]
	if t == nil {
		return broke
	}
	if why, ok := w.stuck[at]; ok {
		if why == "" {
			return nil
		}
		return errors.New(why)
	}
	if at.Type == estate.AssetFolder && len(t.members) > 0 {
		return errors.New("PreconditionNotMetException: the folder is not empty")
	}
	for ref, other := range w.things {
		if ref.Type == at.Type && at.Type == estate.AssetFolder && slices.Contains(other.uses, at.ARN(account)) {
			return errors.New("PreconditionNotMetException: a folder is in the folder")
		}
		if ofTrial(ref.ID) && slices.Contains(other.uses, at.ARN(account)) && ref.Type != at.Type {
			return fmt.Errorf("%v is used by %v", at, ref)
		}
	}
	w.deleted = append(w.deleted, at)
	if at.Type == estate.AssetVPCConnection {
		if _, going := w.going[at]; !going {
			w.going[at] = 3
		}
		return broke
	}
	w.drop(at)
	return broke
}

func (w *target) Importing(ctx context.Context, r estate.Region) (out []string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call(ctx, "jobs"); err != nil {
		return nil, err
	}
	for id, j := range w.imports {
		if j.region != r || j.state != nil {
			continue
		}
		if j.left--; j.left >= 0 { // it goes on, whoever looks
			out = append(out, id)
			continue
		}
		w.running--
		j.state = &ImportState{Status: exportSuccessful}
		for _, ref := range j.order {
			w.place(ref, j)
		}
	}
	return out, nil
}

// shot is everything that is there, as text.
func (w *world) shot() string {
	var out []string
	for ref, t := range w.things {
		members := slices.Sorted(slices.Values(t.members))
		out = append(out, fmt.Sprint(ref, t.Asset, t.kind, t.uses, members, t.grants, t.tags))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// trying is a vault that is tried in the account that it comes from.
func trying(t testing.TB, w *world) *shipment {
	s := ship(t, w)
	s.to.world, s.to.account = w, account
	return s
}

func (s *shipment) trial(t testing.TB) TrialConfig {
	return TrialConfig{ImportConfig: s.config(t), Remover: s.to}
}

func (s *shipment) clear(t testing.TB) *Cleared {
	t.Helper()
	got, err := RemoveTrial(t.Context(), RemoveConfig{Account: account, Regions: s.config(t).Regions, Remover: s.to, Wait: noWait})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestTrialOnRandomEstates: everything can be imported, and afterwards everything is as it was before.
func TestTrialOnRandomEstates(t *testing.T) {
	for part := range 4 {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := range seeds() {
				tryRandom(t, 7000+100*part+seed)
			}
		})
	}
}

func tryRandom(t *testing.T, seed int) {
	r := seeded(seed)
	w := newWorld()
	w.random(r, r.IntN(120))
	w.people(r.IntN)
	for _, x := range w.things {
		if x.kind == "NEWDB" {
			x.kind = "ATHENA"
		}
	}
	s := trying(t, w)
	if r.IntN(3) == 0 {
		s.m.Regions = nil // nothing moves: it is tried beside what is there
	}
	if r.IntN(2) == 0 {
		s.to.caller = estate.QuickARN(home, account, "user/default/me")
	}
	s.to.slow = r.IntN(3)
	before, c, crew := w.shot(), s.trial(t), &shift{}
	var last RemoveCount
	c.Wait, c.Workers, c.Removing = crew.wait, nil, func(n RemoveCount) { last = n }
	got, err := Trial(t.Context(), c)
	if err != nil || open(got.Findings) != "" || !got.Passed() {
		t.Fatalf("seed %d: %v\n%s", seed, err, open(got.Findings))
	}
	if now := w.shot(); now != before {
		t.Fatalf("seed %d: before\n%s\nafter\n%s", seed, before, now)
	}
	all := bundled(s.inv)
	if len(got.Outcomes) != len(all) || got.Removed != len(all) || last.Removed+last.Running > last.Found || s.to.most > MaxInFlight {
		t.Fatalf("seed %d: %d outcomes, %d removed of %d; %+v", seed, len(got.Outcomes), got.Removed, len(all), last)
	}
	for _, o := range got.Outcomes {
		if o.State != Done || o.Job == "" || o.Read.Hash == "" || len(o.Read.Differs) > 0 || !strings.HasPrefix(o.At.ID, TrialPrefix("run.1")) || o.At.Region != s.m.Region(o.Asset.Region) {
			t.Fatalf("seed %d: %+v", seed, o)
		}
	}
	for _, ref := range s.to.deleted {
		if !ofTrial(ref.ID) {
			t.Fatalf("seed %d: %v was deleted", seed, ref)
		}
	}
}

// TestTrialIsKilled: it is interrupted, or a call breaks; whatever is left then is found and removed by whoever comes next.
func TestTrialIsKilled(t *testing.T) {
	beyondShort(t)
	t.Parallel()
	w := linked()
	s := trying(t, w)
	s.m.Regions = map[estate.Region]estate.Region{home: "us-east-1", "us-east-1": "us-east-2"}
	before := w.shot()
	for n := 1; ; n += 2 + stride(n) {
		for _, how := range []string{"interrupted", "broken", "broken after its effect"} {
			ctx, cancel := context.WithCancel(t.Context())
			s.to = newTarget(account)
			s.to.world, w.calls, w.running, s.to.slow = w, 0, 0, n%4
			w.failAt, s.to.lost, w.onCall = n, how == "broken after its effect", nil
			if how == "interrupted" {
				w.failAt, w.onCall = 0, func(string) error {
					if w.calls >= n {
						cancel()
					}
					return ctx.Err()
				}
			}
			got, err := Trial(ctx, s.trial(t))
			if cancel(); w.calls < n {
				if err != nil || n < 100 {
					t.Fatal(n, err)
				}
				return
			}
			if how == "interrupted" && diag.ExitCode(err) != diag.ExitInterrupted {
				t.Fatalf("call %d, %s: %v", n, how, err)
			}
			if inv := w.take2(t); how == "broken" && err == nil && got.Passed() && inv.Trials > 0 {
				t.Fatalf("call %d, %s: passed, and %d are left", n, how, inv.Trials)
			}
			w.failAt, w.onCall = 0, nil
			if c := s.clear(t); open(c.Findings) != "" || len(c.Left) > 0 || w.shot() != before {
				t.Fatalf("call %d, %s: left %v\n%s", n, how, c.Left, open(c.Findings))
			}
			if n%7 > 0 {
				continue
			}
			if got, err := Trial(t.Context(), s.trial(t)); err != nil || open(got.Findings) != "" || w.shot() != before {
				t.Fatalf("call %d, %s: the next trial: %v\n%s", n, how, err, open(got.Findings))
			}
		}
	}
}

// take2 takes the inventory of every Region of a trial.
func (w *world) take2(t testing.TB) *Inventory {
	w.failAt, w.onCall = 0, nil
	return w.take(t)
}

// TestTrialNamesWhatFails: what cannot be imported and its bundle, what cannot be removed, and what cannot be looked at.
func TestTrialNamesWhatFails(t *testing.T) {
	beyondShort(t)
	prefix := TrialPrefix("run.1")
	at := func(text string) estate.AssetRef { r := ref(text); r.ID = prefix + r.ID; return r }
	for name, c := range map[string]struct {
		plant func(*target, *TrialConfig)
		want  []string
		left  int
	}{
		"one cannot be imported": {func(w *target, _ *TrialConfig) { w.refuse[at("us-east-1 analysis a7")] = "it is too large" },
			[]string{"MIG-16 fail block vault/ap-south-1/002.qs", "MIG-20 fail block asset/ap-south-1/analysis/a7"}, 0},
		"one silently does not come": {func(w *target, _ *TrialConfig) {
			w.skip = func(what string, r estate.AssetRef) bool { return what == "asset" && r == at("us-east-1 analysis a7") }
		}, []string{"MIG-16 fail block vault/ap-south-1/002.qs", "MIG-20 fail block asset/ap-south-1/analysis/a7"}, 0},
		"one cannot be removed": {func(w *target, _ *TrialConfig) {
			w.stuck = map[estate.AssetRef]string{at("us-east-2 dashboard b"): "AccessDeniedException"}
		}, []string{"MIG-16 fail block asset/us-east-2/dashboard/" + prefix + "b"}, 1},
		"one only says that it goes": {func(w *target, _ *TrialConfig) { w.stuck = map[estate.AssetRef]string{at("us-east-2 dashboard b"): ""} },
			[]string{"MIG-16 fail block asset/us-east-2/dashboard/" + prefix + "b"}, 1},
		"a list is refused": {func(w *target, c *TrialConfig) {
			c.Progress = func(n ImportCount) {
				if n.Done == n.Assets {
					w.mu.Lock()
					defer w.mu.Unlock()
					w.shut["us-east-2 dashboard"] = true
				}
			}
		}, []string{"MIG-16 unknown block trial/us-east-2/dashboard"}, 1},
		"a Region is not known": {func(_ *target, c *TrialConfig) { c.Regions["eu-west-3"] = estate.NotLooked[Door]("denied") },
			[]string{"MIG-16 unknown block trial/eu-west-3"}, 0},
		"a Region is absent": {func(_ *target, c *TrialConfig) { c.Regions["eu-west-3"] = estate.Absent[Door]() }, nil, 0},
		"a job does not come to an end": {func(w *target, _ *TrialConfig) {
			w.imports[prefix+"import-x"] = &fakeImport{region: "us-east-2", left: 1 << 30}
		}, []string{"MIG-16 unknown block trial/us-east-2/import-job"}, 0},
		"a job of somebody else": {func(w *target, _ *TrialConfig) {
			w.imports["nightly"] = &fakeImport{region: "us-east-2", left: 1 << 30}
		}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := linked()
			w.put(ref("us-east-1 dashboard b"), "")
			s := trying(t, w)
			s.m.Regions = map[estate.Region]estate.Region{home: "us-east-1", "us-east-1": "us-east-2"}
			cfg := s.trial(t)
			c.plant(s.to, &cfg)
			got, err := Trial(t.Context(), cfg)
			if err != nil || open(got.Findings) != strings.Join(c.want, "\n") || got.Passed() != (c.want == nil) {
				t.Errorf("%v\n%s", err, open(got.Findings))
			}
			for _, f := range got.Findings {
				if f.Title == "" || f.Cause == "" && len(f.Evidence) == 0 || f.Fix == "" {
					t.Errorf("%+v", f)
				}
			}
			clear(w.shut)
			inv := w.take(t)
			if found := open(inv.Leavings()); inv.Trials != c.left || (found != "") != (c.left > 0) {
				t.Errorf("%d left: %s", inv.Trials, found)
			}
			s.to.stuck, s.to.imports = nil, map[string]*fakeImport{}
			if rest := s.clear(t); len(rest.Removed) != c.left || len(rest.Left) > 0 {
				t.Errorf("%+v", rest)
			}
		})
	}
}

// TestTrialIsNotCounted: what a trial left is in no inventory, makes no vault stale, and is said to be there.
func TestTrialIsNotCounted(t *testing.T) {
	w := tiny()
	dir := exported(t, w)
	before := w.take(t)
	made := ref("ap-south-1 dataset " + TrialPrefix("r") + "d")
	w.put(made, "SPICE")
	w.put(ref("ap-south-1 refresh-schedule "+made.ID+"/"+TrialPrefix("r")+"daily"), "", made)
	w.things[ref("ap-south-1 folder f")].members = append(w.things[ref("ap-south-1 folder f")].members, made.ARN(account))
	after := w.take(t)
	if after.Trials != 1 || open(after.Leavings()) != "MIG-16 fail warn trial" {
		t.Errorf("%d: %s", after.Trials, open(after.Leavings()))
	}
	after.All(func(ref estate.AssetRef, item *Item) bool {
		if ofTrial(ref.ID) || strings.Contains(fmt.Sprint(*item), trialMark) {
			t.Errorf("%v: %+v", ref, item)
		}
		return true
	})
	v := verified(t, dir)
	if fresh, was := Compare(v.Contents, v.Inventory, after), Compare(v.Contents, v.Inventory, before); open(fresh) != strings.Trim(open(was)+"\nMIG-16 fail warn trial", "\n") {
		t.Error(open(fresh))
	}
	l := NewLedger(LedgerConfig{Source: v.Inventory, Target: after})
	if len(l.Lines) != 7 || len(l.Lost()) > 0 {
		t.Errorf("%v", l.Sums())
	}
}

// TestTrialStandsOnNothingElse: what the old account lends to a trial is named, for it goes.
func TestTrialStandsOnNothingElse(t *testing.T) {
	w := tiny()
	w.put(ref("us-east-1 datasource odd"), "NEWDB")
	w.broken[ref("us-east-1 datasource odd")] = "named: it cannot be exported"
	w.put(ref("us-east-1 dataset on"), "SPICE", ref("us-east-1 datasource odd"))
	s := trying(t, w)
	s.m.Regions = nil
	got, err := Trial(t.Context(), s.trial(t))
	if err != nil || open(got.Findings) != "MIG-16 fail block asset/us-east-1/dataset/on" {
		t.Errorf("%v\n%s", err, open(got.Findings))
	}
}

func TestTrialPrefix(t *testing.T) {
	a, b := TrialPrefix("run-1"), TrialPrefix("run-2")
	if a == b || a != TrialPrefix("run-1") || len(a) != len(trialMark)+9 || notInJob.MatchString(a) || !bundleID.MatchString(a) {
		t.Error(a, b)
	}
}
