package app

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/spec"
)

// vaults are the vaults of one account, numbered in the order in which they were begun. A vault that is not what is there any more is kept,
// and another one begun.
type vaults struct{ root string }

var vaultName = regexp.MustCompile(`^\d{3,}$`)

// vaults are those of the session's spec; a rehearsal has its own.
func (s *session) vaults() vaults {
	if s.vaultRoot != "" {
		return vaults{s.vaultRoot}
	}
	return s.app.vaultsOf(s.spec)
}

func (a *App) vaultsOf(s *spec.Spec) vaults {
	return vaults{cmp.Or(s.AssetsWanted().Vault, filepath.Join(a.StateDir, "vault"))}
}

func (v vaults) dir(name string) string { return filepath.Join(v.root, name) }

// newest is the name of the vault that was begun last; empty: there is none.
func (v vaults) newest() (string, error) {
	list, err := os.ReadDir(v.root)
	if err != nil && !os.IsNotExist(err) {
		return "", &diag.Error{Code: "vault/unreadable", What: "the directory of the vaults cannot be read", At: diag.Position{File: v.root}, Why: err.Error(), Err: err}
	}
	var names []string
	for _, e := range list {
		if e.IsDir() && vaultName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	if len(names) == 0 {
		return "", nil
	}
	return names[len(names)-1], nil
}

// next is the name of a vault after the one of that name.
func (vaults) next(after string) string {
	n := 0
	fmt.Sscanf(after, "%d", &n) //nolint:errcheck // empty is before the first
	return fmt.Sprintf("%03d", n+1)
}

// open names the vault to export into: the newest as long as it is unfinished, or only lacks what AWS would not export; else a new one.
func (v vaults) open(a *assets.Inventory) (string, error) {
	name, err := v.newest()
	if err != nil || name == "" {
		return v.next(""), err
	}
	c, err := assets.ReadVault(v.dir(name))
	if err != nil || c.Header.Account != a.Account { // it is kept as it is
		return v.next(name), nil
	}
	if !c.Complete {
		return name, nil
	}
	planned, err := c.Inventory()
	if err != nil || assets.Stale(c, planned, a) {
		return v.next(name), nil
	}
	return name, nil
}
