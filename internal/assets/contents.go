package assets

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/document"
	"rehome/internal/estate"
)

// Contents is what a manifest says is in a vault. Whether that is so, Verify finds out.
type Contents struct {
	Dir     string
	Header  Header
	Digest  string // of the manifest, and so of everything that is in the vault
	Beside  map[estate.Region]File
	People  File      // without a name: the vault was never planned
	Bundles []Bundle  // sorted by name
	Failed  []Failure // assets that could not be exported, sorted
	// Complete: every planned asset is in a bundle or failed, and nothing was begun since.
	Complete bool
	Torn     int // bytes of a last record that a crash cut short
	Jobs     int // jobs that are neither stored nor failed for good
}

// Bundle is one stored bundle.
type Bundle struct {
	Job      string // REGION/NNN
	Region   estate.Region
	Export   string    // id of the export job
	Created  time.Time // when the job was created: what was changed later may not be in it
	Asked    []AssetID
	File     File
	Entries  []Entry
	Warnings []Problem
}

// Failure is an asset that AWS would not export, and what it said.
type Failure struct {
	Asset    estate.AssetRef `json:"asset"`
	Problems []Problem       `json:"problems"`
}

// ReadVault reads the manifest of a vault and changes nothing. A damaged one is an error that names file and line.
func ReadVault(dir string) (*Contents, error) {
	read, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	s, err := replayed(dir, read)
	if err != nil {
		return nil, err
	}
	c := s.contents(dir)
	c.Digest = read.last
	return c, nil
}

// besideFormat is the format of the file that holds a Region's items.
const besideFormat = "rehome.beside/v1"

// beside is all that was known of a Region when the vault was planned: of each asset what no bundle holds, such as permissions, tags,
// folders, refresh properties and the state of the last ingestion.
type beside struct {
	Format string               `json:"format"`
	Region estate.Region        `json:"region"`
	Assets estate.Known[[]Item] `json:"assets"`
}

// peopleFile is where a vault keeps who was in the account, and peopleFormat is its format.
const (
	peopleFile   = "people.json"
	peopleFormat = "rehome.people/v1"
)

// peopleBeside is that file.
type peopleBeside struct {
	Format string               `json:"format"`
	People estate.Known[People] `json:"people"`
}

// besides are all files beside the bundles.
func (c *Contents) besides() []File {
	out := slices.Collect(maps.Values(c.Beside))
	if c.People.Name != "" {
		out = append(out, c.People)
	}
	return out
}

// Inventory is the inventory that the vault was planned from, read from the files beside the bundles.
func (c *Contents) Inventory() (*Inventory, error) {
	inv := &Inventory{Account: c.Header.Account, IdentityRegion: c.Header.IdentityRegion, Regions: map[estate.Region]estate.Known[[]Item]{}}
	for _, r := range slices.Sorted(maps.Keys(c.Beside)) {
		var b beside
		path := filepath.Join(c.Dir, filepath.FromSlash(c.Beside[r].Name))
		if err := document.Read(path, &b); err != nil {
			return nil, err
		}
		if b.Format != besideFormat || b.Region != r {
			return nil, unusable(path, fmt.Errorf("it is not the file of %s in the format %s", r, besideFormat))
		}
		inv.Regions[r] = b.Assets
	}
	inv.People = estate.NotLooked[People]("the vault holds no people")
	if c.People.Name == "" {
		return inv, nil
	}
	var p peopleBeside
	path := filepath.Join(c.Dir, filepath.FromSlash(c.People.Name))
	if err := document.Read(path, &p); err != nil {
		return nil, err
	}
	if p.Format != peopleFormat {
		return nil, unusable(path, fmt.Errorf("it is not a file in the format %s", peopleFormat))
	}
	inv.People = p.People
	return inv, nil
}

// held gives the bundle of each asset that the vault holds; of two bundles that hold it, the one that was asked for it.
func (c *Contents) held() map[estate.AssetRef]*Bundle {
	out := map[estate.AssetRef]*Bundle{}
	for asked := range 2 {
		for n := range c.Bundles {
			b := &c.Bundles[n]
			if asked == 0 {
				for _, e := range b.Entries {
					out[e.in(b.Region)] = b
				}
				continue
			}
			for _, a := range b.Asked {
				if _, there := out[a.in(b.Region)]; there {
					out[a.in(b.Region)] = b
				}
			}
		}
	}
	return out
}

func (a AssetID) in(r estate.Region) estate.AssetRef {
	return estate.AssetRef{Region: r, Type: a.Type, ID: a.ID}
}

// job is one export job of a vault and how far it is.
type job struct {
	id       string // REGION/NNN
	region   estate.Region
	assets   []AssetID
	state    jobState
	attempts int
	bundle   Bundle
	problems []Problem
}

type jobState int

const (
	jobPending jobState = iota // planned or begun
	jobStored
	jobSplit  // its halves stand for it
	jobFailed // one asset, and AWS would not export it
)

// state is what the records of a manifest add up to.
type state struct {
	header   Header
	beside   map[estate.Region]File
	people   File
	jobs     map[string]*job
	planned  bool // the plan is whole
	complete bool
	torn     int
}

func newState() *state {
	return &state{beside: map[estate.Region]File{}, jobs: map[string]*job{}}
}

func replayed(dir string, read lines) (*state, error) {
	s := newState()
	for _, r := range read.records {
		if why := s.add(r); why != "" {
			return nil, damaged(filepath.Join(dir, manifestFile), r.N, why)
		}
	}
	s.torn = read.torn
	return s, nil
}

// add takes one record; why says what does not fit.
func (s *state) add(r Record) (why string) {
	s.complete = r.Type == RecordComplete
	switch r.Type {
	case RecordBegin:
		s.header = *r.Header
		return ""
	case RecordResume:
		if !s.planned {
			s.jobs = map[string]*job{}
		}
		return ""
	case RecordBeside:
		if r.File == nil || !filepath.IsLocal(filepath.FromSlash(r.File.Name)) {
			return "it names no file of the vault"
		}
		s.beside[r.Region] = *r.File
		return ""
	case RecordPeople:
		if r.File == nil || !filepath.IsLocal(filepath.FromSlash(r.File.Name)) {
			return "it names no file of the vault"
		}
		s.people = *r.File
		return ""
	case RecordPlanned:
		return s.plan(r.Job, r.Region, r.Assets)
	case RecordPlan:
		if r.Count != len(s.jobs) {
			return fmt.Sprintf("%d jobs were planned, and it counts %d", len(s.jobs), r.Count)
		}
		s.planned = true
		return ""
	case RecordComplete:
		return ""
	}
	j := s.jobs[r.Job]
	if j == nil || !s.planned {
		return "it tells of a job that was never planned"
	}
	return s.advance(j, r)
}

func (s *state) plan(id string, region estate.Region, assets []AssetID) (why string) {
	if s.jobs[id] != nil || len(assets) == 0 || id == "" {
		return "it plans a job that is there already, or an empty one"
	}
	s.jobs[id] = &job{id: id, region: region, assets: assets}
	return ""
}

func (s *state) advance(j *job, r Record) (why string) {
	switch r.Type {
	case RecordStarted:
		j.state, j.attempts = jobPending, j.attempts+1
	case RecordStored:
		if r.File == nil || !filepath.IsLocal(filepath.FromSlash(r.File.Name)) {
			return "it names no file of the vault"
		}
		j.state = jobStored
		j.bundle = Bundle{Job: j.id, Region: j.region, Export: r.Export, Created: r.Created, Asked: j.assets, File: *r.File, Entries: r.Entries, Warnings: r.Problems}
	case RecordSplit:
		j.state, j.problems = jobSplit, r.Problems
		for _, h := range r.Halves {
			if why := s.plan(h.Job, j.region, h.Assets); why != "" {
				return why
			}
		}
	case RecordFailed:
		j.state, j.problems = jobFailed, r.Problems
	}
	return ""
}

// sorted gives the jobs in the order of their ids.
func (s *state) sorted() []*job {
	var out []*job
	for _, j := range s.jobs {
		out = append(out, j)
	}
	slices.SortFunc(out, compareJobs)
	return out
}

func (s *state) contents(dir string) *Contents {
	c := &Contents{Dir: dir, Header: s.header, Beside: s.beside, People: s.people, Complete: s.complete && s.planned, Torn: s.torn}
	for _, j := range s.sorted() {
		switch j.state {
		case jobPending:
			c.Jobs++
		case jobStored:
			c.Bundles = append(c.Bundles, j.bundle)
		case jobFailed:
			for _, a := range j.assets {
				c.Failed = append(c.Failed, Failure{Asset: a.in(j.region), Problems: j.problems})
			}
		}
	}
	slices.SortFunc(c.Failed, func(a, b Failure) int { return compareRefs(a.Asset, b.Asset) })
	return c
}

// Texts are the texts of all assets in the bundles, without the members that say what else Quick knows of an asset: its type, permissions,
// tags and folders. They all come into the memory at once: it is for a twin, which holds them anyway.
func (c *Contents) Texts() (map[estate.AssetRef]jsontext.Value, error) {
	out := map[estate.AssetRef]jsontext.Value{}
	for _, b := range c.Bundles {
		path := filepath.Join(c.Dir, filepath.FromSlash(b.File.Name))
		file, err := os.Open(path)
		if err != nil {
			return nil, unusable(path, err)
		}
		err = readBundle(file, b.File.Size, func(e content) (err error) {
			out[e.in(b.Region)], err = bare(e.text)
			return err
		})
		file.Close()
		if err != nil {
			return nil, unusable(path, err)
		}
	}
	return out, nil
}

func bare(text jsontext.Value) (jsontext.Value, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	for _, m := range []string{"resourceType", "permissions", "tags", "folderMemberships"} {
		delete(members, m)
	}
	return json.Marshal(members, json.Deterministic(true))
}
