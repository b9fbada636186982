package quicksight

import (
	"encoding/json"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// references are the assets of an account that a value names by ARN, sorted, each once. What belongs to Quick itself, such as the built-in
// themes, is no asset of the account.
func references(v any, account estate.AccountID) []estate.AssetRef {
	return referenceList(slices.DeleteFunc(allReferences(v), func(r reference) bool { return r.account != account })).refs()
}

type reference struct {
	estate.AssetRef
	account estate.AccountID
}

type referenceList []reference

func (l referenceList) refs() []estate.AssetRef {
	var out []estate.AssetRef
	for _, r := range l {
		out = append(out, r.AssetRef)
	}
	return out
}

// allReferences are those to assets of any account.
func allReferences(v any) referenceList {
	var out referenceList
	collect(v, func(s string) {
		if ref, account, ok := assetOf(s); ok {
			out = append(out, reference{ref, account})
		}
	})
	slices.SortFunc(out, func(a, b reference) int { return strings.Compare(string(a.ARN(a.account)), string(b.ARN(b.account))) })
	return slices.Compact(out)
}

// assetOf parses the ARN of a customer's asset. Where a string is anything else it is no reference.
func assetOf(s string) (estate.AssetRef, estate.AccountID, bool) {
	ref, account, ok := estate.ParseAssetARN(estate.ARN(s))
	return ref, account, ok && len(account) == 12 && strings.Trim(string(account), "0123456789") == ""
}

func collect(v any, each func(string)) {
	switch v := v.(type) {
	case string:
		each(v)
	case []any:
		for _, e := range v {
			collect(e, each)
		}
	case map[string]any:
		for _, e := range v {
			collect(e, each)
		}
	}
}

// checkReferences refuses content that names an asset which is not there. That Quick looks, and how it words it, is INFERRED from the
// errors that its model gives the operations.
func checkReferences(r *kernel.Request, c content) error {
	for _, ref := range references(c, r.Account) {
		if _, ok := r.Assets().Get(ref.Type, ref.ID); !ok || ref.Region != r.Region {
			return notFound("The resource %s is not found.", ref.ARN(r.Account))
		}
	}
	return nil
}

// strings reads a list of strings of the input.
func (c about) strings(name string) []string {
	var list []string
	json.Unmarshal(c.in[name], &list) //nolint:errcheck // what is no list counts as left out
	return list
}
