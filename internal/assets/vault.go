package assets

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"rehome/internal/diag"
	"rehome/internal/document"
	"rehome/internal/estate"
)

// VaultConfig says where a vault is and what it must belong to.
type VaultConfig struct {
	Dir    string           // made when missing; the caller holds the lock on the state directory that it is in
	Header Header           // without Format; a vault that is there already keeps its own Run
	Now    func() time.Time // the run's clock
	// OnWrite, when given, is called before each thing that is done to the disk, one at a time, with a word for it; an error is the disk's.
	// Crash tests fail there.
	OnWrite func(what string) error
	lazy    bool // as chain.lazy
}

// Vault is a vault that is being filled. It is safe for concurrent use.
type Vault struct {
	VaultConfig
	mu    sync.Mutex
	chain *chain
	state *state
	hook  sync.Mutex // of OnWrite
}

// Open begins a vault or goes on with the one in the directory: what is stored stays, what was begun is begun anew. A record that a crash
// cut short is cut off (see Torn). A damaged vault and one of another account or target are errors, and nothing is changed.
func Open(c VaultConfig) (*Vault, error) {
	c.Header.Format = Format
	read, err := readManifest(c.Dir)
	if err != nil {
		return nil, err
	}
	v := &Vault{VaultConfig: c}
	if v.state, err = replayed(c.Dir, read); err != nil {
		return nil, err
	}
	first := Record{Type: RecordBegin, Header: &c.Header}
	if len(read.records) > 0 {
		if err := v.state.header.fits(c); err != nil {
			return nil, err
		}
		first = Record{Type: RecordResume}
		v.Header = v.state.header
	}
	if read.torn > 0 {
		first.Detail = fmt.Sprintf("a torn record of %d bytes was cut off", read.torn)
	}
	if v.state.complete && read.torn == 0 && !v.unfinished() {
		first.Type = "" // opening a finished vault leaves it as it is
	}
	if err := v.before("open"); err != nil {
		return nil, unusable(c.Dir, err)
	}
	if v.chain, err = openChain(c.Dir, read, c.Now, c.lazy); err != nil {
		return nil, err
	}
	if first.Type != "" {
		err = v.append(first)
	}
	if err != nil {
		v.chain.file.Close()
		return nil, err
	}
	return v, nil
}

func (h Header) fits(c VaultConfig) error {
	for _, m := range []struct{ what, have, want string }{
		{"account", string(h.Account), string(c.Header.Account)},
		{"identity Region", string(h.IdentityRegion), string(c.Header.IdentityRegion)},
		{"target", h.Target, c.Header.Target},
	} {
		if m.have != m.want {
			return &diag.Error{Code: "vault/other", What: "this vault belongs to another " + m.what, At: diag.Position{File: filepath.Join(c.Dir, manifestFile)},
				Why: "it is of " + m.have + ", and this run is of " + m.want, Exit: diag.ExitUsage, Fix: []string{"export into another directory"}}
		}
	}
	return nil
}

// Torn is the size in bytes of the record that was cut off when the vault was opened; 0: none.
func (v *Vault) Torn() int { return v.state.torn }

// Contents is what the vault holds now.
func (v *Vault) Contents() *Contents {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state.contents(v.Dir)
}

// Close closes the manifest; every record is on the disk already.
func (v *Vault) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.chain.file.Close()
}

func (v *Vault) before(what string) error {
	if v.OnWrite == nil {
		return nil
	}
	v.hook.Lock()
	defer v.hook.Unlock()
	return v.OnWrite(what)
}

// append writes records, one after the other, and takes them into account.
func (v *Vault) append(records ...Record) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range records {
		if v.chain.err == nil {
			if err := v.before("record " + string(r.Type)); err != nil {
				v.chain.err = unusable(v.chain.file.Name(), err)
			}
		}
		if err := v.chain.append(&r); err != nil {
			return err
		}
		if why := v.state.add(r); why != "" {
			return &diag.Error{Code: "internal", What: "a record does not fit into the vault", Why: why, At: diag.Position{File: v.chain.file.Name(), Line: r.N}}
		}
	}
	return nil
}

// plan writes down what the vault is to hold: first all that no bundle holds, then the jobs. A plan that is there already stays.
func (v *Vault) plan(inv *Inventory) error {
	if v.state.planned {
		return nil
	}
	if inv == nil || inv.Account != v.Header.Account {
		return &diag.Error{Code: "vault/other", What: "the vault needs an inventory of its own account", Where: where(v.Header.Account, ""), Exit: diag.ExitUsage}
	}
	for _, r := range slices.Sorted(maps.Keys(inv.Regions)) {
		f, err := v.storeBeside(string(r)+"/beside.json", beside{Format: besideFormat, Region: r, Assets: inv.Regions[r]})
		if err != nil {
			return err
		}
		if err := v.append(Record{Type: RecordBeside, Region: r, File: &f}); err != nil {
			return err
		}
	}
	f, err := v.storeBeside(peopleFile, peopleBeside{Format: peopleFormat, People: inv.People})
	if err != nil {
		return err
	}
	if err := v.append(Record{Type: RecordPeople, File: &f}); err != nil {
		return err
	}
	jobs := Pack(inv, NewGraph(inv), MaxPerJob)
	for _, j := range jobs {
		r := Record{Type: RecordPlanned, Region: j.Region, Job: jobID(j.Region, j.Number)}
		for _, a := range j.Assets {
			r.Assets = append(r.Assets, AssetID{Type: a.Type, ID: a.ID})
		}
		if err := v.append(r); err != nil {
			return err
		}
	}
	return v.append(Record{Type: RecordPlan, Count: len(jobs)})
}

func jobID(r estate.Region, number int) string { return fmt.Sprintf("%s/%03d", r, number) }

// compareJobs orders by Region and number; a number can have more digits than three.
func compareJobs(a, b *job) int {
	return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(len(a.id), len(b.id)), cmp.Compare(a.id, b.id))
}

// storeBeside writes a file that lies beside the bundles. A large Region's text has tens of megabytes: it goes out in pieces.
func (v *Vault) storeBeside(name string, what any) (File, error) {
	f := File{Name: name}
	path := filepath.Join(v.Dir, filepath.FromSlash(f.Name))
	if err := v.before("beside"); err != nil {
		return f, unusable(path, err)
	}
	err := document.WriteFrom(path, func(w io.Writer) error {
		m := measuring(w)
		err := document.EncodeTo(m, what)
		f.Size, f.SHA256 = m.size, m.hex()
		return err
	})
	if err != nil {
		return f, err
	}
	if err := errors.Join(syncDir(filepath.Dir(path), v.lazy), syncDir(v.Dir, v.lazy)); err != nil {
		return f, unusable(path, err)
	}
	return f, nil
}

// pending are the jobs that are to be done: those that were never stored, those of one asset that failed, and those whose bundle is no
// longer there in its size. Whether its bytes are right, Verify finds out.
func (v *Vault) pending() []*job {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []*job
	for _, j := range v.state.sorted() {
		if j.state == jobPending || j.state == jobFailed || j.state == jobStored && !v.present(j.bundle.File) {
			out = append(out, j)
		}
	}
	return out
}

func (v *Vault) present(f File) bool {
	info, err := os.Stat(filepath.Join(v.Dir, filepath.FromSlash(f.Name)))
	return err == nil && info.Mode().IsRegular() && info.Size() == f.Size
}

// unfinished reports whether an export would have something to do.
func (v *Vault) unfinished() bool { return !v.state.planned || len(v.pending()) > 0 }

// measured is a writer that computes size and hash of what it writes.
type measured struct {
	to  io.Writer
	sum interface {
		io.Writer
		Sum([]byte) []byte
	}
	size int64
}

func measuring(to io.Writer) *measured { return &measured{to: to, sum: sha256.New()} }

func (m *measured) Write(b []byte) (int, error) {
	n, err := m.to.Write(b)
	m.sum.Write(b[:n])
	m.size += int64(n)
	return n, err
}

func (m *measured) hex() string { return hex.EncodeToString(m.sum.Sum(nil)) }

// download is a bundle on its way into the vault: written to a temporary file beside its place, and measured on the way.
type download struct {
	*measured
	file *os.File
	path string // of the temporary file
	err  error  // of the disk
}

func (v *Vault) download(j *job) (*download, error) {
	path := filepath.Join(v.Dir, string(j.region), "."+filepath.Base(j.id)+".part")
	err := v.before("create")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	var file *os.File
	if err == nil {
		file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	}
	if err != nil {
		return nil, unusable(path, err)
	}
	return &download{measured: measuring(file), file: file, path: path}, nil
}

var errTooLarge = fmt.Errorf("the bundle is larger than the %d GiB that an import takes", MaxBundle>>30)

func (d *download) Write(b []byte) (int, error) {
	if d.size+int64(len(b)) > MaxBundle {
		return 0, errTooLarge
	}
	n, err := d.measured.Write(b)
	if err != nil {
		d.err = unusable(d.path, err)
	}
	return n, err
}

// discard takes the temporary file away.
func (d *download) discard() { errors.Join(d.file.Close(), os.Remove(d.path)) }

// store puts a bundle in its place and then writes its record: a bundle without a record is fetched anew.
func (v *Vault) store(j *job, d *download, r Record) error {
	f := File{Name: j.id + ".qs", Size: d.size, SHA256: d.hex()}
	path := filepath.Join(v.Dir, filepath.FromSlash(f.Name))
	err := v.before("sync")
	if err == nil && !v.lazy {
		err = d.file.Sync()
	}
	err = errors.Join(err, d.file.Close())
	if err == nil {
		err = v.before("rename")
	}
	if err == nil {
		err = os.Rename(d.path, path)
	}
	if err == nil {
		err = errors.Join(syncDir(filepath.Dir(path), v.lazy), syncDir(v.Dir, v.lazy))
	}
	if err != nil {
		os.Remove(d.path)
		return unusable(path, err)
	}
	r.Type, r.Job, r.File = RecordStored, j.id, &f
	return v.append(r)
}
