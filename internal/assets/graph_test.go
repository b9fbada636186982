package assets

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rehome/internal/estate"
)

// graphOf reads "a<b,c d": assets of one Region, and what each uses. The first letter says the type: v, s, t, f, d, r, a, b (dashboard).
func graphOf(text string) (*Inventory, *Graph) {
	kinds := map[byte]estate.AssetType{}
	for i, c := range []byte("vstfdrab") {
		kinds[c] = estate.BundleTypes[i]
	}
	kinds['x'] = "topic"
	named := func(id string) estate.AssetRef { return estate.AssetRef{Region: home, Type: kinds[id[0]], ID: id} }
	var items []Item
	for word := range strings.FieldsSeq(text) {
		id, uses, _ := strings.Cut(word, "<")
		i := Item{Asset: estate.Asset{Type: kinds[id[0]], ID: id}, Travel: TravelOf(kinds[id[0]], "ATHENA", id)}
		for _, u := range strings.Split(uses, ",") {
			switch {
			case strings.HasPrefix(u, "arn:"):
				i.Uses = append(i.Uses, estate.ARN(u))
			case u != "":
				i.Uses = append(i.Uses, named(u).ARN(account))
			}
		}
		items = append(items, i)
	}
	slices.SortFunc(items, compareItems)
	inv := &Inventory{Account: account, IdentityRegion: home, Regions: map[estate.Region]estate.Known[[]Item]{home: estate.Of(items), "us-east-1": estate.NotLooked[[]Item]("denied")}}
	return inv, NewGraph(inv)
}

func ids(refs []estate.AssetRef) string {
	var out []string
	for _, r := range refs {
		out = append(out, r.ID)
	}
	return strings.Join(out, " ")
}

func TestOrderClosureDependants(t *testing.T) {
	for name, c := range map[string]struct{ in, order, of, closure, dependants string }{
		"nothing":                        {"", "", "", "", ""},
		"types in their order":           {"b a d s v f t", "v s t f d a b", "d", "d", ""},
		"a chain":                        {"b<a a<d d<s s<v v", "v s d a b", "d", "v s d", "a b"},
		"folders, parents first":         {"f1<f2 f2<f3 f3", "f3 f2 f1", "f2", "f3 f2", "f1"},
		"rules before their dataset":     {"d1<d2 d2 a<d1", "d2 d1 a", "d1", "d2 d1", "a"},
		"a diamond":                      {"b<a1,a2 a1<d a2<d d", "d a1 a2 b", "d", "d", "a1 a2 b"},
		"a use named twice, and itself":  {"d<s,s,d s", "s d", "d", "s d", ""},
		"a use against the types' order": {"a<x x<d d", "d x a", "x", "d x", "a"},
		"a circle stands together":       {"d1<d2 d2<d3 d3<d1 s d0<d3 a<d0", "s d1 d2 d3 d0 a", "d2", "d1 d2 d3", "d1 d3 d0 a"},
		"two circles":                    {"d1<d2 d2<d1 d3<d4,d1 d4<d3", "d1 d2 d3 d4", "d3", "d1 d2 d3 d4", "d4"},
		"a circle behind a tail":         {"d1 d2<d3,d1 d3<d2", "d1 d2 d3", "d1", "d1", "d2 d3"},
	} {
		t.Run(name, func(t *testing.T) {
			_, g := graphOf(c.in)
			var of []estate.AssetRef
			for _, r := range g.Order() {
				if r.ID == c.of {
					of = append(of, r)
				}
			}
			if got := [3]string{ids(g.Order()), ids(g.Closure(of...)), ids(g.Dependants(of...))}; got != [3]string{c.order, c.closure, c.dependants} {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestGraphReportsCirclesAndWhatDangles(t *testing.T) {
	elsewhere := estate.AssetRef{Region: "us-east-1", Type: estate.AssetDataSet, ID: "far"}.ARN(account)
	_, g := graphOf("d1<d2 d2<d1 a<dgone b1<dgone b2<dgone b3<dgone,arn:aws:quicksight::aws:theme/MIDNIGHT b4<" + string(elsewhere) +
		" b5<arn:aws:quicksight:ap-south-1:999988887777:template/t b6<arn:aws:quicksight:ap-south-1:111122223333:user/default/ann")
	var got []string
	for _, f := range g.Findings() {
		got = append(got, fmt.Sprintf("%s %s %s: %s", f.Code, f.Status, f.Severity, f.Title))
	}
	want := []string{
		"MIG-10 fail warn: 4 assets use arn:aws:quicksight:ap-south-1:111122223333:dataset/dgone, which is not in the inventory: analysis a in ap-south-1, dashboard b1 in ap-south-1, dashboard b2 in ap-south-1 and 1 more",
		"MIG-10 fail warn: 1 assets use arn:aws:quicksight:ap-south-1:999988887777:template/t, which is not in the inventory: dashboard b5 in ap-south-1",
		"MIG-10 unknown warn: 1 assets use arn:aws:quicksight:us-east-1:111122223333:dataset/far, which is not in the inventory: dashboard b4 in ap-south-1",
		"MIG-12 fail warn: 2 assets use each other in a circle: dataset d1 in ap-south-1, dataset d2 in ap-south-1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s", strings.Join(got, "\n"))
	}
}

// TestALongChain: no recursion, so no stack that a deep estate fills.
func TestALongChain(t *testing.T) {
	var b strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&b, "d%05d<d%05d ", i, i+1)
	}
	_, g := graphOf(b.String() + "d50000<d00000")
	if c := g.Circles(); len(c) != 1 || len(c[0]) != 50_001 {
		t.Errorf("%d circles", len(c))
	}
	inv, g := graphOf(b.String() + "d50000")
	if o := g.Order(); o[0].ID != "d50000" || o[50_000].ID != "d00000" {
		t.Errorf("%v %v", o[0], o[50_000])
	}
	if jobs := Pack(inv, g, 100); len(jobs) != 501 {
		t.Errorf("%d jobs", len(jobs))
	}
}

func TestPack(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		max  int
		want string
	}{
		"nothing":                          {"", 3, ""},
		"only what bundles carry":          {"x s", 3, "s"},
		"one job":                          {"b<a a<d d<s s", 4, "s d a b"},
		"clusters stay whole":              {"a1<d1 d1 a2<d2 d2 a3<d3 d3", 4, "d1 d2 a1 a2 | d3 a3"},
		"the tightest place":               {"a1<d1 d1 t1 a2<d2 d2<s2 s2", 3, "s2 d2 a2 | t1 d1 a1"},
		"a large cluster is cut in layers": {"s d1<s a1<d1 d2<s a2<d2 d3<s a3<d3", 3, "s d1 d2 | d3 a1 a2 | a3"},
		"folders, parents first":           {"f1<f2 f2<f3 f3 f0<f1", 2, "f3 f2 | f1 f0"},
		"a circle":                         {"d1<d2 d2<d1 d3", 2, "d1 d2 | d3"},
		"a circle that uses the first":     {"d1 d2<d3,d1 d3<d2", 3, "d1 d2 d3"},
	} {
		t.Run(name, func(t *testing.T) {
			inv, g := graphOf(c.in)
			var got []string
			for _, j := range Pack(inv, g, c.max) {
				got = append(got, ids(j.Assets))
			}
			if s := strings.Join(got, " | "); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
		})
	}
}

func TestPackKeepsSchedulesBesideTheirDataset(t *testing.T) {
	w := newWorld()
	s := ref("ap-south-1 datasource s")
	w.put(s, "ATHENA")
	for i := range 700 {
		d := ref(fmt.Sprintf("ap-south-1 dataset d%d", i))
		w.put(d, "SPICE", s)
		for n := range 5 {
			w.put(ref(fmt.Sprintf("ap-south-1 refresh-schedule d%d/%d", i, n)), "", d)
		}
	}
	inv := w.take(t)
	at := map[estate.AssetRef]int{}
	jobs := Pack(inv, NewGraph(inv), MaxPerJob)
	for n, j := range jobs {
		for _, a := range j.Assets {
			at[a] = n
		}
	}
	apart := 0
	for a, n := range at {
		if dataset, _, ok := strings.Cut(a.ID, "/"); ok && at[estate.AssetRef{Region: a.Region, Type: estate.AssetDataSet, ID: dataset}] != n {
			apart++
		}
	}
	if apart > 0 || len(jobs) > 43*115/100 || len(at) != 4201 {
		t.Errorf("%d schedules apart from their dataset, %d jobs, %d assets", apart, len(jobs), len(at))
	}
}

// TestPackOnRandomEstates: each asset that travels by bundle in exactly one job of its Region, uses first, at most 15 % more jobs than there
// must be, and the same jobs again.
func TestPackOnRandomEstates(t *testing.T) {
	beyondShort(t)
	whole, all := 0, 0
	for seed := range 300 {
		r := seeded(seed)
		w := newWorld()
		w.random(r, r.IntN(500))
		limit := []int{MaxPerJob, MaxPerJob, 1, 3, 7}[r.IntN(5)]
		inv := w.take(t)
		g := NewGraph(inv)
		jobs := Pack(inv, g, limit)
		if again := Pack(inv, NewGraph(inv), limit); !reflect.DeepEqual(again, jobs) {
			t.Fatalf("seed %d: other jobs the second time", seed)
		}
		want := bundled(inv)
		seen, perRegion, place := map[estate.AssetRef]string{}, map[estate.Region]int{}, map[estate.AssetRef]int{}
		for ref := range want {
			perRegion[ref.Region]++
		}
		for i, ref := range g.Order() {
			place[ref] = i
		}
		for _, j := range jobs {
			if len(j.Assets) == 0 || len(j.Assets) > limit {
				t.Fatalf("seed %d: a job of %d", seed, len(j.Assets))
			}
			for i, a := range j.Assets {
				if seen[a] != "" || want[a] == nil || a.Region != j.Region || i > 0 && place[j.Assets[i-1]] > place[a] {
					t.Fatalf("seed %d: %v in job %s %d: in another %q, wanted %t", seed, a, j.Region, j.Number, seen[a], want[a] != nil)
				}
				seen[a] = jobID(j.Region, j.Number)
			}
		}
		least := 0
		for _, n := range perRegion {
			least += (n + limit - 1) / limit
		}
		if len(seen) != len(want) || float64(len(jobs)) > 1.15*float64(least) {
			t.Fatalf("seed %d: %d of %d assets, %d jobs where %d must be", seed, len(seen), len(want), len(jobs), least)
		}
		if limit == MaxPerJob {
			for ref, item := range want {
				for _, arn := range item.Uses {
					if used, _, _ := estate.ParseAssetARN(arn); want[used] != nil {
						all++
						if seen[used] == seen[ref] {
							whole++
						}
					}
				}
			}
		}
	}
	if t.Logf("%d of %d uses are inside one job", whole, all); whole*100 < all*80 {
		t.Error("too few")
	}
}

// BenchmarkGraphAndPack: time near linear, memory a few words for each asset and use.
func BenchmarkGraphAndPack(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		w := newWorld()
		w.random(seeded(n), n*2/3) // schedules come on top
		inv := w.take(b)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			assets, uses := 0, 0
			for b.Loop() {
				g := NewGraph(inv)
				jobs := Pack(inv, g, MaxPerJob)
				assets, uses = len(g.nodes), len(g.uses.to)
				if len(jobs) == 0 {
					b.Fatal("no jobs")
				}
			}
			b.ReportMetric(float64(assets), "assets")
			b.ReportMetric(float64(uses), "uses")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(assets), "ns/asset")
		})
	}
}
