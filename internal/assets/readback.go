package assets

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Granter mends what an import did not bring, for override lists cannot say it for each asset (quick-api 3.4).
type Granter interface {
	// Grant gives and takes whole sets of actions, and gives before it takes (quick-api 4.1).
	Grant(ctx context.Context, at estate.AssetRef, grant, revoke []estate.AssetGrant) error
	Tag(ctx context.Context, at estate.AssetRef, tags map[string]string) error
	AddFolderMember(ctx context.Context, folder string, at estate.AssetRef) error // being in it already is no error
}

// ReadBackConfig is what reading back needs.
type ReadBackConfig struct {
	Account estate.AccountID // at the target
	Door    Door             // of the Region that all the forms are of
	Granter Granter          // nil: nothing is mended
	// Principals are those who are there; nobody else is given anything, for one that Quick does not know makes it refuse the whole call
	// (quick-api 4.1). nil: everybody is.
	Principals map[estate.ARN]bool
	Anybody    bool // who may do what is not looked at: in a trial nobody is given anything, and Quick may make the caller the owner
}

// Read is what was found at the target.
type Read struct {
	Asset   estate.AssetRef // at the target
	Hash    string          // of its form as it was read last; empty: it was not
	Mended  []string        // parts that were not as they have to be, and are now
	Differs []string        // parts that still are not
	Start   time.Time       // of a refresh schedule: when it begins; zero: it does not say
	Missing bool
	Unread  string // why it could not be read, which may be because it is missing; empty: it was
	Refused string // why it could not be mended; empty: it was not tried, or done
}

// There reports whether the asset is there; whether it is as it has to be, Differs says.
func (r Read) There() bool { return !r.Missing && r.Unread == "" }

// Finding says what is wrong with the asset; ok is false when nothing is.
func (r Read) Finding(name string) (f diag.Finding, ok bool) {
	f = diag.Finding{Code: "MIG-27", Status: diag.Fail, Subject: subject(r.Asset), Owner: diag.QuickAdmin, Cause: r.Refused, Fix: "mend it in Quick, or import it again",
		Source: []diag.Source{sheet("3.7")}}
	switch label := Label(r.Asset, name); {
	case r.Missing:
		f.Title = "1 " + string(r.Asset.Type) + " is not there after its import: " + label
	case r.Unread != "":
		f.Status, f.Title, f.Cause = diag.Unknown, "1 "+string(r.Asset.Type)+" could not be read after its import: "+label, r.Unread
	case len(r.Differs) > 0:
		f.Title = "1 " + string(r.Asset.Type) + " has other " + strings.Join(r.Differs, ", ") + " than at the source: " + label
	default:
		return f, false
	}
	return f, true
}

// ReadBack reads every asset at the target, in the order of the forms, and mends permissions, tags and folders as far as there is a
// Granter; what was mended is read again. That a job ended well proves nothing. Only the end of ctx is an error.
func ReadBack(ctx context.Context, c ReadBackConfig, want []Form) ([]Read, error) {
	r := &reader{ReadBackConfig: c}
	out := make([]Read, len(want))
	again := false
	look := func(only func(Read) bool) {
		r.schedules, r.members = map[string]found[estate.Asset]{}, map[string]found[bool]{}
		for n, f := range want {
			if only(out[n]) {
				mended, refused := out[n].Mended, out[n].Refused
				have, read := r.read(ctx, f)
				read.Refused = refused
				if read.There() {
					read.Hash, read.Differs = have.Hash(), f.Differences(have)
				}
				for _, part := range mended {
					if !slices.Contains(read.Differs, part) {
						read.Mended = append(read.Mended, part)
					}
				}
				out[n] = read
				if mended == nil && r.mend(ctx, f, have, &out[n]) {
					again = true
				}
			}
		}
	}
	look(func(Read) bool { return true })
	if again {
		look(func(r Read) bool { return r.Mended != nil })
	}
	return out, ctx.Err()
}

// reader remembers the lists of one look, which many assets share.
type reader struct {
	ReadBackConfig
	schedules map[string]found[estate.Asset] // by dataset, then by id
	members   map[string]found[bool]         // by folder, then by ARN
}

type found[T any] struct {
	list map[string]T
	err  error
}

// read reads one asset, without its name, and of its folders only those that it has to be in.
func (r *reader) read(ctx context.Context, want Form) (Form, Read) {
	at := want.Asset
	out := Read{Asset: at}
	item := Item{Asset: estate.Asset{Type: at.Type, ID: at.ID}}
	if dataset, _, ok := strings.Cut(at.ID, "/"); ok && at.Type == estate.AssetRefreshSchedule {
		list := r.of(ctx, dataset)
		a, there := list.list[at.ID]
		switch {
		case list.err != nil:
			out.Unread = "its dataset's schedules could not be read: " + list.err.Error()
		case !there:
			out.Missing = true
		}
		a.Updated, out.Start = item.Updated, startIn(a.Content)
		item.Asset, item.Uses = a, []estate.ARN{estate.AssetRef{Region: at.Region, Type: estate.AssetDataSet, ID: dataset}.ARN(r.Account)}
		item.Type, item.ID = at.Type, at.ID
		return Mapping{}.Form(at.Region, item), out
	}
	complete(ctx, r.Account, at.Region, r.Door, &item)
	for _, folder := range want.Folders {
		members := r.in(ctx, folder)
		if members.err != nil && item.Unread == "" {
			item.Unread = "the members of folder " + folder + " could not be read: " + members.err.Error()
		}
		if members.list[string(at.ARN(r.Account))] {
			item.Folders = append(item.Folders, folder)
		}
	}
	if out.Unread = item.Unread; r.Anybody {
		item.Permissions = want.Permissions
	}
	return Mapping{}.Form(at.Region, item), out
}

func (r *reader) of(ctx context.Context, dataset string) found[estate.Asset] {
	f, ok := r.schedules[dataset]
	if !ok {
		list, err := r.Door.RefreshSchedules(ctx, dataset)
		f = found[estate.Asset]{list: map[string]estate.Asset{}, err: err}
		for _, a := range list {
			f.list[a.ID] = a
		}
		r.schedules[dataset] = f
	}
	return f
}

func (r *reader) in(ctx context.Context, folder string) found[bool] {
	f, ok := r.members[folder]
	if !ok {
		list, err := r.Door.FolderMembers(ctx, folder)
		f = found[bool]{list: map[string]bool{}, err: err}
		for _, arn := range list {
			f.list[string(arn)] = true
		}
		r.members[folder] = f
	}
	return f
}

// mend writes what can be mended and reports whether it did, so that somebody has to look again.
func (r *reader) mend(ctx context.Context, want, have Form, read *Read) (wrote bool) {
	if r.Granter == nil || !read.There() {
		return false
	}
	for _, part := range read.Differs {
		var err error
		tried := true
		switch part {
		case partPermissions:
			grant, revoke := r.grants(want.Permissions, have.Permissions)
			if tried = len(grant)+len(revoke) > 0; tried {
				err = r.Granter.Grant(ctx, want.Asset, grant, revoke)
			}
		case partTags:
			err = r.Granter.Tag(ctx, want.Asset, missingTags(want.Tags, have.Tags))
		case partFolders:
			for _, folder := range want.Folders {
				if err == nil && !slices.Contains(have.Folders, folder) {
					err = r.Granter.AddFolderMember(ctx, folder, want.Asset)
				}
			}
		default:
			tried = false
		}
		if err != nil {
			read.Refused = part + " could not be written: " + err.Error()
		}
		if tried { // even a call that failed may have had its effect
			read.Mended, wrote = append(read.Mended, part), true
		}
	}
	return wrote
}

// grants are the sets that principals lack, and the actions that they have too many.
func (r *reader) grants(want, have []estate.AssetGrant) (grant, revoke []estate.AssetGrant) {
	by := func(list []estate.AssetGrant) map[estate.ARN][]string {
		out := map[estate.ARN][]string{}
		for _, g := range list {
			out[g.Principal] = g.Actions
		}
		return out
	}
	wanted, had := by(want), by(have)
	for _, p := range slices.Sorted(maps.Keys(wanted)) {
		if !slices.Equal(wanted[p], had[p]) && (r.Principals == nil || r.Principals[p]) {
			grant = append(grant, estate.AssetGrant{Principal: p, Actions: wanted[p]})
		}
	}
	for _, p := range slices.Sorted(maps.Keys(had)) {
		extra := slices.DeleteFunc(slices.Clone(had[p]), func(a string) bool { return slices.Contains(wanted[p], a) })
		if len(extra) > 0 {
			revoke = append(revoke, estate.AssetGrant{Principal: p, Actions: extra})
		}
	}
	return grant, revoke
}

func missingTags(want, have map[string]string) map[string]string {
	out := maps.Clone(want)
	maps.DeleteFunc(out, func(key, value string) bool { v, ok := have[key]; return ok && v == value })
	return out
}
