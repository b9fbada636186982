package assets

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// TakeConfig is what an inventory needs.
type TakeConfig struct {
	Account        estate.AccountID
	IdentityRegion estate.Region
	// Regions gives the door of each Region that is to be read. Absent: the account never opted into it. Not looked: it cannot be
	// entered, and why.
	Regions  map[estate.Region]estate.Known[Door]
	People   estate.Known[People] // read by the caller: a survey looks at them anyway
	AtOnce   int                  // calls at the same time over all Regions; zero: 8
	Progress func(Count)          // nil: nobody wants to know; calls come one at a time
}

// Count is how far an inventory is.
type Count struct {
	Listed, Lists int // lists read, of how many
	Read, Assets  int // assets read, of how many are known so far: refresh schedules join when their dataset is read
	Unread        int // assets that could not be read whole
}

// Take reads the inventory. What cannot be read is part of the result; only the end of ctx ends it.
func Take(ctx context.Context, c TakeConfig) (*Inventory, error) {
	t := &taking{TakeConfig: c, failed: map[estate.Region]map[estate.AssetType]string{}, items: map[estate.Region][]Item{},
		schedules: map[estate.Region][]Item{}, shared: newShared()}
	for _, tasks := range []func() []func(context.Context){t.lists, t.reads} {
		if err := t.each(ctx, tasks()); err != nil {
			return nil, &diag.Error{Code: "inventory/interrupted", What: "the inventory was interrupted", Where: where(t.Account, ""), Err: err,
				Exit: diag.ExitInterrupted, Fix: []string{"take it again: nothing was changed"}}
		}
	}
	return t.inventory(), nil
}

// taking is an inventory in the making.
type taking struct {
	TakeConfig
	mu        sync.Mutex
	failed    map[estate.Region]map[estate.AssetType]string // lists that could not be read
	items     map[estate.Region][]Item
	schedules map[estate.Region][]Item // apart from items, which are written to while these come
	count     Count
	trials    int // assets of trial imports
	shared    shared
}

// each runs all tasks, so many at once as the configuration says. A task reports its own failures; the end of ctx ends all.
func (t *taking) each(ctx context.Context, tasks []func(context.Context)) error {
	next := make(chan func(context.Context))
	var workers sync.WaitGroup
	for range cmp.Or(t.AtOnce, 8) {
		workers.Go(func() {
			for task := range next {
				task(ctx)
			}
		})
	}
	for _, task := range tasks {
		if ctx.Err() != nil {
			break
		}
		next <- task
	}
	close(next)
	workers.Wait()
	return ctx.Err()
}

// counted changes the count and tells it.
func (t *taking) counted(change func(*Count)) {
	change(&t.count)
	if t.Progress != nil {
		t.Progress(t.count)
	}
}

func (t *taking) lists() (tasks []func(context.Context)) {
	for _, r := range slices.Sorted(maps.Keys(t.Regions)) {
		door, ok := t.Regions[r].Get()
		if !ok {
			continue
		}
		for _, kind := range estate.AssetTypes {
			tasks = append(tasks, func(ctx context.Context) { t.list(ctx, r, door, kind) })
		}
	}
	t.count.Lists = len(tasks)
	return tasks
}

func (t *taking) list(ctx context.Context, r estate.Region, door Door, kind estate.AssetType) {
	list, err := door.List(ctx, kind)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		if t.failed[r] == nil {
			t.failed[r] = map[estate.AssetType]string{}
		}
		t.failed[r][kind] = err.Error()
	}
	for _, a := range list {
		if ofTrial(a.ID) { // their schedules are never asked for
			t.trials++
			continue
		}
		t.items[r] = append(t.items[r], Item{Asset: a})
	}
	t.counted(func(c *Count) { c.Listed, c.Assets = c.Listed+1, c.Assets+len(list) })
}

// reads are the tasks that read what was listed. Regions that could not be listed whole are left out: what is known of them is not the
// whole, and a person has to open them first.
func (t *taking) reads() (tasks []func(context.Context)) {
	t.count.Assets = 0
	for _, r := range slices.Sorted(maps.Keys(t.items)) {
		if t.failed[r] != nil {
			continue
		}
		door, _ := t.Regions[r].Get()
		slices.SortFunc(t.items[r], compareItems)
		t.items[r] = slices.CompactFunc(t.items[r], func(a, b Item) bool { return compareItems(a, b) == 0 }) // pages can overlap
		items := t.items[r]
		for n := range items {
			tasks = append(tasks, func(ctx context.Context) { t.read(ctx, r, door, &items[n]) })
		}
	}
	t.count.Assets = len(tasks)
	return tasks
}

// read completes one item, which nothing else touches meanwhile.
func (t *taking) read(ctx context.Context, r estate.Region, door Door, item *Item) {
	schedules := complete(ctx, t.Account, r, door, item)
	item.Members = slices.DeleteFunc(item.Members, func(arn estate.ARN) bool {
		member, _, ok := estate.ParseAssetARN(arn)
		return ok && ofTrial(member.ID)
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shared.in(item)
	t.schedules[r] = append(t.schedules[r], schedules...)
	t.counted(func(c *Count) {
		c.Read, c.Assets = c.Read+1+len(schedules), c.Assets+len(schedules)
		if item.Unread != "" {
			c.Unread++
		}
	})
}

// complete asks all that there is to ask about an item. The first thing that cannot be read is kept as the reason, and the rest is asked
// all the same: what is known helps whoever has to mend it.
func complete(ctx context.Context, account estate.AccountID, r estate.Region, door Door, item *Item) (schedules []Item) {
	failed := func(what string, err error) bool {
		if err != nil && item.Unread == "" {
			item.Unread = what + " could not be read: " + err.Error()
		}
		return err != nil
	}
	q := questions[item.Type]
	if q.detail {
		if d, err := door.Detail(ctx, item.Type, item.ID); !failed("its description", err) {
			item.take(d)
		}
	}
	if q.owner != "" {
		if grants, err := door.Permissions(ctx, item.Type, item.ID); !failed("its permissions", err) {
			item.Permissions, item.Ownerless = sortedGrants(grants), item.Kind != restrictedFolder && !owned(grants, q.owner)
		}
	}
	if q.tags {
		tags, err := door.Tags(ctx, item.Type, item.ID)
		if !failed("its tags", err) {
			item.Tags = tags
		}
	}
	if item.Type == estate.AssetFolder {
		members, err := door.FolderMembers(ctx, item.ID)
		if !failed("its members", err) {
			item.Members = sortedARNs(members)
		}
	}
	if item.Type == estate.AssetDataSet {
		list, err := door.RefreshSchedules(ctx, item.ID)
		failed("its refresh schedules", err)
		for _, a := range list {
			schedules = append(schedules, Item{Asset: a, Uses: []estate.ARN{item.Ref(r).ARN(account)}, Travel: TravelOf(a.Type, "", a.ID)})
		}
	}
	item.Travel = TravelOf(item.Type, item.Kind, item.ID)
	return schedules
}

func (i *Item) take(d Detail) {
	i.Kind, i.Uses, i.Refresh, i.Ingestion, i.Reach = d.Kind, sortedARNs(d.Uses), d.Refresh, d.Ingestion, d.Reach
	if !d.Updated.IsZero() {
		i.Updated = d.Updated
	}
	if i.Updated.IsZero() { // then content has to tell whether it changed; else an inventory holds none
		i.Content = d.Content
	} else {
		i.Content = nil
	}
}

func owned(grants []estate.AssetGrant, action string) bool {
	return slices.ContainsFunc(grants, func(g estate.AssetGrant) bool { return slices.Contains(g.Actions, action) })
}

func sortedGrants(grants []estate.AssetGrant) []estate.AssetGrant {
	out := slices.Clone(grants)
	for n := range out {
		out[n].Actions = slices.Sorted(slices.Values(out[n].Actions))
	}
	slices.SortFunc(out, func(a, b estate.AssetGrant) int { return strings.Compare(string(a.Principal), string(b.Principal)) })
	return out
}

func sortedARNs(arns []estate.ARN) []estate.ARN {
	return slices.Compact(slices.Sorted(slices.Values(arns)))
}

// inventory puts together what was read, sorted, with folders at their members and with what the graph says about travelling.
func (t *taking) inventory() *Inventory {
	inv := &Inventory{Account: t.Account, IdentityRegion: t.IdentityRegion, People: t.People, Regions: map[estate.Region]estate.Known[[]Item]{}, Trials: t.trials}
	for r, door := range t.Regions {
		switch {
		case door.IsAbsent():
			inv.Regions[r] = estate.Absent[[]Item]()
		case !door.IsKnown():
			inv.Regions[r] = estate.NotLooked[[]Item](door.Why())
		case t.failed[r] != nil:
			kinds := slices.Sorted(maps.Keys(t.failed[r]))
			inv.Regions[r] = estate.NotLooked[[]Item]("its assets of type " + string(kinds[0]) + " could not be listed: " + t.failed[r][kinds[0]])
		default:
			all := slices.Concat(t.items[r], t.schedules[r])
			slices.SortFunc(all, compareItems)
			inv.Regions[r] = estate.Of(all)
		}
	}
	placeInFolders(inv)
	settle(inv)
	return inv
}

// placeInFolders tells each asset which folders hold it, from the folders' lists of members.
func placeInFolders(inv *Inventory) {
	held := map[estate.AssetRef][]string{}
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		for _, arn := range item.Members {
			if member, _, ok := estate.ParseAssetARN(arn); ok {
				held[member] = append(held[member], ref.ID)
			}
		}
		return true
	})
	inv.All(func(ref estate.AssetRef, item *Item) bool {
		item.Folders = held[ref] // sorted, for folders come in the order of their ids
		return true
	})
}
