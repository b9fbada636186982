package assets

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Inventory is every asset of one Quick account, in every Region: a deletion of the account destroys them all (quick-api 0, line 2).
type Inventory struct {
	Account        estate.AccountID `json:"account"`
	IdentityRegion estate.Region    `json:"identity_region,omitzero"`
	// Regions holds what was read. A Region that the account never opted into is absent; one that could not be read is not looked at,
	// with the reason, and is never taken for empty.
	Regions map[estate.Region]estate.Known[[]Item] `json:"regions"`
	// People are who is in the account. The zero value is that nobody looked, and blocks.
	People estate.Known[People] `json:"people,omitzero"`
	Trials int                  `json:"trials,omitzero"` // assets of trial imports, which are not counted as any other
}

// Item is one asset, what it uses, who may use it, and how it can travel. Items are sorted by type and id.
type Item struct {
	estate.Asset
	// Kind is what decides how the asset travels: a data source's type, a dataset's import mode, a folder's type, or a Kind of this room.
	Kind    string       `json:"kind,omitzero"`
	Uses    []estate.ARN `json:"uses,omitzero"`    // what it refers to, sorted; of a folder: its parent
	Members []estate.ARN `json:"members,omitzero"` // of a folder: what lies in it, sorted
	// Refresh are a dataset's refresh properties as Quick gives them; empty: it has none. Ingestion is the state of its last ingestion.
	Refresh   jsontext.Value `json:"refresh,omitzero"`
	Ingestion string         `json:"ingestion,omitzero"`
	Reach
	Travel    Travel `json:"travel"`
	Ownerless bool   `json:"ownerless,omitzero"` // its permissions were read, and nobody may change them
	// Unread says why something about the asset could not be read; empty: everything was.
	Unread string `json:"unread,omitzero"`
}

// Ref names the item, which is in the given Region.
func (i Item) Ref(r estate.Region) estate.AssetRef {
	return estate.AssetRef{Region: r, Type: i.Type, ID: i.ID}
}

// Label names an asset for people: its type, its name, its id and its Region.
func Label(ref estate.AssetRef, name string) string {
	if name == "" || name == ref.ID {
		return fmt.Sprintf("%s %s in %s", ref.Type, ref.ID, ref.Region)
	}
	return fmt.Sprintf("%s %q (%s) in %s", ref.Type, name, ref.ID, ref.Region)
}

// All gives every item that was read, by Region, type and id.
func (i *Inventory) All(yield func(estate.AssetRef, *Item) bool) {
	for _, r := range slices.Sorted(maps.Keys(i.Regions)) {
		items := i.Regions[r].Or(nil)
		for n := range items {
			if !yield(items[n].Ref(r), &items[n]) {
				return
			}
		}
	}
}

// Complete reports whether every Region, every asset and all people were read whole.
func (i *Inventory) Complete() bool { return len(i.Gaps("")) == 0 }

// Gaps are the Regions and assets that could not be read whole, as findings under the given code, and the people, under MIG-04. Unknown is
// not fine, so they block.
func (i *Inventory) Gaps(code string) []diag.Finding {
	var out []diag.Finding
	for _, r := range slices.Sorted(maps.Keys(i.Regions)) {
		known := i.Regions[r]
		if !known.Looked() {
			out = append(out, unread(code, r, known.Why()))
		}
		for _, item := range known.Or(nil) {
			if item.Unread != "" {
				out = append(out, diag.Finding{Code: code, Status: diag.Unknown, Subject: subject(item.Ref(r)), Owner: diag.QuickAdmin,
					Title: "1 " + string(item.Type) + " could not be read whole: " + Label(item.Ref(r), item.Name),
					Cause: item.Unread, Fix: "let the caller read it, then take the inventory again"})
			}
		}
	}
	return append(out, i.peopleGaps()...)
}

func unread(code string, r estate.Region, why string) diag.Finding {
	return diag.Finding{Code: code, Status: diag.Unknown, Subject: "assets/" + string(r), Owner: diag.QuickAdmin,
		Title: "1 Region was not read, and how many assets are in it is not known: " + string(r), Cause: why,
		Fix: "let the caller read " + string(r) + ", then take the inventory again"}
}

// subject is a reference as findings and waivers name it.
func subject(ref estate.AssetRef) string {
	return "asset/" + string(ref.Region) + "/" + string(ref.Type) + "/" + ref.ID
}

// compareRefs orders references by Region, type and id.
func compareRefs(a, b estate.AssetRef) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
}

func compareItems(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
}

// where names the account for errors.
func where(account estate.AccountID, r estate.Region) string {
	if r == "" {
		return "account " + string(account)
	}
	return "account " + string(account) + ", " + string(r)
}
