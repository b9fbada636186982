package view

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"rehome/internal/app"
	"rehome/internal/assets"
)

// Assets renders an inventory for people: how many there are and how they travel, then every one that needs somebody.
func Assets(w io.Writer, a *app.AssetsTaken) {
	fmt.Fprintf(w, "assets of account %s, identity Region %s\n\n", a.Account, a.IdentityRegion)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	all := 0
	for _, c := range a.Counts {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", c.Region, c.Type, c.Count, c.How)
		all += c.Count
	}
	t.Flush()
	fmt.Fprintf(w, "%d in all\n", all)
	leftOver(w, a.Left)
	if len(a.Ownerless) > 0 {
		fmt.Fprintln(w, "\nnobody may change (no owner):")
	}
	for _, ref := range a.Ownerless {
		fmt.Fprintf(w, "  %s %s in %s\n", ref.Type, ref.ID, ref.Region)
	}
	if len(a.Findings) > 0 {
		fmt.Fprintln(w)
		Findings(w, a.Findings)
	}
}

func leftOver(w io.Writer, all []assets.Leftover) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\nno bundle carries:")
	for _, l := range all {
		fmt.Fprintf(w, "  %s: %s", assets.Label(l.Asset, l.Name), l.Travel.How)
		if l.Travel.Reason != "" {
			fmt.Fprintf(w, ", %s", l.Travel.Reason)
		}
		fmt.Fprintln(w)
		for _, by := range l.UsedBy {
			fmt.Fprintf(w, "    used by %s %s in %s\n", by.Type, by.ID, by.Region)
		}
	}
}

// Vault renders what is known of a vault for people.
func Vault(w io.Writer, v *app.VaultChecked) {
	fmt.Fprintf(w, "vault %s: %s\n%d assets in %d bundles, %d bytes, of account %s (%s)\n", v.Dir, v.Outcome, v.Assets, v.Bundles, v.Bytes, v.Account, v.Target)
	if v.Compared {
		fmt.Fprintln(w, "compared with what is there now")
	} else {
		fmt.Fprintln(w, "checked by itself; whether it is still what is there was not looked at")
	}
	for _, f := range v.Failed {
		for _, p := range f.Problems {
			fmt.Fprintf(w, "not exported: %s %s in %s: %s\n", f.Asset.Type, f.Asset.ID, f.Asset.Region, p.Message)
		}
	}
	for _, p := range v.Warnings {
		fmt.Fprintf(w, "AWS warns of %s: %s\n", p.ARN, p.Message)
	}
	leftOver(w, v.Left)
	if len(v.Findings) > 0 {
		fmt.Fprintln(w)
		Findings(w, v.Findings)
	}
}

// Ledger renders the fate of every asset for people: the sums, then whatever is not simply where it belongs.
func Ledger(w io.Writer, a *app.Accounted) {
	for _, fate := range assets.Fates {
		fmt.Fprintf(w, "%-8s %d\n", fate, a.Sums[fate])
	}
	for _, l := range a.Lines {
		if l.Fate != assets.Moved && l.Fate != assets.Rebuilt {
			fmt.Fprintf(w, "%s: %s: %s\n", l.Fate, assets.Label(l.Asset, l.Name), l.Why)
		}
	}
	for _, s := range a.Starts {
		old := "the source does not say when"
		if !s.Old.IsZero() {
			old = "was " + s.Old.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "starts: %s: %s, %s\n", assets.Label(s.Schedule, ""), s.New.UTC().Format(time.RFC3339), old)
	}
	if len(a.Findings) > 0 {
		fmt.Fprintln(w)
		Findings(w, a.Findings)
	}
}
