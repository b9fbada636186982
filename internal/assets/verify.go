package assets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Report is what Verify found out about a vault.
type Report struct {
	Contents  *Contents
	Inventory *Inventory // that the vault was planned from; nil when it cannot be read
	Assets    int        // in bundles that were read whole
	Bytes     int64      // of the bundles
	// Principals says of each user, group and namespace of the account how many assets name it: in permissions, or in what they hold, such as
	// column-level security.
	Principals map[estate.ARN]int
	Findings   []diag.Finding
}

// Whole reports whether nothing speaks against the vault. Warnings of AWS do not.
func (r *Report) Whole() bool { return !slices.ContainsFunc(r.Findings, diag.Finding.Blocks) }

// Verify checks a vault without AWS: the chain of its records, the hash of every file, every bundle entry by entry, that everything that was
// planned is in it and nothing else, and that whatever an entry refers to is in it too or known to be elsewhere. A manifest that cannot be
// read is an error; the end of ctx ends it.
func Verify(ctx context.Context, dir string, progress func(done, bundles int)) (*Report, error) {
	c, err := ReadVault(dir)
	if err != nil {
		return nil, err
	}
	v := &verifying{Report: Report{Contents: c}, failed: map[estate.AssetRef]bool{}, dangling: map[estate.ARN]bool{}, lost: map[estate.ARN][]estate.AssetRef{},
		names: map[estate.ARN]map[estate.AssetRef]bool{}}
	v.records()
	v.besides()
	v.held = c.held()
	for n := range c.Bundles {
		if err := ctx.Err(); err != nil {
			return nil, &diag.Error{Code: "vault/interrupted", What: "the check of the vault was interrupted", At: diag.Position{File: dir}, Err: err, Exit: diag.ExitInterrupted}
		}
		v.bundle(&c.Bundles[n])
		if progress != nil {
			progress(n+1, len(c.Bundles))
		}
	}
	v.coverage()
	v.references()
	v.strangers()
	v.Principals = map[estate.ARN]int{}
	for arn, by := range v.names {
		v.Principals[arn] = len(by)
	}
	diag.Sort(v.Findings)
	return &v.Report, nil
}

// verifying is a check under way.
type verifying struct {
	Report
	held     map[estate.AssetRef]*Bundle
	graph    *Graph
	known    map[estate.AssetRef]*Item // the inventory's
	dangling map[estate.ARN]bool       // known to dangle
	failed   map[estate.AssetRef]bool  // in the export, and reported for that
	lost     map[estate.ARN][]estate.AssetRef
	names    map[estate.ARN]map[estate.AssetRef]bool // what names each user, group and namespace
}

const exportAgain = "export again into the same vault"

func (v *verifying) blame(code, subject, title, cause, fix string) {
	v.Findings = append(v.Findings, diag.Finding{Code: code, Status: diag.Fail, Subject: subject, Title: title, Cause: cause, Fix: fix})
}

// records says what the manifest itself leaves open.
func (v *verifying) records() {
	c := v.Contents
	switch {
	case c.Header.Format == "":
		v.blame("MIG-14", "vault", "there is no vault here", "no manifest was found in "+c.Dir, "export the assets first")
	case !c.Complete:
		v.blame("MIG-14", "vault", fmt.Sprintf("the export was not finished: %d jobs are open", c.Jobs), "it was stopped, or its last record was cut short", exportAgain)
	}
	if c.Torn > 0 {
		v.blame("MIG-14", "vault/"+manifestFile, fmt.Sprintf("the last record is cut short by %d bytes", c.Torn), "the export crashed, or the file was damaged", exportAgain)
	}
	for _, f := range c.Failed {
		v.failed[f.Asset] = true
		v.blame("MIG-15", subject(f.Asset), "1 "+string(f.Asset.Type)+" could not be exported: "+Label(f.Asset, ""), texts(f.Problems),
			"mend it in Quick and "+exportAgain+", or make it again by hand")
	}
	for _, b := range c.Bundles {
		if len(b.Warnings) > 0 {
			v.Findings = append(v.Findings, diag.Finding{Code: "MIG-14", Status: diag.Fail, Severity: diag.Note, Subject: "vault/" + b.File.Name, Owner: diag.QuickAdmin,
				Title: fmt.Sprintf("%d warnings came with bundle %s", len(b.Warnings), b.File.Name), Cause: texts(b.Warnings), Source: []diag.Source{sheet("3.2")}})
		}
	}
}

func texts(problems []Problem) string {
	var out []string
	for _, p := range problems {
		text := p.Message
		if p.ARN != "" {
			text = string(p.ARN) + ": " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// besides checks the files that hold the inventory, and reads it.
func (v *verifying) besides() {
	if v.Contents.Header.Format == "" {
		return
	}
	for _, f := range v.Contents.besides() {
		if file, why := v.open(f); why != "" {
			v.blame("MIG-14", "vault/"+f.Name, "1 file of the vault is not what was stored: "+f.Name, why, "export into a new directory")
		} else {
			file.Close()
		}
	}
	inv, err := v.Contents.Inventory()
	if err != nil {
		v.blame("MIG-14", "vault/inventory", "the inventory of the vault cannot be read", err.Error(), "export into a new directory")
		return
	}
	v.Inventory, v.graph, v.known = inv, NewGraph(inv), map[estate.AssetRef]*Item{}
	v.Findings = append(v.Findings, inv.Gaps("MIG-15")...)
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		v.known[ref] = item
		for _, g := range item.Permissions {
			v.name(g.Principal, ref)
		}
		return true
	})
	for _, d := range v.graph.Dangling() {
		v.dangling[d.Target] = true
	}
}

// open opens a file of the vault, if it is what was stored; why says what is wrong with it.
func (v *verifying) open(f File) (file *os.File, why string) {
	path := filepath.Join(v.Contents.Dir, filepath.FromSlash(f.Name))
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "it is not there"
	case err != nil:
		return nil, err.Error()
	case !info.Mode().IsRegular():
		return nil, "it is no file"
	case info.Size() != f.Size:
		return nil, fmt.Sprintf("it has %d bytes, and %d were stored", info.Size(), f.Size)
	}
	if file, err = os.Open(path); err != nil {
		return nil, err.Error()
	}
	sum := sha256.New()
	if _, err = io.Copy(sum, file); err != nil {
		why = err.Error()
	} else if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		why = "its content is not that which was stored: at least one byte differs"
	}
	if why != "" {
		file.Close()
		return nil, why
	}
	return file, ""
}

// bundle hashes a bundle and reads it entry by entry.
func (v *verifying) bundle(b *Bundle) {
	fix := "remove " + b.File.Name + " and " + exportAgain + ": only this bundle is fetched anew"
	wrong := func(why string) {
		v.blame("MIG-14", "vault/"+b.File.Name, fmt.Sprintf("1 bundle with %d assets in %s cannot be used: %s", len(b.Asked), b.Region, b.File.Name), why, fix)
	}
	file, why := v.open(b.File)
	if why != "" {
		wrong(why)
		return
	}
	defer file.Close()
	there := map[AssetID]string{}
	err := readBundle(file, b.File.Size, func(c content) error {
		there[c.AssetID] = c.SHA256
		v.refer(c.in(b.Region), c.refs)
		return nil
	})
	if err != nil {
		wrong(err.Error())
		return
	}
	for _, e := range b.Entries {
		if there[e.AssetID] != e.SHA256 {
			wrong("its entry " + string(e.Type) + " " + e.ID + " is not that which was stored")
			return
		}
	}
	if len(there) != len(b.Entries) {
		wrong(fmt.Sprintf("it has %d entries, and %d were stored", len(there), len(b.Entries)))
		return
	}
	for _, a := range b.Asked {
		if there[a] == "" {
			v.blame("MIG-14", subject(a.in(b.Region)), "1 "+string(a.Type)+" is not in its bundle "+b.File.Name+": "+v.label(a.in(b.Region)),
				"the export job did not bring it", fix)
		}
	}
	for _, e := range b.Entries {
		if v.known != nil && v.known[e.in(b.Region)] == nil {
			v.blame("MIG-14", subject(e.in(b.Region)), "1 "+string(e.Type)+" that the inventory does not know is in "+b.File.Name+": "+Label(e.in(b.Region), ""),
				"the export job brought something that nobody asked for", "take the inventory again and export into a new directory")
		}
	}
	v.Assets, v.Bytes = v.Assets+len(b.Entries), v.Bytes+b.File.Size
}

func (v *verifying) label(ref estate.AssetRef) string {
	if item := v.known[ref]; item != nil {
		return Label(ref, item.Name)
	}
	return Label(ref, "")
}

// refer notes references that lead out of the vault, but for those that the inventory accounts for: what dangles already, and what does not
// travel by bundle.
func (v *verifying) refer(from estate.AssetRef, arns []estate.ARN) {
	for _, arn := range arns {
		v.name(arn, from)
		ref, account, ok := estate.ParseAssetARN(arn)
		if !ok || builtIn(account) || v.dangling[arn] {
			continue
		}
		if account == v.Contents.Header.Account {
			if item := v.known[ref]; v.held[ref] != nil || v.failed[ref] || item != nil && item.Travel.How != ByBundle {
				continue
			}
		}
		v.lost[arn] = append(v.lost[arn], from)
	}
}

// name notes that an asset names somebody, if that is somebody of the account.
func (v *verifying) name(arn estate.ARN, by estate.AssetRef) {
	if v.Inventory == nil || !v.Inventory.ofPeople(arn) {
		return
	}
	if v.names[arn] == nil {
		v.names[arn] = map[estate.AssetRef]bool{}
	}
	v.names[arn][by] = true
}

// references reports what refer noted.
func (v *verifying) references() {
	for arn, from := range v.lost {
		slices.SortFunc(from, compareRefs)
		from = slices.Compact(from)
		v.blame("MIG-10", "arn/"+string(arn), fmt.Sprintf("%d assets use %s, which is not in the vault: %s and others", len(from), arn, v.label(from[0])),
			"it was not exported, or the inventory does not show that they use it", "take the inventory again and export into a new directory")
	}
}

// coverage looks for assets that bundles carry and that no job brought.
func (v *verifying) coverage() {
	if v.Inventory == nil {
		return
	}
	v.Inventory.All(func(ref estate.AssetRef, item *Item) bool {
		if item.Travel.How == ByBundle && v.held[ref] == nil && !v.failed[ref] {
			v.blame("MIG-15", subject(ref), "1 "+string(ref.Type)+" is not in the vault: "+Label(ref, item.Name), "its export job is not finished", exportAgain)
		}
		return true
	})
}

// strangers reports files that no record tells of. Those whose name begins with a point are on their way in.
func (v *verifying) strangers() {
	ours := map[string]bool{manifestFile: true}
	for _, f := range v.Contents.besides() {
		ours[f.Name] = true
	}
	for _, b := range v.Contents.Bundles {
		ours[b.File.Name] = true
	}
	err := fs.WalkDir(os.DirFS(v.Contents.Dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !ours[name] && !strings.HasPrefix(d.Name(), ".") {
			v.Findings = append(v.Findings, diag.Finding{Code: "MIG-14", Status: diag.Fail, Severity: diag.Warn, Subject: "vault/" + name,
				Title: "1 file is in the vault that no record tells of: " + name, Fix: "move it elsewhere"})
		}
		return err
	})
	if err != nil && v.Contents.Header.Format != "" {
		v.blame("MIG-14", "vault", "the vault cannot be read", err.Error(), "let this user read "+v.Contents.Dir)
	}
}
