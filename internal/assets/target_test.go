package assets

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// rich is a world whose bundles hold permissions, tags and folders as well.
type rich struct{ *world }

// written is an entry of such a bundle, in the members of the twin.
type written struct {
	Type        string              `json:"resourceType"`
	Analysis    string              `json:"analysisId,omitzero"`
	Dashboard   string              `json:"dashboardId,omitzero"`
	DataSet     string              `json:"dataSetId,omitzero"`
	DataSource  string              `json:"dataSourceId,omitzero"`
	Folder      string              `json:"folderId,omitzero"`
	Theme       string              `json:"themeId,omitzero"`
	Network     string              `json:"vpcConnectionId,omitzero"`
	Schedule    map[string]any      `json:"schedule,omitzero"`
	Name        string              `json:"name"`
	Kind        string              `json:"kind,omitzero"`
	Uses        []estate.ARN        `json:"uses,omitzero"`
	Permissions []estate.AssetGrant `json:"permissions,omitzero"`
	Tags        map[string]string   `json:"tags,omitzero"`
	Folders     []estate.ARN        `json:"folderMemberships,omitzero"`
}

func (w rich) Download(_ context.Context, url string, to io.Writer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	id, _, _ := strings.Cut(strings.TrimPrefix(url, "https://s3.example/"), "?")
	z := zip.NewWriter(to)
	for _, arn := range w.jobs[id].arns {
		ref, _, _ := estate.ParseAssetARN(arn)
		f, err := z.Create(entryName(ref))
		if err != nil {
			return err
		}
		if _, err := f.Write(w.written(ref)); err != nil {
			return err
		}
	}
	return z.Close()
}

func (w rich) written(ref estate.AssetRef) []byte {
	t := w.things[ref]
	e := written{Type: word(string(ref.Type)), Name: t.Name, Kind: t.kind, Uses: t.uses, Permissions: t.grants, Tags: t.tags}
	switch ref.Type {
	case estate.AssetAnalysis:
		e.Analysis = ref.ID
	case estate.AssetDashboard:
		e.Dashboard = ref.ID
	case estate.AssetDataSet:
		e.DataSet = ref.ID
	case estate.AssetDataSource:
		e.DataSource = ref.ID
	case estate.AssetFolder:
		e.Folder = ref.ID
	case estate.AssetTheme:
		e.Theme = ref.ID
	case estate.AssetVPCConnection:
		e.Network = ref.ID
	case estate.AssetRefreshSchedule:
		dataset, id := split(ref)
		e.DataSet = dataset
		e.Schedule = map[string]any{"scheduleId": id, "startAfterDateTime": "2020-01-01T00:00:00Z"}
	}
	for f, folder := range w.things {
		if f.Type == estate.AssetFolder && slices.Contains(folder.members, ref.ARN(account)) {
			e.Folders = append(e.Folders, f.ARN(account))
		}
	}
	text, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return text
}

// target is the account at the other end: doors, an importer that makes things out of bundles, and a granter.
type target struct {
	*world
	account estate.AccountID
	imports map[string]*fakeImport
	brought map[estate.AssetRef]int // how often each asset was imported
	refuse  map[estate.AssetRef]string
	skip    func(what string, ref estate.AssetRef) bool // what is silently not done
	lost    bool                                        // the call that breaks has had its effect
	starts  []Start
	given   []Credential
	mended  int
	caller  estate.ARN                 // who owns what comes without permissions; empty: nobody
	stuck   map[estate.AssetRef]string // what does not go, and why; empty: it only says that it does
	deleted []estate.AssetRef
}

type fakeImport struct {
	region estate.Region
	things map[estate.AssetRef]*thing
	order  []estate.AssetRef
	fold   map[estate.AssetRef][]estate.ARN
	left   int
	state  *ImportState
}

func newTarget(a estate.AccountID) *target {
	return &target{world: newWorld(), account: a, imports: map[string]*fakeImport{}, brought: map[estate.AssetRef]int{}, refuse: map[estate.AssetRef]string{},
		skip: func(string, estate.AssetRef) bool { return false }}
}

func (w *target) StartImport(ctx context.Context, r estate.Region, id string, bundle *io.SectionReader, o Overrides) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	broke := w.call(ctx, "import")
	if broke != nil && !(w.lost && errors.Is(broke, errBroken)) {
		return broke
	}
	switch {
	case w.busy != nil && w.busy() || w.running >= w.room:
		return fmt.Errorf("LimitExceededException: %w", ErrBusy)
	case w.imports[id] != nil:
		return errors.New("ConflictException: " + id)
	case notInJob.MatchString(id):
		return fmt.Errorf("%s: %w", id, ErrRefused)
	case max(len(o.Starts), len(o.Networks), len(o.Credentials)) > maxOverrides:
		return fmt.Errorf("too many overrides: %w", ErrRefused)
	}
	for _, s := range o.Starts {
		if s.After.Before(began.AddDate(0, 0, 1)) {
			return fmt.Errorf("StartAfterDateTime must be in the future: %w", ErrRefused)
		}
	}
	w.starts, w.given = append(w.starts, o.Starts...), append(w.given, o.Credentials...)
	j := &fakeImport{region: r, things: map[estate.AssetRef]*thing{}, fold: map[estate.AssetRef][]estate.ARN{}, left: w.slow}
	if err := w.unpack(j, bundle, o); err != nil {
		return err
	}
	w.imports[id] = j
	w.running++
	w.most = max(w.most, w.running)
	return broke
}

// unpack reads the bundle and puts the prefix on it, as Quick does: ids, and references among its assets.
func (w *target) unpack(j *fakeImport, bundle *io.SectionReader, o Overrides) error {
	z, err := zip.NewReader(bundle, bundle.Size())
	if err != nil {
		return err
	}
	inside := Mapping{prefix: o.Prefix, carried: map[estate.AssetRef]bool{}}
	var all []written
	var refs []estate.AssetRef
	for _, f := range z.File {
		var text bytes.Buffer
		if err := unpack(f, &text); err != nil {
			return err
		}
		c, err := understand(f.Name, text.Bytes())
		if err != nil {
			return err
		}
		var e written
		if err := json.Unmarshal(text.Bytes(), &e); err != nil {
			return err
		}
		all, refs = append(all, e), append(refs, c.in(j.region))
		inside.carried[c.in(j.region)] = true
	}
	for n, e := range all {
		at := inside.Ref(refs[n])
		t := &thing{Asset: estate.Asset{Type: at.Type, ID: at.ID, Name: e.Name, Updated: began.AddDate(0, 0, 2)}, kind: e.Kind, grants: e.Permissions, tags: e.Tags}
		for _, arn := range e.Uses {
			t.uses = append(t.uses, inside.inside(arn))
		}
		for _, arn := range e.Folders {
			j.fold[at] = append(j.fold[at], inside.inside(arn))
		}
		if at.Type == estate.AssetRefreshSchedule {
			_, t.Name = split(at)
			start := "2027-01-01T00:00:00Z"
			for _, s := range o.Starts {
				if s.DataSet+"/"+s.ID == refs[n].ID {
					start = s.After.Format(time.RFC3339)
				}
			}
			t.Updated, t.Content = time.Time{}, jsontext.Value(`{"startAfterDateTime":"`+start+`","scheduleId":"`+t.Name+`"}`)
		}
		j.things[at], j.order = t, append(j.order, at)
	}
	return nil
}

func (m Mapping) inside(arn estate.ARN) estate.ARN {
	if ref, of, ok := estate.ParseAssetARN(arn); ok && m.carried[ref] {
		return m.Ref(ref).ARN(of)
	}
	return arn
}

func (w *target) DescribeImport(ctx context.Context, r estate.Region, id string) (ImportState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call(ctx, "describe"); err != nil {
		return ImportState{}, err
	}
	j := w.imports[id]
	switch {
	case j == nil || j.region != r:
		return ImportState{}, fmt.Errorf("ResourceNotFoundException: %w", ErrNoJob)
	case j.state != nil:
		return *j.state, nil
	}
	if j.left--; j.left >= 0 {
		return ImportState{Status: "IN_PROGRESS"}, nil
	}
	w.running--
	j.state = &ImportState{Status: exportSuccessful}
	if j.state.Errors = w.judge(j); j.state.Errors != nil {
		j.state.Status = rolledBack
		return *j.state, nil
	}
	for _, ref := range j.order {
		w.place(ref, j)
	}
	return *j.state, nil
}

// judge names what cannot be there: what was told, and what needs something that is not there.
func (w *target) judge(j *fakeImport) (out []Problem) {
	for _, ref := range j.order {
		why := w.refuse[ref]
		for _, arn := range slices.Concat(j.things[ref].uses, j.fold[ref]) {
			to, of, _ := estate.ParseAssetARN(arn)
			if !builtIn(of) && (of != w.account || j.things[to] == nil && w.things[to] == nil) {
				why = string(arn) + " is not here"
			}
		}
		if why != "" {
			out = append(out, Problem{ARN: ref.ARN(w.account), Message: why})
		}
	}
	return out
}

func (w *target) place(ref estate.AssetRef, j *fakeImport) {
	w.brought[ref]++
	if w.skip("asset", ref) {
		return
	}
	made := j.things[ref]
	made.grants = slices.DeleteFunc(made.grants, func(g estate.AssetGrant) bool {
		return g.Principal.Account() != w.account || w.skip("permission", ref)
	})
	if w.skip("tag", ref) {
		made.tags = nil
	}
	if len(made.grants) == 0 && w.caller != "" && questions[ref.Type].owner != "" {
		made.grants = []estate.AssetGrant{{Principal: w.caller, Actions: []string{questions[ref.Type].owner}}}
	}
	old := w.things[ref]
	if old == nil {
		w.put(ref, "")
	} else {
		made.members = old.members
	}
	w.things[ref] = made
	for _, arn := range j.fold[ref] {
		folder, _, _ := estate.ParseAssetARN(arn)
		f := w.things[folder]
		if f == nil {
			f = j.things[folder] // comes later in the same bundle
		}
		if !w.skip("folder", ref) && !slices.Contains(f.members, ref.ARN(w.account)) {
			f.members = append(f.members, ref.ARN(w.account))
		}
	}
}

func (w *target) fix(ctx context.Context, at estate.AssetRef, change func(*thing)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call(ctx, "mend"); err != nil {
		return err
	}
	w.mended++
	if w.things[at] == nil {
		return errors.New("ResourceNotFoundException")
	}
	change(w.things[at])
	return nil
}

func (w *target) Grant(ctx context.Context, at estate.AssetRef, grant, revoke []estate.AssetGrant) error {
	return w.fix(ctx, at, func(t *thing) {
		for _, g := range grant {
			t.grants = append(slices.DeleteFunc(t.grants, func(h estate.AssetGrant) bool { return h.Principal == g.Principal }), g)
		}
		for _, g := range revoke {
			for n := range t.grants {
				if t.grants[n].Principal == g.Principal {
					t.grants[n].Actions = slices.DeleteFunc(slices.Clone(t.grants[n].Actions), func(a string) bool { return slices.Contains(g.Actions, a) })
				}
			}
		}
		t.grants = slices.DeleteFunc(t.grants, func(g estate.AssetGrant) bool { return len(g.Actions) == 0 })
	})
}

func (w *target) Tag(ctx context.Context, at estate.AssetRef, tags map[string]string) error {
	return w.fix(ctx, at, func(t *thing) {
		if t.tags == nil {
			t.tags = map[string]string{}
		}
		maps.Copy(t.tags, tags)
	})
}

func (w *target) AddFolderMember(ctx context.Context, folder string, at estate.AssetRef) error {
	return w.fix(ctx, estate.AssetRef{Region: at.Region, Type: estate.AssetFolder, ID: folder}, func(t *thing) {
		t.members = append(t.members, at.ARN(w.account))
	})
}

// shipment is a vault on its way into a target.
type shipment struct {
	source *world
	vault  *Contents
	inv    *Inventory
	to     *target
	m      Mapping
}

func ship(t testing.TB, w *world) *shipment {
	t.Helper()
	dir := t.TempDir()
	v, err := vaultAt(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	s := &shipment{source: w, to: newTarget(there), inv: w.take(t)}
	if s.vault, err = Export(t.Context(), ExportConfig{Vault: v, Inventory: s.inv, Exporter: rich{w}, Wait: noWait}); err != nil {
		t.Fatal(err)
	}
	if r := verified(t, dir); open(r.Findings) != "" {
		t.Fatal(open(r.Findings))
	}
	s.m = moving()
	s.m.Regions = map[estate.Region]estate.Region{home: "us-east-1", "us-east-1": "us-east-2", "eu-west-1": "eu-central-1"}
	return s
}

func (s *shipment) config(t testing.TB) ImportConfig {
	c := ImportConfig{Run: "run.1", Bulk: true, Vault: s.vault, Source: s.inv, Mapping: s.m, Importer: s.to, Granter: s.to, Networks: map[estate.AssetRef]Network{}, Temp: t.TempDir(), Wait: noWait,
		Regions: map[estate.Region]estate.Known[Door]{}, Now: func() time.Time { return began.AddDate(0, 0, 1) }}
	for r := range s.inv.Regions {
		c.Regions[s.m.Region(r)] = estate.Of[Door](door{s.to.world, s.m.Region(r)})
	}
	for r := range s.source.things {
		if r.Type == estate.AssetVPCConnection {
			c.Networks[r] = Network{Subnets: []string{"subnet-1", "subnet-2"}, SecurityGroups: []string{"sg-1"}}
		}
	}
	return c
}

// ledger takes the inventory of the target and accounts for everything.
func (s *shipment) ledger(t testing.TB, c ImportConfig, outcomes []Outcome) *Ledger {
	t.Helper()
	inv, err := Take(t.Context(), TakeConfig{Account: s.to.account, IdentityRegion: "us-east-1", Regions: c.Regions, People: s.to.who, AtOnce: 4})
	if err != nil {
		t.Fatal(err)
	}
	return NewLedger(LedgerConfig{Source: s.inv, Target: inv, Mapping: s.m, Outcomes: outcomes})
}

// whole checks that everything that bundles carry is there as it was, and was brought once.
func (s *shipment) whole(t testing.TB, c ImportConfig, outcomes []Outcome, what string) {
	t.Helper()
	l := s.ledger(t, c, outcomes)
	if lost, sums := l.Lost(), l.Sums(); len(lost) > 0 || sums[Moved] != len(bundled(s.inv)) || sums[Moved]+sums[Manual] != len(l.Lines) {
		t.Fatalf("%s: %v, lost: %+v", what, sums, lost)
	}
	for ref, n := range s.to.brought {
		if n != 1 {
			t.Fatalf("%s: %v was imported %d times", what, ref, n)
		}
	}
}

// people adds principals and folders to a random world.
func (w *world) people(pick func(int) int) {
	for _, ref := range slices.SortedFunc(maps.Keys(w.things), compareRefs) {
		t := w.things[ref]
		if len(t.grants) > 0 && pick(2) == 0 {
			t.grants = append(slices.Clone(t.grants), estate.AssetGrant{Principal: estate.QuickARN(home, account, "group/default/sales"), Actions: []string{"quicksight:Describe", "quicksight:Query"}})
		}
	}
}
