package assets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// TestImportOnRandomEstates: whatever the estate, the target is equal to it but for the names that are mapped, and nothing is lost.
func TestImportOnRandomEstates(t *testing.T) {
	for part := range 4 {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := range seeds() {
				importRandom(t, 5000+100*part+seed)
			}
		})
	}
}

func importRandom(t *testing.T, seed int) {
	r := seeded(seed)
	w := newWorld()
	w.random(r, r.IntN(120))
	w.people(r.IntN)
	for _, x := range w.things {
		if x.kind == "NEWDB" { // nobody knows whether bundles carry it: it is in no vault, and what needs it cannot be imported
			x.kind = "ATHENA"
		}
	}
	s := ship(t, w)
	s.to.slow = r.IntN(3)
	c := s.config(t)
	got, err := Import(t.Context(), c)
	if err != nil || open(got.Findings) != "" || s.to.most > MaxInFlight {
		t.Fatalf("seed %d: %v, %d at once\n%s", seed, err, s.to.most, open(got.Findings))
	}
	s.whole(t, c, got.Outcomes, fmt.Sprint("seed ", seed))
	for _, o := range got.Outcomes {
		if o.State != Done || o.Job == "" || o.Read.Hash == "" || o.Read.Mended != nil {
			t.Fatalf("seed %d: %+v", seed, o)
		}
	}
	jobs := len(s.to.imports)
	again, err := Import(t.Context(), c)
	if err != nil || len(s.to.imports) != jobs || len(again.Outcomes) != len(got.Outcomes) {
		t.Fatalf("seed %d: %v, %d jobs became %d", seed, err, jobs, len(s.to.imports))
	}
	if left, _ := os.ReadDir(c.Temp); len(left) > 0 {
		t.Fatalf("seed %d: %d files are left", seed, len(left))
	}
}

// linked is a world of two Regions in which everything hangs together, small enough to fail at every call.
func linked() *world {
	w := newWorld()
	for _, region := range []string{"ap-south-1", "us-east-1"} {
		v, s, f := ref(region+" vpcConnection v"), ref(region+" datasource s"), ref(region+" folder f")
		w.put(v, "")
		w.put(s, "ATHENA", v)
		w.put(f, "SHARED")
		for i := range 45 {
			d, a := ref(fmt.Sprintf("%s dataset d%d", region, i)), ref(fmt.Sprintf("%s analysis a%d", region, i))
			w.put(d, "SPICE", s)
			w.put(a, "", d)
			w.put(ref(fmt.Sprintf("%s refresh-schedule d%d/daily", region, i)), "", d)
			w.things[f].members = append(w.things[f].members, a.ARN(account))
		}
	}
	return w
}

// TestImportIsKilled: a call breaks, with its effect or without; a second import ends as one alone does, and imports nothing twice. The first
// calls break one by one, later ones ever further apart.
func TestImportIsKilled(t *testing.T) {
	t.Parallel()
	s := ship(t, linked())
	for _, lost := range []bool{false, true} {
		for n := 1; ; n += stride(n) {
			s.to = newTarget(there)
			s.to.failAt, s.to.lost = n, lost
			c := s.config(t)
			got, err := Import(t.Context(), c)
			if s.to.calls < n {
				if t.Logf("%d calls", s.to.calls); err != nil || n < 100 {
					t.Fatal(err)
				}
				break
			}
			var e *diag.Error
			if err != nil && (!errors.As(err, &e) || e.Code != "import/broken" || !errors.Is(err, errBroken) || len(e.Fix) == 0) {
				t.Fatalf("call %d: %v", n, err)
			}
			if err == nil && open(got.Findings) == "" {
				t.Fatalf("call %d: nobody has seen that it broke", n)
			}
			s.to.failAt = 0
			if got, err = Import(t.Context(), c); err != nil || open(got.Findings) != "" {
				t.Fatalf("call %d: the second import: %v\n%s", n, err, open(got.Findings))
			}
			s.whole(t, c, got.Outcomes, fmt.Sprint("call ", n))
		}
	}
}

// TestImportIsInterrupted: the context ends, at the same calls.
func TestImportIsInterrupted(t *testing.T) {
	beyondShort(t)
	t.Parallel()
	s := ship(t, linked())
	for n := 1; ; n += stride(n) {
		s.to = newTarget(there)
		ctx, cancel := context.WithCancel(t.Context())
		s.to.onCall = func(string) error {
			if s.to.calls >= n {
				cancel()
			}
			return ctx.Err()
		}
		c := s.config(t)
		_, err := Import(ctx, c)
		cancel()
		if s.to.calls < n {
			return
		}
		if diag.ExitCode(err) != diag.ExitInterrupted || !errors.Is(err, context.Canceled) {
			t.Fatalf("call %d: %v", n, err)
		}
		s.to.onCall = nil
		got, err := Import(t.Context(), c)
		if err != nil || open(got.Findings) != "" {
			t.Fatalf("call %d: the second import: %v\n%s", n, err, open(got.Findings))
		}
		s.whole(t, c, got.Outcomes, fmt.Sprint("call ", n))
	}
}

// TestPlantedLossIsFound: Quick says that all went well, and one thing is not there.
func TestPlantedLossIsFound(t *testing.T) {
	t.Parallel()
	for what, at := range map[string]struct{ from, to, part string }{
		"permission": {"ap-south-1 analysis a7", "us-east-1 analysis a7", partPermissions},
		"tag":        {"ap-south-1 dataset d7", "us-east-1 dataset d7", partTags},
		"folder":     {"us-east-1 analysis a7", "us-east-2 analysis a7", partFolders},
		"asset":      {"us-east-1 refresh-schedule d7/daily", "us-east-2 refresh-schedule d7/daily", ""},
	} {
		for _, mend := range []bool{false, true} {
			s := ship(t, linked())
			s.to.skip = func(w string, r estate.AssetRef) bool { return w == what && r == ref(at.to) }
			c := s.config(t)
			if !mend {
				c.Granter = nil
			}
			got, err := Import(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			lost := s.ledger(t, c, got.Outcomes).Lost()
			if mend && at.part != "" {
				if open(got.Findings) != "" || len(lost) > 0 || s.to.mended != 1 {
					t.Errorf("%s: mended %d times, lost %+v\n%s", what, s.to.mended, lost, open(got.Findings))
				}
				continue
			}
			want := "MIG-27 fail block " + subject(ref(at.to))
			if at.part == "" {
				want = "MIG-20 fail block " + subject(ref(at.from))
			}
			if open(got.Findings) != want || len(lost) != 1 || lost[0].Asset != ref(at.from) || strings.Join(lost[0].Differs, "") != at.part || lost[0].Job == "" {
				t.Errorf("%s: lost %+v\n%s", what, lost, open(got.Findings))
			}
		}
	}
}

// TestAFailureStaysWithItsDependants: what fails is left out, what needs it waits, and everything else arrives; later the rest follows.
func TestAFailureStaysWithItsDependants(t *testing.T) {
	s := ship(t, linked())
	s.to.refuse[ref("us-east-1 dataset d7")] = "it is too large"
	c := s.config(t)
	got, err := Import(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	want := "MIG-20 fail block asset/ap-south-1/analysis/a7\nMIG-20 fail block asset/ap-south-1/dataset/d7\nMIG-20 fail block asset/ap-south-1/refresh-schedule/d7/daily"
	if open(got.Findings) != want || got.Findings[0].CausedBy != "MIG-20 asset/ap-south-1/dataset/d7" || !strings.Contains(got.Findings[1].Cause, "too large") {
		t.Errorf("%s\n%+v", open(got.Findings), got.Findings)
	}
	if lost := s.ledger(t, c, got.Outcomes).Lost(); len(lost) != 3 {
		t.Errorf("%+v", lost)
	}
	clear(s.to.refuse)
	if got, err = Import(t.Context(), c); err != nil || open(got.Findings) != "" {
		t.Fatalf("%v\n%s", err, open(got.Findings))
	}
	s.whole(t, c, got.Outcomes, "the second import")
}

// TestAnUnnamedNetworkIsNotGuessed: a connection that nobody told where to go is not imported, nor what needs it; the other Region is.
func TestAnUnnamedNetworkIsNotGuessed(t *testing.T) {
	s := ship(t, linked())
	c := s.config(t)
	delete(c.Networks, ref("ap-south-1 vpcConnection v"))
	got, err := Import(t.Context(), c)
	sums := s.ledger(t, c, got.Outcomes).Sums()
	if err != nil || sums[Lost] != 2+45*3 || sums[Moved] != 3+45*3+1 {
		t.Errorf("%v, %v", err, sums)
	}
}

// TestImportThrottlingAdapts: fewer jobs at once while Quick is busy.
func TestImportThrottlingAdapts(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for i := range 600 {
		w.put(ref(fmt.Sprintf("ap-south-1 theme t%d", i)), "")
	}
	s := ship(t, w)
	for _, room := range []int{1, 2, 5} {
		s.to = newTarget(there)
		s.to.room, s.to.slow = room, 3
		s.to.onCall = func(what string) error {
			if what == "describe" && s.to.calls%5 == 0 {
				return fmt.Errorf("ThrottlingException: %w", ErrBusy)
			}
			return nil
		}
		c := s.config(t)
		var last ImportCount
		c.Progress = func(n ImportCount) { last = n }
		got, err := Import(t.Context(), c)
		if err != nil || open(got.Findings) != "" || s.to.most > room || last.Done != 600 || last.Jobs != 0 || last.Running != 0 {
			t.Fatalf("room for %d: %v, %d at once, %+v", room, err, s.to.most, last)
		}
		s.whole(t, c, got.Outcomes, "busy")
	}
}

func TestImportPatienceEnds(t *testing.T) {
	beyondShort(t)
	s := ship(t, linked())
	for name, set := range map[string]func(*target){
		"no room":       func(w *target) { w.busy = func() bool { return true } },
		"never ends":    func(w *target) { w.slow = 1 << 30 },
		"no connection": func(w *target) { w.onCall = func(string) error { return errBroken } },
	} {
		s.to = newTarget(there)
		set(s.to)
		if _, err := Import(t.Context(), s.config(t)); diag.ExitCode(err) != diag.ExitFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTrialImport: a prefix keeps what is there apart from what comes, in the same account and Region, even across bundles.
func TestTrialImport(t *testing.T) {
	w := linked()
	s := ship(t, w)
	s.m = Mapping{OldAccount: account, NewAccount: account}
	s.to.account = account
	c := s.config(t)
	c.Prefix = "try-"
	got, err := Import(t.Context(), c)
	if err != nil || open(got.Findings) != "" || len(s.to.things) != len(bundled(s.inv)) {
		t.Fatalf("%v, %d things\n%s", err, len(s.to.things), open(got.Findings))
	}
	for ref := range s.to.things {
		if !strings.HasPrefix(ref.ID, "try-") {
			t.Errorf("%v has no prefix", ref)
		}
	}
}

// TestRegionsThatMeet: nothing is begun when assets would become one.
func TestRegionsThatMeet(t *testing.T) {
	s := ship(t, linked())
	s.m.Regions["us-east-1"] = "us-east-1"
	got, err := Import(t.Context(), s.config(t))
	if diag.ExitCode(err) != diag.ExitBlocked || s.to.calls > 0 || len(got.Findings) != 3+3*45 {
		t.Errorf("%v, %d calls, %d findings", err, s.to.calls, len(got.Findings))
	}
}

// TestSchedulesBeginInTheFuture: those that would have begun already begin soon, and the others when they were to.
func TestSchedulesBeginInTheFuture(t *testing.T) {
	now := time.Date(2026, 12, 1, 10, 0, 30, 0, time.UTC)
	for content, want := range map[string]string{
		`{"startAfterDateTime":"2027-03-01T05:00:00Z"}`: "2027-03-01T05:00:00Z",
		`{"startAfterDateTime":1803880800}`:             "2027-03-01T06:00:00Z",
		`{"startAfterDateTime":"2026-01-01T05:00:00Z"}`: "2026-12-01T12:00:00Z",
		`{"startAfterDateTime":"soon"}`:                 "2026-12-01T12:00:00Z",
		`{}`:                                            "2026-12-01T12:00:00Z",
		``:                                              "2026-12-01T12:00:00Z",
	} {
		if got := startOf([]byte(content), now).Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", content, got, want)
		}
	}
}

// hand is a vault of two bundles by hand, without files.
func hand(w *world, t *testing.T, bundles ...string) *cargo {
	t.Helper()
	c := &Contents{}
	for n, list := range bundles {
		b := Bundle{Job: fmt.Sprintf("ap-south-1/%03d", n+1), Region: home}
		for _, word := range strings.Split(list, ",") {
			r := ref("ap-south-1 " + word)
			b.Asked = append(b.Asked, AssetID{Type: r.Type, ID: r.ID})
			b.Entries = append(b.Entries, Entry{AssetID: b.Asked[len(b.Asked)-1]})
		}
		c.Bundles = append(c.Bundles, b)
	}
	return newCargo(c, w.take(t))
}

// TestParcels: bundles that would wait for each other are cut, what others wait for comes first, and what cannot be brought in any order
// stays together.
func TestParcels(t *testing.T) {
	w := newWorld()
	d1, d2 := ref("ap-south-1 dataset d1"), ref("ap-south-1 dataset d2")
	w.put(d1, "SPICE")
	w.put(d2, "SPICE")
	w.put(ref("ap-south-1 analysis a1"), "", d1)
	w.put(ref("ap-south-1 analysis a2"), "", d2)
	for want, bundles := range map[string][]string{
		"001.1:dataset d1,analysis a1 002.1:dataset d2,analysis a2":             {"dataset d1,analysis a1", "dataset d2,analysis a2"},
		"002.1:dataset d1 001.1:analysis a1":                                    {"analysis a1", "dataset d1"},
		"001.1:dataset d1 002.1:dataset d2 001.2:analysis a2 002.2:analysis a1": {"dataset d1,analysis a2", "dataset d2,analysis a1"},
	} {
		var got []string
		for _, p := range hand(w, t, bundles...).parcels {
			var names []string
			for _, ref := range p.assets {
				names = append(names, string(ref.Type)+" "+ref.ID)
			}
			got = append(got, fmt.Sprintf("%s.%d:%s", strings.TrimPrefix(p.bundle.Job, "ap-south-1/"), p.part, strings.Join(names, ",")))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
		}
	}
	many := newWorld()
	list := []string{}
	for i := range 20 {
		d := ref(fmt.Sprintf("ap-south-1 dataset d%d", i))
		many.put(d, "SPICE")
		list = append(list, "dataset "+d.ID)
		for n := range 4 {
			many.put(ref(fmt.Sprintf("ap-south-1 refresh-schedule %s/s%d", d.ID, n)), "", d)
			list = append(list, fmt.Sprintf("refresh-schedule %s/s%d", d.ID, n))
		}
	}
	if p := hand(many, t, strings.Join(list, ",")).parcels; len(p) != 2 || len(p[0].assets)+len(p[1].assets) != 100 {
		t.Errorf("%d parcels for 80 schedules", len(p))
	}
}

// TestNoPasswordIsShown: whatever prints an import's changes.
func TestNoPasswordIsShown(t *testing.T) {
	o := Overrides{Credentials: []Credential{{ID: "s", User: "u", Password: "hunter2"}}}
	if text := fmt.Sprintf("%v %+v %#v %s", o, o, o, o); strings.Contains(text, "hunter2") {
		t.Error(text)
	}
}
