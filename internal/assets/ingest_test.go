package assets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// loader is SPICE: every ingestion takes some looks, and what is planted fails.
type loader struct {
	*target
	loads   map[string]*fakeLoad       // by dataset's ARN and id
	begun   map[estate.AssetRef]int    // how often
	fail    map[estate.AssetRef]string // "TYPE: message", CANCELLED, or refuse: of the call
	loaded  map[estate.AssetRef]bool
	early   []string // datasets that were begun before what they are made of
	running int
	most    int
}

type fakeLoad struct {
	left int
	done bool
}

func newLoader(w *target) *loader {
	return &loader{target: w, loads: map[string]*fakeLoad{}, begun: map[estate.AssetRef]int{}, fail: map[estate.AssetRef]string{}, loaded: map[estate.AssetRef]bool{}}
}

func (l *loader) StartIngestion(ctx context.Context, r estate.Region, dataset, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	broke := l.call(ctx, "ingest")
	if broke != nil && !(l.lost && errors.Is(broke, errBroken)) {
		return broke
	}
	at := estate.AssetRef{Region: r, Type: estate.AssetDataSet, ID: dataset}
	key := string(at.ARN(l.account)) + " " + id
	switch {
	case l.things[at] == nil || l.things[at].kind != spice:
		return errors.New("InvalidParameterValueException: not in SPICE")
	case strings.HasPrefix(l.fail[at], "refuse"):
		return errors.New(l.fail[at])
	case l.loads[key] != nil:
		return broke
	}
	for _, arn := range l.things[at].uses {
		if on, _, _ := estate.ParseAssetARN(arn); on.Type == estate.AssetDataSet && !l.loaded[on] {
			l.early = append(l.early, key)
		}
	}
	l.loads[key] = &fakeLoad{left: l.slow}
	l.begun[at]++
	l.running++
	l.most = max(l.most, l.running)
	return broke
}

func (l *loader) DescribeIngestion(ctx context.Context, r estate.Region, dataset, id string) (IngestionState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.call(ctx, "describe"); err != nil {
		return IngestionState{}, err
	}
	at := estate.AssetRef{Region: r, Type: estate.AssetDataSet, ID: dataset}
	j := l.loads[string(at.ARN(l.account))+" "+id]
	if j == nil {
		return IngestionState{}, fmt.Errorf("ResourceNotFoundException: %w", ErrNoJob)
	}
	if j.left--; j.left >= 0 {
		return IngestionState{Status: "RUNNING"}, nil
	}
	if !j.done {
		j.done = true
		l.running--
	}
	switch why := l.fail[at]; why {
	case "":
		l.loaded[at] = true
		return IngestionState{Status: loadCompleted, Rows: 7}, nil
	case "dropped":
		l.loaded[at] = true
		return IngestionState{Status: loadCompleted, Rows: 7, Dropped: 2}, nil
	case loadCancelled:
		return IngestionState{Status: loadCancelled}, nil
	default:
		return IngestionState{Status: loadFailed, Error: why}, nil
	}
}

// brought is a random estate that was imported, and its loader.
func brought(t *testing.T, seed int) (*shipment, *loader, IngestConfig) {
	t.Helper()
	r := seeded(seed)
	w := newWorld()
	w.random(r, 20+r.IntN(100))
	for _, x := range w.things {
		if x.kind == "NEWDB" {
			x.kind = "ATHENA"
		}
	}
	s := ship(t, w)
	c := s.config(t)
	if got, err := Import(t.Context(), c); err != nil || open(got.Findings) != "" {
		t.Fatal(seed, err, open(got.Findings))
	}
	s.to.slow = r.IntN(4)
	l := newLoader(s.to)
	return s, l, IngestConfig{Run: "run.1", Source: s.inv, Mapping: s.m, Regions: c.Regions, Ingester: l, Wait: noWait}
}

// inSpice are the datasets of a source that were brought and are in SPICE.
func (s *shipment) inSpice() (out []estate.AssetRef) {
	for ref, item := range bundled(s.inv) {
		if item.Kind == spice {
			out = append(out, ref)
		}
	}
	return sortedRefs(out)
}

// TestIngestOnRandomEstates: every dataset in SPICE is loaded once, after what it is made of; what is planted to fail is named, with what is
// made of it, and everything else is loaded.
func TestIngestOnRandomEstates(t *testing.T) {
	t.Parallel()
	for seed := range seeds() {
		s, l, c := brought(t, 9000+seed)
		all, r := s.inSpice(), seeded(seed)
		planted := map[estate.AssetRef]bool{}
		for _, ref := range all {
			if seed%2 == 1 && r.IntN(6) == 0 {
				planted[ref] = true
				l.fail[s.m.Ref(ref)] = []string{"SQL_TABLE_NOT_FOUND: no such table", loadCancelled, "refuse: LimitExceededException"}[r.IntN(3)]
			}
		}
		w := &shift{}
		var last IngestCount
		c.Wait, c.Workers, c.Progress, c.AtOnce = w.wait, w.workers, func(n IngestCount) { last = n }, 1+r.IntN(5)
		got, err := Ingest(t.Context(), c)
		if err != nil || len(got.Loads) != len(all) || l.most > c.AtOnce || len(l.early) > 0 || w.count != 0 || w.odd > 0 || last.Done+last.Failed+last.Waiting != len(all) || last.Running > 0 {
			t.Fatalf("seed %d: %v, %d of %d, %d at once, early %v, %+v, %+v", seed, err, len(got.Loads), len(all), l.most, l.early, w, last)
		}
		state := map[estate.AssetRef]Load{}
		for _, o := range got.Loads {
			state[o.Asset] = o
		}
		for _, o := range got.Loads {
			want := Done
			for _, arn := range bundled(s.inv)[o.Asset].Uses {
				if on, _, _ := estate.ParseAssetARN(arn); state[on].State == Failed || state[on].State == Waiting {
					want = Waiting
				}
			}
			if want == Done && planted[o.Asset] {
				want = Failed
			}
			if o.State != want || want == Done && (o.Rows != 7 || l.begun[o.At] != 1) || want == Waiting && (l.begun[o.At] > 0 || state[o.WaitsOn].State != Failed) || want == Failed && o.Problem == "" {
				t.Fatalf("seed %d: %+v, want %v", seed, o, want)
			}
		}
		if len(got.Findings) != last.Failed+last.Waiting || got.Loaded() != (len(got.Findings) == 0) {
			t.Fatalf("seed %d: %s", seed, open(got.Findings))
		}
		done := maps.Clone(l.begun)
		clear(l.fail)
		if got, err = Ingest(t.Context(), c); err != nil || !got.Loaded() {
			t.Fatalf("seed %d: again: %v\n%s", seed, err, open(got.Findings))
		}
		for at, times := range l.begun {
			if l.loaded[at] && done[at] == 1 && state[s.back(at)].State == Done && times != 1 {
				t.Fatalf("seed %d: %v was loaded %d times", seed, at, times)
			}
		}
	}
}

// back is the name at the source.
func (s *shipment) back(at estate.AssetRef) estate.AssetRef {
	for ref := range bundled(s.inv) {
		if s.m.Ref(ref) == at {
			return ref
		}
	}
	return estate.AssetRef{}
}

// TestIngestIsKilled: a call breaks, with its effect or without, or the context ends; the next one ends as one alone does, and loads nothing
// twice.
func TestIngestIsKilled(t *testing.T) {
	t.Parallel()
	s := ship(t, linked())
	cfg := s.config(t)
	if _, err := Import(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"interrupted", "broken", "broken after its effect"} {
		for n := 1; ; n += stride(n) {
			l := newLoader(s.to)
			ctx, cancel := context.WithCancel(t.Context())
			s.to.calls, s.to.slow, s.to.failAt, s.to.lost, s.to.onCall = 0, 1, n, how == "broken after its effect", nil
			if how == "interrupted" {
				s.to.failAt, s.to.onCall = 0, func(string) error {
					if s.to.calls >= n {
						cancel()
					}
					return ctx.Err()
				}
			}
			c := IngestConfig{Run: "r", Source: s.inv, Mapping: s.m, Regions: cfg.Regions, Ingester: l, Wait: noWait}
			got, err := Ingest(ctx, c)
			if cancel(); s.to.calls < n {
				if err != nil || !got.Loaded() {
					t.Fatal(n, err)
				}
				break
			}
			if how == "interrupted" && diag.ExitCode(err) != diag.ExitInterrupted || how != "interrupted" && (err != nil || got.Loaded()) {
				t.Fatalf("call %d, %s: %v\n%s", n, how, err, open(got.Findings))
			}
			s.to.failAt, s.to.onCall = 0, nil
			if got, err = Ingest(t.Context(), c); err != nil || !got.Loaded() || len(got.Loads) != 90 || len(l.loaded) != 90 {
				t.Fatalf("call %d, %s: the next: %v, %d\n%s", n, how, err, len(got.Loads), open(got.Findings))
			}
			for at, times := range l.begun {
				if times != 1 {
					t.Fatalf("call %d, %s: %v was loaded %d times", n, how, at, times)
				}
			}
		}
	}
}

// TestIngestSaysWhy: the words of AWS and what to do.
func TestIngestSaysWhy(t *testing.T) {
	for problem, want := range map[string]struct{ status, cause, fix string }{
		"":        {},
		"dropped": {"MIG-26 fail warn asset/ap-south-1/dataset/d", "could not read", "compare"},
		"ACCOUNT_CAPACITY_LIMIT_EXCEEDED: SPICE is full": {"MIG-26 fail block asset/ap-south-1/dataset/d", "SPICE is full", "buy more of it in us-east-1"},
		"CUSTOMER_ERROR: odd":                            {"MIG-26 fail block asset/ap-south-1/dataset/d", "odd", "mend what it names"},
		loadCancelled:                                    {"MIG-26 fail block asset/ap-south-1/dataset/d", "CANCELLED", "mend"},
		"refuse: LimitExceededException: 32 a day":       {"MIG-26 fail block asset/ap-south-1/dataset/d", "32 a day", "mend"},
	} {
		s := ship(t, tiny())
		cfg := s.config(t)
		if _, err := Import(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		l := newLoader(s.to)
		l.fail[ref("us-east-1 dataset d")] = problem
		c := IngestConfig{Run: "r", Source: s.inv, Mapping: s.m, Regions: cfg.Regions, Ingester: l, Wait: noWait}
		got, err := Ingest(t.Context(), c)
		if err != nil || open(got.Findings) != want.status || len(got.Loads) != 1 {
			t.Errorf("%s: %v\n%s", problem, err, open(got.Findings))
			continue
		}
		if f := slices.Concat(got.Findings, []diag.Finding{{}})[0]; !strings.Contains(f.Cause, want.cause) || !strings.Contains(f.Fix, want.fix) {
			t.Errorf("%s: %s; %s", problem, f.Cause, f.Fix)
		}
	}
}

// TestIngestIsNotSureWhenItCannotLook: a Region that cannot be listed may hold datasets, and what never ends is not loaded.
func TestIngestIsNotSureWhenItCannotLook(t *testing.T) {
	s := ship(t, tiny())
	cfg := s.config(t)
	if _, err := Import(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	l := newLoader(s.to)
	c := IngestConfig{Run: "r", Source: s.inv, Mapping: s.m, Regions: cfg.Regions, Ingester: l, Wait: noWait}
	s.to.shut["us-east-1 dataset"] = true
	if got, err := Ingest(t.Context(), c); err != nil || open(got.Findings) != "MIG-26 unknown block datasets/us-east-1" {
		t.Errorf("%v\n%s", err, open(got.Findings))
	}
	clear(s.to.shut)
	s.to.slow = 1 << 30
	if got, err := Ingest(t.Context(), c); err != nil || open(got.Findings) != "MIG-26 fail block asset/ap-south-1/dataset/d" || !strings.Contains(got.Findings[0].Cause, "RUNNING after 12h") {
		t.Errorf("%v\n%s", err, open(got.Findings))
	}
	s.to.onCall = func(what string) error {
		if what == "describe" {
			return fmt.Errorf("ThrottlingException: %w", ErrBusy)
		}
		return nil
	}
	if got, err := Ingest(t.Context(), c); err != nil || open(got.Findings) != "MIG-26 fail block asset/ap-south-1/dataset/d" {
		t.Errorf("%v\n%s", err, open(got.Findings))
	}
}

func TestIngestionID(t *testing.T) {
	if a := IngestionID("run one/ü", 32); notInJob.MatchString(a) || len(a) > 128 || a == IngestionID("run two", 32) || a == IngestionID("run one/ü", 1) {
		t.Error(a)
	}
}
