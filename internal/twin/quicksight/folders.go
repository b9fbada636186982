package quicksight

import (
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// deepest is how many ancestors a folder can have (quick-api 3.7).
const deepest = 10

// memberTypes are what a folder can hold (quick-api 5).
var memberTypes = map[string]estate.AssetType{"ANALYSIS": estate.AssetAnalysis, "DASHBOARD": estate.AssetDashboard, "DATASET": estate.AssetDataSet,
	"DATASOURCE": estate.AssetDataSource, "TOPIC": "topic"}

// ancestors are the ids of the folders above one, the nearest first.
func ancestors(r *kernel.Request, folder estate.Asset) ([]string, error) {
	var out []string
	for len(out) <= deepest {
		c, err := contentOf(r, folder)
		if err != nil {
			return out, err
		}
		ref, _, ok := assetOf(text(c, "parentFolderArn"))
		parent, there := r.Assets().Get(estate.AssetFolder, ref.ID)
		if !ok || !there {
			return out, nil
		}
		out, folder = append(out, parent.ID), parent
	}
	return out, nil
}

// describeFolder gives the path from the root down (quick-api 5).
func describeFolder(r *kernel.Request) (any, error) {
	c, err := assetFolders.find(r)
	if err != nil {
		return nil, err
	}
	out, err := c.shown("FolderType", "SharingModel")
	if err != nil {
		return nil, err
	}
	above, err := ancestors(r, c.asset)
	path := []estate.ARN{}
	for _, id := range slices.Backward(above) {
		path = append(path, arn(r, r.Region, "folder/%s", id))
	}
	out["FolderPath"] = path
	return answer(r, map[string]any{"Folder": out}), err
}

// checkParent refuses a folder that would be too deep. Which error AWS has for it is INFERRED.
func (c about) checkParent() error {
	ref, _, ok := assetOf(c.string("ParentFolderArn"))
	if !ok {
		return nil
	}
	parent, _ := c.Assets().Get(estate.AssetFolder, ref.ID) // it exists: references have been checked
	above, err := ancestors(c.Request, parent)
	if err == nil && len(above)+1 > deepest {
		err = limitExceeded("A folder can have %d ancestors at most.", deepest)
	}
	return err
}

// checkEmpty: a folder can be deleted when nothing is in it (quick-api 5). The text is INFERRED.
func (c about) checkEmpty() error {
	if len(folderMembers(c.Request, c.id)) > 0 || len(subfolders(c.Request, c.id)) > 0 {
		return unmet("The folder %s is not empty.", c.id)
	}
	return nil
}

// folderMembers are the assets in a folder itself, by type and id.
func folderMembers(r *kernel.Request, folder string) []estate.Asset {
	var out []estate.Asset
	for _, kind := range r.Assets().Kinds() {
		for _, id := range r.Assets().IDs(kind) {
			if a, _ := r.Assets().Get(kind, id); slices.Contains(a.Folders, folder) {
				out = append(out, a)
			}
		}
	}
	return out
}

// subfolders are the ids of the folders directly below one. Folders whose content nobody looked at are not among them.
func subfolders(r *kernel.Request, folder string) []string {
	var out []string
	for _, id := range r.Assets().IDs(estate.AssetFolder) {
		a, _ := r.Assets().Get(estate.AssetFolder, id)
		c, err := contentOf(r, a)
		if ref, _, ok := assetOf(text(c, "parentFolderArn")); err == nil && ok && ref.ID == folder {
			out = append(out, id)
		}
	}
	return out
}

// describeFolderResolvedPermissions adds what the folders above give (quick-api 5).
func describeFolderResolvedPermissions(r *kernel.Request) (any, error) {
	c, err := assetFolders.find(r)
	if err != nil {
		return nil, err
	}
	above, err := ancestors(r, c.asset)
	if err != nil {
		return nil, err
	}
	all := map[estate.ARN][]string{}
	for _, id := range append([]string{c.id}, above...) {
		f, _ := r.Assets().Get(estate.AssetFolder, id)
		for _, g := range f.Permissions {
			all[g.Principal] = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(all[g.Principal]), g.Actions...))))
		}
	}
	c.asset.Permissions = nil
	for principal, actions := range all {
		c.asset.Permissions = append(c.asset.Permissions, estate.AssetGrant{Principal: principal, Actions: actions})
	}
	slices.SortFunc(c.asset.Permissions, func(a, b estate.AssetGrant) int { return strings.Compare(string(a.Principal), string(b.Principal)) })
	return c.showPermissions(), nil
}

func listFolderMembers(r *kernel.Request) (any, error) {
	c, err := assetFolders.find(r)
	if err != nil {
		return nil, err
	}
	var p paging
	if err := r.Decode(&p); err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, a := range folderMembers(r, c.id) {
		list = append(list, map[string]any{"MemberId": a.ID, "MemberArn": estate.AssetRef{Region: r.Region, Type: a.Type, ID: a.ID}.ARN(r.Account)})
	}
	return page(r, "FolderMemberList", list, p)
}

// membership is the asset that a call about a folder's member names.
func membership(r *kernel.Request) (c about, a estate.Asset, err error) {
	if c, err = assetFolders.find(r); err != nil {
		return c, a, err
	}
	kind, ok := memberTypes[c.string("MemberType")]
	if !ok {
		return c, a, invalid("The member type %s is not valid.", c.string("MemberType"))
	}
	a, ok = r.Assets().Get(kind, c.string("MemberId"))
	if !ok {
		return c, a, notFound("The %s %s is not found.", kind, c.string("MemberId"))
	}
	return c, a, nil
}

// createFolderMembership puts an asset into a folder; it may be in several. Restricted folders, which hold their assets fast, are not
// told apart.
func createFolderMembership(r *kernel.Request) (any, error) {
	c, a, err := membership(r)
	if err == nil && slices.Contains(a.Folders, c.id) {
		err = exists("The %s %s is in the folder %s already.", a.Type, a.ID, c.id)
	}
	if err != nil {
		return nil, err
	}
	a.Folders = slices.Sorted(slices.Values(append(slices.Clone(a.Folders), c.id)))
	r.Assets().Put(a)
	return answer(r, map[string]any{"FolderMember": map[string]any{"MemberId": a.ID, "MemberType": c.string("MemberType")}}), nil
}

func deleteFolderMembership(r *kernel.Request) (any, error) {
	c, a, err := membership(r)
	if err == nil && !slices.Contains(a.Folders, c.id) {
		err = notFound("The %s %s is not in the folder %s.", a.Type, a.ID, c.id)
	}
	if err != nil {
		return nil, err
	}
	a.Folders = slices.DeleteFunc(slices.Clone(a.Folders), func(id string) bool { return id == c.id })
	r.Assets().Put(a)
	return answer(r, map[string]any{}), nil
}

func listFoldersForResource(r *kernel.Request) (any, error) {
	a, err := resource(r)
	if err != nil {
		return nil, err
	}
	var p paging
	if err := r.Decode(&p); err != nil {
		return nil, err
	}
	list := []estate.ARN{}
	for _, id := range a.Folders {
		list = append(list, arn(r, r.Region, "folder/%s", id))
	}
	return page(r, "Folders", list, p)
}
