package assets

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// TestExportOnRandomEstates: whatever the estate, the vault holds each asset that travels by bundle, verifies, and equals a fresh inventory.
func TestExportOnRandomEstates(t *testing.T) {
	for part := range 4 {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := range seeds() {
				exportRandom(t, 1000+50*part+seed)
			}
		})
	}
}

func exportRandom(t *testing.T, seed int) {
	r := seeded(seed)
	w := newWorld()
	w.random(r, r.IntN(300))
	w.slow = r.IntN(3)
	inv, dir := w.take(t), t.TempDir()
	c, err := w.export(t.Context(), dir, inv, nil)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	want := bundled(inv)
	if held := c.held(); len(held) != len(want) || !c.Complete || w.most > MaxInFlight {
		t.Fatalf("seed %d: %d of %d assets, complete %t, %d at once", seed, len(held), len(want), c.Complete, w.most)
	}
	report := verified(t, dir)
	if got := open(report.Findings); got != "" || !report.Whole() || report.Assets != len(want) {
		t.Fatalf("seed %d: %d assets\n%s", seed, report.Assets, got)
	}
	left, all := 0, 0
	for _, f := range Compare(report.Contents, report.Inventory, w.take(t)) {
		if f.Code != "MIG-15" || f.Source == nil {
			t.Fatalf("seed %d: %+v", seed, f)
		}
		left++
	}
	inv.All(func(estate.AssetRef, *Item) bool { all++; return true })
	if left != all-len(want) {
		t.Fatalf("seed %d: %d assets are left out, %d are reported", seed, all-len(want), left)
	}
}

// small is a world of a few jobs in two Regions, small enough to fail at every call.
func small() *world {
	w := newWorld()
	for _, region := range []string{"ap-south-1", "us-east-1"} {
		s := ref(region + " datasource s")
		w.put(s, "ATHENA")
		for i := range 60 {
			d := ref(fmt.Sprintf("%s dataset d%d", region, i))
			w.put(d, "SPICE", s)
			w.put(ref(fmt.Sprintf("%s analysis a%d", region, i)), "", d)
		}
	}
	return w
}

// finished opens the vault again and checks that it is whole and that nothing stored was fetched twice.
func finished(t *testing.T, w *world, dir string, inv *Inventory, stored *Contents, what string) {
	t.Helper()
	had := map[estate.AssetRef]int{}
	if stored != nil {
		for ref := range stored.held() {
			had[ref] = w.started[ref]
		}
	}
	w.failAt, w.calls, w.running, w.onCall = 0, 0, 0, nil
	c, err := w.export(t.Context(), dir, inv, nil)
	if err != nil || !c.Complete || len(c.Failed) > 0 {
		t.Fatalf("%s: the second export: %v", what, err)
	}
	for ref, n := range had {
		if w.started[ref] != n {
			t.Fatalf("%s: %v was stored and exported again", what, ref)
		}
	}
	if r := verified(t, dir); open(r.Findings) != "" || r.Assets != len(w.things) {
		t.Fatalf("%s: %d assets\n%s", what, r.Assets, open(r.Findings))
	}
}

func storedAt(t *testing.T, dir string) *Contents {
	t.Helper()
	c, err := ReadVault(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestExportIsKilledAtEveryCall: the exporter breaks at its n-th call; the other Region's jobs go on, and a second export finishes.
func TestExportIsKilledAtEveryCall(t *testing.T) {
	beyondShort(t)
	t.Parallel()
	for n := 1; ; n++ {
		w := small()
		inv, dir := w.take(t), t.TempDir()
		w.calls, w.failAt = 0, n
		_, err := w.export(t.Context(), dir, inv, nil)
		if w.calls < n {
			if t.Logf("%d calls", w.calls); err != nil || n < 10 {
				t.Fatal(err)
			}
			return
		}
		// A download that breaks is tried again by itself.
		var e *diag.Error
		if err != nil && (!errors.As(err, &e) || e.Code != "export/broken" || !errors.Is(err, errBroken) || len(e.Fix) == 0) {
			t.Fatalf("call %d: %v", n, err)
		}
		if stored := storedAt(t, dir); err != nil && len(stored.Bundles) == 0 {
			t.Fatalf("call %d: the other Region stood still", n)
		}
		finished(t, w, dir, inv, storedAt(t, dir), fmt.Sprint("call ", n))
	}
}

// TestExportIsInterruptedAtEveryCall: the context ends.
func TestExportIsInterruptedAtEveryCall(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		w := small()
		inv, dir := w.take(t), t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		w.calls = 0
		w.onCall = func(string) error {
			if w.calls >= n {
				cancel()
			}
			return ctx.Err()
		}
		_, err := w.export(ctx, dir, inv, nil)
		cancel()
		if w.calls < n {
			return
		}
		if diag.ExitCode(err) != diag.ExitInterrupted || !errors.Is(err, context.Canceled) {
			t.Fatalf("call %d: %v", n, err)
		}
		finished(t, w, dir, inv, storedAt(t, dir), fmt.Sprint("call ", n))
	}
}

// TestTheDiskFailsAtEveryWrite: and from then on, as after a crash; what is on the disk is gone on with.
func TestTheDiskFailsAtEveryWrite(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		w := small()
		inv, dir := w.take(t), t.TempDir()
		writes, full := 0, errors.New("no space left on device")
		_, err := w.export(t.Context(), dir, inv, func(string) error {
			if writes++; writes >= n {
				return full
			}
			return nil
		})
		if writes < n {
			if t.Logf("%d writes", writes); err != nil || n < 20 {
				t.Fatal(err)
			}
			return
		}
		var e *diag.Error
		if !errors.As(err, &e) || e.Code != "vault/unusable" || !errors.Is(err, full) {
			t.Fatalf("write %d: %v", n, err)
		}
		finished(t, w, dir, inv, storedAt(t, dir), fmt.Sprint("write ", n))
	}
}

// TestTheManifestIsCutAnywhere: a crash may leave any beginning of the manifest; what is whole in it stays.
func TestTheManifestIsCutAnywhere(t *testing.T) {
	t.Parallel()
	w := small()
	inv, whole := w.take(t), t.TempDir()
	if _, err := w.export(t.Context(), whole, inv, nil); err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(whole, manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	ends := []int{0}
	for i, b := range manifest {
		if b == '\n' {
			ends = append(ends, i, i+1)
		}
	}
	for _, end := range append(ends, 1, 100, len(manifest)/2, len(manifest)*3/4) {
		if end > len(manifest) {
			continue
		}
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, manifestFile), manifest[:end], 0o600); err != nil {
			t.Fatal(err)
		}
		if end < len(manifest) && verified(t, dir).Whole() {
			t.Fatalf("cut at %d: the vault still verifies", end)
		}
		finished(t, w, dir, inv, storedAt(t, dir), fmt.Sprint("cut at ", end))
	}
}

// TestOneFailingAssetIsFound: the job is split until the asset stands alone; the rest is exported.
func TestOneFailingAssetIsFound(t *testing.T) {
	for _, how := range []string{"broken: it has errors", "named: it has errors", "refuse: not supported"} {
		for _, id := range []string{"d0", "d31", "d59"} {
			w := small()
			inv, dir := w.take(t), t.TempDir()
			bad := ref("ap-south-1 dataset " + id)
			w.broken[bad] = how
			c, err := w.export(t.Context(), dir, inv, nil)
			if err != nil || len(c.Failed) != 1 || c.Failed[0].Asset != bad || !strings.Contains(texts(c.Failed[0].Problems), how) || !c.Complete {
				t.Fatalf("%s: %v, %d failed", how, err, len(c.Failed))
			}
			if len(c.held()) != len(w.things)-1 {
				t.Errorf("%s: %d assets of %d", how, len(c.held()), len(w.things))
			}
			report := verified(t, dir)
			if got := open(report.Findings); got != "MIG-15 fail block asset/ap-south-1/dataset/"+id || report.Whole() {
				t.Errorf("%s: %s", how, open(report.Findings))
			}
			compared := Compare(report.Contents, report.Inventory, w.take(t))
			if open(compared) != open(report.Findings) || !strings.Contains(compared[0].Cause, how) {
				t.Errorf("%s: %+v", how, compared)
			}
			delete(w.broken, bad) // somebody mends it
			finished(t, w, dir, inv, c, how)
		}
	}
}

// TestManyFailingAssetsAreFound: as many as a Region may have before its first job ends well, whichever job that is.
func TestManyFailingAssetsAreFound(t *testing.T) {
	const many = hopeless - 1
	w := small()
	inv, dir := w.take(t), t.TempDir()
	for i := range many {
		w.broken[ref(fmt.Sprintf("us-east-1 analysis a%d", i))] = "broken"
	}
	c, err := w.export(t.Context(), dir, inv, nil)
	if err != nil || len(c.Failed) != many || len(c.held()) != len(w.things)-many || w.most > MaxInFlight {
		t.Fatalf("%v: %+v, %d at once", err, c, w.most)
	}
}

// TestThrottlingAdapts: fewer jobs at once while Quick is busy, never more than five, and five again later.
func TestThrottlingAdapts(t *testing.T) {
	t.Attr("requirement", "MIG-11")
	t.Parallel()
	for _, room := range []int{1, 2, 4, 5} {
		w := newWorld()
		for i := range 2000 {
			w.put(ref(fmt.Sprintf("ap-south-1 theme t%d", i)), "")
		}
		w.room, w.slow = room, 3
		inv, dir := w.take(t), t.TempDir()
		w.calls = 0
		w.onCall = func(what string) error { // the polling is throttled as well
			if what == "describe" && w.calls%5 == 0 {
				return fmt.Errorf("ThrottlingException: %w", ErrBusy)
			}
			return nil
		}
		c, err := w.export(t.Context(), dir, inv, nil)
		if err != nil || w.most > room || len(c.held()) != 2000 {
			t.Fatalf("room for %d: %v, %d at once", room, err, w.most)
		}
	}
	w := newWorld()
	for i := range 2000 {
		w.put(ref(fmt.Sprintf("ap-south-1 theme t%d", i)), "")
	}
	starts := 0
	w.busy = func() bool { starts++; return starts <= 6 }
	atOnce := []int{}
	inv := w.take(t)
	v, err := vaultAt(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	_, err = Export(t.Context(), ExportConfig{Vault: v, Inventory: inv, Exporter: w, Wait: noWait, Progress: func(c ExportCount) { atOnce = append(atOnce, c.Running) }})
	if err != nil || slices.Max(atOnce) != MaxInFlight || !slices.Contains(atOnce[5:20], 1) || slices.Max(atOnce[len(atOnce)/2:]) != MaxInFlight {
		t.Errorf("%v: %v", err, atOnce)
	}
}

// TestPatienceEnds: a Quick that never has time, and a job that never ends.
func TestPatienceEnds(t *testing.T) {
	for name, set := range map[string]func(*world){
		"no room":       func(w *world) { w.busy = func() bool { return true } },
		"never ends":    func(w *world) { w.slow = 1 << 30 },
		"no answer":     func(w *world) { w.onCall = func(s string) error { return map[string]error{"describe": ErrBusy}[s] } },
		"no download":   func(w *world) { w.onCall = func(s string) error { return map[string]error{"download": ErrExpired}[s] } },
		"busy download": func(w *world) { w.onCall = func(s string) error { return map[string]error{"download": ErrBusy}[s] } },
		"no connection": func(w *world) { w.onCall = func(s string) error { return errBroken } },
	} {
		w := small()
		inv := w.take(t)
		set(w)
		var waited time.Duration
		v, err := vaultAt(t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		wait := make(chan struct{}, 1)
		_, err = Export(t.Context(), ExportConfig{Vault: v, Inventory: inv, Exporter: w, Wait: func(_ context.Context, d time.Duration) error {
			wait <- struct{}{}
			waited += d
			<-wait
			return nil
		}})
		if v.Close(); diag.ExitCode(err) != diag.ExitFailed || waited > 20*time.Hour {
			t.Errorf("%s: %v after %s", name, err, waited)
		}
		if err != nil && strings.Contains(diag.From("", err).Render(), "secret") {
			t.Errorf("%s: the address is shown: %v", name, err)
		}
	}
}

// TestTheAddressExpires: another Describe gives another one, and no address gets into the vault or an error.
func TestTheAddressExpires(t *testing.T) {
	t.Attr("requirement", "MIG-13")
	w := small()
	inv, dir := w.take(t), t.TempDir()
	w.expire = 2
	if _, err := w.export(t.Context(), dir, inv, nil); err != nil {
		t.Fatal(err)
	}
	finished(t, w, dir, inv, storedAt(t, dir), "expired")
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("secret-")) {
			t.Errorf("%s holds a download address", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestBundlesThatAreNotWhatWasAskedFor: a bundle that cannot be read or lacks an asset counts as a failed job.
func TestBundlesThatAreNotWhatWasAskedFor(t *testing.T) {
	w := small()
	inv, dir := w.take(t), t.TempDir()
	w.extra = func(z *zip.Writer, id string) {
		if strings.HasPrefix(id, "us-east-1") {
			f, _ := z.Create("../../dataset/evil.json")
			io.WriteString(f, `{"resourceType":"dataset","dataSetId":"evil"}`)
		}
	}
	_, err := w.export(t.Context(), dir, inv, nil)
	c := storedAt(t, dir)
	if diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), "leads elsewhere") || len(c.Failed) < hopeless || len(c.Failed) > 2*hopeless || len(c.held()) != 121 {
		t.Errorf("%v: %d failed, %d held", err, len(c.Failed), len(c.held()))
	}
	w = small()
	inv, dir = w.take(t), t.TempDir()
	w.extra = func(z *zip.Writer, id string) {
		f, _ := z.Create("dataset/more.json")
		io.WriteString(f, `{"resourceType":"dataset","dataSetId":"more"}`)
	}
	if _, err = w.export(t.Context(), dir, inv, nil); err != nil {
		t.Fatal(err)
	}
	if got := open(verified(t, dir).Findings); !strings.Contains(got, "MIG-14 fail block asset/us-east-1/dataset/more") {
		t.Error(got)
	}
}

func TestAVaultOfAnother(t *testing.T) {
	w := small()
	inv, dir := w.take(t), t.TempDir()
	if _, err := w.export(t.Context(), dir, inv, nil); err != nil {
		t.Fatal(err)
	}
	for _, h := range []Header{{Account: "444455556666", IdentityRegion: home, Target: "twin"}, {Account: account, IdentityRegion: "us-east-1", Target: "twin"},
		{Account: account, IdentityRegion: home, Target: "aws"}} {
		_, err := Open(VaultConfig{Dir: dir, Header: h, Now: time.Now})
		if diag.ExitCode(err) != diag.ExitUsage {
			t.Errorf("%+v: %v", h, err)
		}
	}
	before, _ := os.ReadFile(filepath.Join(dir, manifestFile))
	v, err := Open(VaultConfig{Dir: dir, Header: Header{Account: account, IdentityRegion: home, Target: "twin", Run: "run-2"}, Now: time.Now})
	if err != nil || v.Header.Run != "run-1" {
		t.Fatal(err, v)
	}
	v.Close()
	if after, _ := os.ReadFile(filepath.Join(dir, manifestFile)); !bytes.Equal(before, after) {
		t.Error("opening a finished vault changed it")
	}
	other := &Inventory{Account: "444455556666"}
	if _, err := w.export(t.Context(), t.TempDir(), other, nil); diag.ExitCode(err) != diag.ExitUsage {
		t.Errorf("an inventory of another account: %v", err)
	}
}
