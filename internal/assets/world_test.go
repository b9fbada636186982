package assets

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

const (
	account = estate.AccountID("111122223333")
	home    = estate.Region("ap-south-1")
)

var began = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// thing is an asset of the fake Quick.
type thing struct {
	estate.Asset
	kind    string
	uses    []estate.ARN
	members []estate.ARN
	grants  []estate.AssetGrant
	tags    map[string]string
	reach   Reach
}

// world is a Quick account: doors to its Regions, and an exporter that makes bundles in the layout of quick-api 3.3.
type world struct {
	mu      sync.Mutex
	things  map[estate.AssetRef]*thing
	lists   map[[3]string][]estate.AssetRef // by Region, type, and nothing or a dataset and a slash
	jobs    map[string]*fakeJob
	running int
	most    int // jobs that ran at once
	calls   int
	failAt  int                     // the call that breaks; 0: none
	onCall  func(what string) error // nil: nothing
	busy    func() bool             // nil: never
	room    int                     // jobs at once; more are refused
	broken  map[estate.AssetRef]string
	expire  int // addresses of a job that have expired
	slow    int // describes until a job ends
	extra   func(w *zip.Writer, id string)
	started map[estate.AssetRef]int // how often each asset was exported whole
	shut    map[string]bool         // "Region type": cannot be read
	who     estate.Known[People]
	going   map[estate.AssetRef]int // what is on its way out, and how often it is still listed
}

type fakeJob struct {
	region  estate.Region
	arns    []estate.ARN
	left    int
	ended   bool
	urls    int
	fetched map[string]bool
}

var errBroken = errors.New("the wire was cut")

func newWorld() *world {
	return &world{things: map[estate.AssetRef]*thing{}, lists: map[[3]string][]estate.AssetRef{}, jobs: map[string]*fakeJob{}, broken: map[estate.AssetRef]string{}, slow: 1, room: MaxInFlight,
		started: map[estate.AssetRef]int{}, shut: map[string]bool{}, going: map[estate.AssetRef]int{}, who: estate.Of(crew(account, home))}
}

// crew are the people whom things of a world name.
func crew(a estate.AccountID, r estate.Region) People {
	return People{Account: a, Region: r, Roles: estate.Absent[map[estate.QuickRole][]string](), Namespaces: map[string]estate.Namespace{"default": {Status: "CREATED",
		Users:  estate.Of(map[string]estate.QuickUser{"ann": {Email: "ann@example.com", Role: "ADMIN"}, "Role/ben@example.com": {Email: "ben@example.com", Role: "READER"}}),
		Groups: estate.Of(map[string][]string{"sales": {"ann"}})}}}
}

func ref(text string) estate.AssetRef { // "region type id"
	w := strings.Fields(text)
	return estate.AssetRef{Region: estate.Region(w[0]), Type: estate.AssetType(w[1]), ID: w[2]}
}

// put adds an asset that uses others of its Region.
func (w *world) put(r estate.AssetRef, kind string, uses ...estate.AssetRef) *thing {
	t := &thing{Asset: estate.Asset{Type: r.Type, ID: r.ID, Name: "Name of " + r.ID, Updated: began.Add(-time.Hour)}, kind: kind, tags: map[string]string{"id": r.ID}}
	for _, u := range uses {
		t.uses = append(t.uses, u.ARN(account))
	}
	if q := questions[r.Type]; q.owner != "" {
		t.grants = []estate.AssetGrant{{Principal: estate.QuickARN(home, account, "user/default/ann"), Actions: []string{q.owner}}}
	}
	if r.Type == estate.AssetRefreshSchedule {
		t.Updated, t.Content = time.Time{}, jsontext.Value(`{"scheduleId":"x"}`)
	}
	if w.things[r] == nil {
		dataset, _, _ := strings.Cut(r.ID, "/")
		for _, key := range []string{"", dataset + "/"} {
			w.lists[[3]string{string(r.Region), string(r.Type), key}] = append(w.lists[[3]string{string(r.Region), string(r.Type), key}], r)
		}
	}
	w.things[r] = t
	return t
}

// random fills the world with about n assets over some Regions.
func (w *world) random(r *rand.Rand, n int) {
	regions := []estate.Region{home, "us-east-1", "eu-west-1", "us-west-2"}[:1+r.IntN(4)]
	var all [8][]estate.AssetRef
	some := func(kind int, region estate.Region, most int) (out []estate.AssetRef) {
		for range r.IntN(most + 1) {
			if len(all[kind]) == 0 {
				return out
			}
			if u := all[kind][r.IntN(len(all[kind]))]; u.Region == region {
				out = append(out, u)
			}
		}
		return out
	}
	kinds := []estate.AssetType{estate.AssetVPCConnection, estate.AssetDataSource, estate.AssetTheme, estate.AssetFolder, estate.AssetDataSet,
		estate.AssetAnalysis, estate.AssetDashboard, "topic"}
	weights := []int{0, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7}
	for i := range n {
		k, region := weights[r.IntN(len(weights))], regions[r.IntN(len(regions))]
		a := estate.AssetRef{Region: region, Type: kinds[k], ID: fmt.Sprintf("%s-%d", kinds[k], i)}
		var uses []estate.AssetRef
		kind := ""
		switch k {
		case 1:
			uses, kind = some(0, region, 1), []string{"ATHENA", "REDSHIFT", "S3", "SALESFORCE", "NEWDB"}[min(4, r.IntN(40)/9)]
		case 3:
			uses, kind = some(3, region, 1), "SHARED"
		case 4:
			uses, kind = append(some(1, region, 2), some(4, region, 1)...), "SPICE"
			for s := range max(0, r.IntN(8)-2) {
				w.put(estate.AssetRef{Region: region, Type: estate.AssetRefreshSchedule, ID: fmt.Sprintf("%s/s%d", a.ID, s)}, "", a)
			}
		case 5:
			uses = append(some(4, region, 3), some(2, region, 1)...)
		case 6:
			uses = append(append(some(4, region, 3), some(2, region, 1)...), some(5, region, 1)...)
		case 7:
			uses = some(4, region, 2)
		}
		w.put(a, kind, uses...)
		for _, f := range some(3, region, 1) {
			w.things[f].members = append(w.things[f].members, a.ARN(account))
		}
		all[k] = append(all[k], a)
	}
	for _, region := range regions { // a Region without assets is a Region
		w.put(estate.AssetRef{Region: region, Type: estate.AssetTheme, ID: "corporate"}, "")
	}
}

// call is the one place through which every call goes.
func (w *world) call(ctx context.Context, what string) error {
	w.calls++
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.calls == w.failAt {
		return errBroken
	}
	if w.onCall != nil {
		return w.onCall(what)
	}
	return nil
}

// door is the world, looked at in one Region.
type door struct {
	*world
	region estate.Region
}

func (d door) ask(ctx context.Context, what string) error {
	if err := d.call(ctx, what); err != nil {
		return err
	}
	if d.shut[string(d.region)+" "+what] {
		return errors.New("AccessDeniedException: not for you")
	}
	return nil
}

func (d door) find(ctx context.Context, what string, t estate.AssetType, id string) (*thing, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ask(ctx, what+" "+id); err != nil {
		return nil, err
	}
	if t := d.things[estate.AssetRef{Region: d.region, Type: t, ID: id}]; t != nil {
		seen := *t // as it is now: others change it meanwhile
		seen.uses, seen.members, seen.grants = slices.Clone(t.uses), slices.Clone(t.members), slices.Clone(t.grants)
		return &seen, nil
	}
	return nil, errors.New("ResourceNotFoundException")
}

func (d door) list(ctx context.Context, t estate.AssetType, prefix string) (out []estate.Asset, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ask(ctx, string(t)+prefix); err != nil {
		return nil, err
	}
	list := d.lists[[3]string{string(d.region), string(t), prefix}]
	for _, r := range list {
		if left, ok := d.going[r]; ok && left > 0 {
			d.going[r]--
		} else if ok {
			d.drop(r)
			return d.listed(t, prefix), nil
		}
	}
	return d.listed(t, prefix), nil
}

func (d door) listed(t estate.AssetType, prefix string) (out []estate.Asset) {
	list := d.lists[[3]string{string(d.region), string(t), prefix}]
	for i := range list { // backwards: Quick promises no order
		if x := d.things[list[len(list)-1-i]]; x != nil {
			out = append(out, x.Asset)
		}
	}
	return out
}

// drop takes an asset out of the world, with its schedules and from its folders.
func (w *world) drop(r estate.AssetRef) {
	delete(w.things, r)
	delete(w.going, r)
	for key, list := range w.lists {
		w.lists[key] = slices.DeleteFunc(list, func(o estate.AssetRef) bool { return o == r })
	}
	for ref, t := range w.things {
		if ref.Region != r.Region {
			continue
		}
		if dataset, _ := split(ref); ref.Type == estate.AssetRefreshSchedule && r.Type == estate.AssetDataSet && dataset == r.ID {
			w.drop(ref)
		}
		t.members = slices.DeleteFunc(t.members, func(m estate.ARN) bool { return m == r.ARN(account) })
	}
}

func (d door) List(ctx context.Context, t estate.AssetType) ([]estate.Asset, error) {
	return d.list(ctx, t, "")
}
func (d door) RefreshSchedules(ctx context.Context, dataset string) ([]estate.Asset, error) {
	return d.list(ctx, estate.AssetRefreshSchedule, dataset+"/")
}
func (d door) Detail(ctx context.Context, t estate.AssetType, id string) (Detail, error) {
	x, err := d.find(ctx, "detail", t, id)
	if err != nil {
		return Detail{}, err
	}
	return Detail{Kind: x.kind, Uses: x.uses, Updated: x.Updated, Reach: x.reach}, nil
}
func (d door) Permissions(ctx context.Context, t estate.AssetType, id string) ([]estate.AssetGrant, error) {
	x, err := d.find(ctx, "permissions", t, id)
	if err != nil {
		return nil, err
	}
	return x.grants, nil
}
func (d door) Tags(ctx context.Context, t estate.AssetType, id string) (map[string]string, error) {
	x, err := d.find(ctx, "tags", t, id)
	if err != nil {
		return nil, err
	}
	return maps.Clone(x.tags), nil
}
func (d door) FolderMembers(ctx context.Context, id string) ([]estate.ARN, error) {
	x, err := d.find(ctx, "members", estate.AssetFolder, id)
	if err != nil {
		return nil, err
	}
	return x.members, nil
}

func (w *world) regions() map[estate.Region]estate.Known[Door] {
	out := map[estate.Region]estate.Known[Door]{}
	for r := range w.things {
		out[r.Region] = estate.Of[Door](door{w, r.Region})
	}
	return out
}

func (w *world) take(t testing.TB) *Inventory {
	t.Helper()
	inv, err := Take(t.Context(), TakeConfig{Account: account, IdentityRegion: home, Regions: w.regions(), People: w.who, AtOnce: 4})
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func (w *world) Start(ctx context.Context, r estate.Region, id string, arns []estate.ARN) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call(ctx, "start"); err != nil {
		return err
	}
	if w.busy != nil && w.busy() || w.running >= w.room {
		return fmt.Errorf("LimitExceededException: %w", ErrBusy)
	}
	switch {
	case w.jobs[id] != nil:
		return errors.New("ConflictException: " + id)
	case len(arns) == 0 || len(arns) > MaxPerJob:
		return errors.New("InvalidParameterValueException: 1 to 100 ARNs")
	}
	for _, arn := range arns {
		ref, _, _ := estate.ParseAssetARN(arn)
		if w.things[ref] == nil || ref.Region != r {
			return fmt.Errorf("%s is not here: %w", arn, ErrRefused)
		}
		if strings.HasPrefix(w.broken[ref], "refuse") {
			return fmt.Errorf("%s: %w", w.broken[ref], ErrRefused)
		}
	}
	w.jobs[id] = &fakeJob{region: r, arns: arns, left: w.slow, fetched: map[string]bool{}}
	w.running++
	w.most = max(w.most, w.running)
	return nil
}

func (w *world) Describe(ctx context.Context, r estate.Region, id string) (ExportState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call(ctx, "describe"); err != nil {
		return ExportState{}, err
	}
	j := w.jobs[id]
	if j == nil || j.region != r {
		return ExportState{}, errors.New("ResourceNotFoundException")
	}
	if j.left--; j.left >= 0 {
		return ExportState{Status: "IN_PROGRESS"}, nil
	}
	if !j.ended {
		j.ended = true
		w.running--
	}
	for _, arn := range j.arns {
		ref, _, _ := estate.ParseAssetARN(arn)
		if text := w.broken[ref]; text != "" {
			s := ExportState{Status: "FAILED", Errors: []Problem{{Type: "Broken", Message: text}}}
			if strings.HasPrefix(text, "named") {
				s.Errors[0].ARN = arn
			}
			return s, nil
		}
	}
	j.urls++
	return ExportState{Status: "SUCCESSFUL", Created: began, URL: fmt.Sprintf("https://s3.example/%s?X-Amz-Signature=secret-%d", id, j.urls),
		Warnings: []Problem{{ARN: j.arns[0], Message: "a chart is empty"}}}, nil
}

func (w *world) Download(ctx context.Context, url string, to io.Writer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call(ctx, "download"); err != nil {
		return fmt.Errorf("GET %s: %w", url, err)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(url, "https://s3.example/"), "?")
	if n, _ := strconv.Atoi(url[strings.LastIndex(url, "-")+1:]); n <= w.expire {
		return fmt.Errorf("GET %s: 403: %w", url, ErrExpired)
	}
	bundle, err := w.bundle(w.jobs[id], id)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, bytes.NewReader(bundle))
	return err
}

// bundle makes the zip file of a job.
func (w *world) bundle(j *fakeJob, id string) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, arn := range j.arns {
		ref, _, _ := estate.ParseAssetARN(arn)
		w.started[ref]++
		f, err := z.CreateHeader(&zip.FileHeader{Name: entryName(ref), Method: uint16(len(ref.ID) % 2 * 8)}) // some stored, some deflated
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(w.entry(ref)); err != nil {
			return nil, err
		}
	}
	if w.extra != nil {
		w.extra(z, id)
	}
	err := z.Close()
	return out.Bytes(), err
}

func entryName(r estate.AssetRef) string {
	return word(string(r.Type)) + "/" + strings.ReplaceAll(r.ID, "/", "_") + ".json"
}

func (w *world) entry(r estate.AssetRef) []byte {
	t := w.things[r]
	m := map[string]any{"resourceType": word(string(r.Type)), "name": t.Name, "definition": map[string]any{"uses": t.uses}, "permissions": t.grants}
	for _, s := range shapes {
		if s.kind == r.Type {
			m[s.id] = r.ID
		}
	}
	if dataset, id, ok := strings.Cut(r.ID, "/"); ok {
		delete(m, "scheduleId")
		m["dataSetId"], m["schedule"] = dataset, map[string]any{"scheduleId": id}
	}
	text, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return text
}

// opened counts the vaults, so that no two tell the same time.
var opened atomic.Int64

// vaultAt opens a vault for the world; waits take no time.
func vaultAt(dir string, onWrite func(string) error) (*Vault, error) {
	clock := began.Add(time.Duration(opened.Add(1)) * time.Hour)
	var mu sync.Mutex
	return Open(VaultConfig{Dir: dir, Header: Header{Account: account, IdentityRegion: home, Target: "twin", Run: "run-1"}, OnWrite: onWrite, lazy: true, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		clock = clock.Add(time.Second)
		return clock
	}})
}

func noWait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func (w *world) export(ctx context.Context, dir string, inv *Inventory, onWrite func(string) error) (*Contents, error) {
	v, err := vaultAt(dir, onWrite)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return Export(ctx, ExportConfig{Vault: v, Inventory: inv, Exporter: w, Wait: noWait})
}

func verified(t testing.TB, dir string) *Report {
	t.Helper()
	r, err := Verify(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open are the findings that stand, one a line: code, status, severity, subject.
func open(fs []diag.Finding) string {
	var out []string
	for _, f := range fs {
		if f.Severity != diag.Note {
			out = append(out, fmt.Sprintf("%s %s %s %s", f.Code, f.Status, f.Severity, f.Subject))
		}
	}
	return strings.Join(out, "\n")
}

func bundled(inv *Inventory) map[estate.AssetRef]*Item {
	out := map[estate.AssetRef]*Item{}
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		if item.Travel.How == ByBundle {
			out[ref] = item
		}
		return true
	})
	return out
}

func seeded(seed int) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 17)) }

func sortedRefs(refs []estate.AssetRef) []estate.AssetRef {
	return slices.SortedFunc(slices.Values(refs), compareRefs)
}
