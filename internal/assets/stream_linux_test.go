package assets

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestBundlesStreamIntoTheVault: memory does not grow with the bytes of the bundles, for they go to the disk and are looked into one entry at
// a time. Each size has a process of its own.
func TestBundlesStreamIntoTheVault(t *testing.T) {
	beyondShort(t)
	const small, large = 1 << 20, 64 << 20
	if part := os.Getenv(role); part != "" {
		_, size, _ := strings.Cut(part, "-")
		b := &bundler{}
		if _, err := fmt.Sscan(size, &b.size); err != nil {
			t.Fatal(err)
		}
		inv := sampleOf(300).take(t)
		v, err := vaultAt(t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Export(t.Context(), ExportConfig{Vault: v, Inventory: inv, Exporter: b, Wait: noWait})
		if err != nil || !c.Complete || len(c.Failed) > 0 || len(c.Bundles) < 3 || c.Bundles[0].File.Size < int64(b.size) {
			t.Fatalf("%v: %+v", err, c)
		}
		say("%d", peak(t))
		return
	}
	at := func(size int) (bytes int64) {
		if _, err := fmt.Sscan(inProcess(t, fmt.Sprintf("bundles-%d", size)), &bytes); err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	little, much := at(small), at(large)
	t.Logf("%d MiB with bundles of %d MiB, %d MiB with bundles of %d MiB", little>>20, small>>20, much>>20, large>>20)
	if much-little > large/2 {
		t.Errorf("%d MiB more for bundles that are %d MiB larger", (much-little)>>20, (large-small)>>20)
	}
}
