package quicksight

import (
	"errors"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// gathering is the collecting of what goes into a bundle.
type gathering struct {
	job
	exportOptions
	r       *kernel.Request
	seen    map[estate.AssetRef]bool
	entries []entry
	unknown *kernel.Error // content that the world does not hold
}

// gather collects what was asked for, what that needs if it was asked to, and what is in the folders.
func (j exportJob) gather(r *kernel.Request) *gathering {
	x := &gathering{job: j.job, exportOptions: j.exportOptions, r: r, seen: map[estate.AssetRef]bool{}}
	for _, name := range j.ResourceArns {
		ref, _, _ := assetOf(name)
		if x.add(ref, estate.AssetRef{}); ref.Type == estate.AssetFolder {
			x.members(ref.ID)
		}
	}
	return x
}

// add takes an asset in, once; by is what led to it, nothing when it was asked for.
func (x *gathering) add(ref, by estate.AssetRef) {
	if x.seen[ref] {
		return
	}
	x.seen[ref] = true
	name := ref.ARN(x.r.Account)
	a, there := x.r.Assets().Get(ref.Type, ref.ID)
	kind, carried := kindOf(ref.Type)
	switch {
	case !there || ref.Region != x.r.Region:
		x.lost(ref, by)
		return
	case !carried: // such as a topic in a folder
		x.warn(name, "Assets of the type "+string(ref.Type)+" cannot be exported.")
		return
	case unsupported(x.r, a):
		x.fail(name, unsupportedSource(string(name)))
		return
	case ref.Type == estate.AssetVPCConnection && !plainID.MatchString(ref.ID): // quick-api 3.6
		x.fail(name, invalid("The VPC connection's id %q cannot be exported.", ref.ID))
		return
	}
	c, err := contentOf(x.r, a)
	if err != nil {
		if e := (*kernel.Error)(nil); errors.As(err, &e) && x.unknown == nil {
			x.unknown = e
		}
		return
	}
	x.follow(a, c)
	x.entries = append(x.entries, x.entry(kind, a, c))
}

// lost notes the lack of an asset. It is an error when that one was asked for, and in strict mode; otherwise it is a warning (INFERRED from
// quick-api 3.1). For a dashboard in strict mode the words are AWS's (quick-api 3.6).
func (x *gathering) lost(ref, by estate.AssetRef) {
	name, asked := ref.ARN(x.r.Account), by == estate.AssetRef{}
	switch strict := x.ValidationStrategy.StrictModeForAllResources; {
	case strict && by.Type == estate.AssetDashboard:
		x.fail(by.ARN(x.r.Account), invalid("The dashboard has associated errors and cannot be exported. Call DescribeDashboardDefinition to retrieve the errors."))
	case asked || strict:
		x.fail(name, notFound("The resource %s is not found.", name))
	default:
		x.warn(name, "The "+string(ref.Type)+" that an exported asset refers to is not found.")
	}
}

// follow adds what an asset needs. Schedules go with their dataset (INFERRED, quick-api 3.1). A reference that is
// not followed is still looked at: it may make the asset one that cannot be exported (quick-api 3.6).
func (x *gathering) follow(a estate.Asset, c content) {
	by := estate.AssetRef{Region: x.r.Region, Type: a.Type, ID: a.ID}
	for _, ref := range references(c, x.r.Account) {
		needed, _ := x.r.Assets().Get(ref.Type, ref.ID)
		switch {
		case x.IncludeAllDependencies:
			x.add(ref, by)
		case unsupported(x.r, needed):
			x.fail(by.ARN(x.r.Account), unsupportedSource(string(ref.ARN(x.r.Account))))
		}
	}
	if a.Type == estate.AssetDataSet && x.IncludeAllDependencies {
		for _, id := range x.r.Assets().Below(estate.AssetRefreshSchedule, a.ID+"/") {
			x.add(estate.AssetRef{Region: x.r.Region, Type: estate.AssetRefreshSchedule, ID: id}, by)
		}
	}
	if a.Type == estate.AssetRefreshSchedule && x.IncludeAllDependencies {
		x.add(estate.AssetRef{Region: x.r.Region, Type: estate.AssetDataSet, ID: text(c, "dataSetId")}, by)
	}
}

// members adds what is in a folder that was asked for, or below one, as deep as the export was told to look.
func (x *gathering) members(folder string) {
	if x.IncludeFolderMembers != "ONE_LEVEL" && x.IncludeFolderMembers != "RECURSE" {
		return
	}
	by := estate.AssetRef{Region: x.r.Region, Type: estate.AssetFolder, ID: folder}
	for _, m := range folderMembers(x.r, folder) {
		x.add(estate.AssetRef{Region: x.r.Region, Type: m.Type, ID: m.ID}, by)
	}
	if x.IncludeFolderMembers == "RECURSE" {
		for _, id := range subfolders(x.r, folder) {
			x.add(estate.AssetRef{Region: x.r.Region, Type: estate.AssetFolder, ID: id}, by)
			x.members(id)
		}
	}
}

// entry is the asset as the bundle has it: never with credentials, with permissions, tags and folders only if asked for. How AWS names
// those three is INFERRED (quick-api 3.3).
func (x *gathering) entry(kind assetKind, a estate.Asset, c content) entry {
	delete(c, "secretArn")
	delete(c, "credentials")
	if !x.IncludePermissions {
		delete(c, "linkSharingConfiguration")
	}
	if x.IncludePermissions && len(a.Permissions) > 0 {
		c["permissions"] = bundledGrants(a.Permissions)
	}
	if x.IncludeTags && len(a.Tags) > 0 {
		c["tags"] = bundledTags(a.Tags)
	}
	if x.IncludeFolderMemberships && len(a.Folders) > 0 {
		list := []estate.ARN{}
		for _, id := range a.Folders {
			list = append(list, arn(x.r, x.r.Region, "folder/%s", id))
		}
		c["folderMemberships"] = list
	}
	return entry{kind: kind, id: a.ID, content: c}
}
