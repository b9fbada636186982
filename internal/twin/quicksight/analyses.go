package quicksight

import (
	"strconv"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// deletedAsset is an analysis that can be restored until its recovery window ends.
type deletedAsset struct {
	Asset estate.Asset
	Until time.Time
}

// deletedAnalysis finds an analysis that was deleted and can still be restored.
func deletedAnalysis(r *kernel.Request, id string) (d deletedAsset, ok bool) {
	ok = r.Record(record(r, "deleted", id), &d)
	return d, ok && r.Now().Before(d.Until)
}

// deletedAnalyses are the ids of those in the Region of the call, sorted.
func deletedAnalyses(r *kernel.Request) []string {
	var out []string
	prefix := record(r, "deleted", "")
	for _, key := range r.Records(prefix) {
		id := strings.TrimPrefix(key, prefix)
		if _, ok := deletedAnalysis(r, id); ok {
			out = append(out, id)
		}
	}
	return out
}

// deleteAnalysis keeps the analysis for a window of 7 to 30 days, 30 unless the call says otherwise, or forces it out (quick-api 5).
func deleteAnalysis(r *kernel.Request) (any, error) {
	c, err := analyses.find(r)
	if err != nil {
		return nil, err
	}
	days, window := 30, c.string("recovery-window-in-days")
	if window != "" && window != "0" { // SDKs send the zero of a member that the caller left out
		if days, err = strconv.Atoi(window); err != nil || days < 7 || days > 30 {
			return nil, invalid("The recovery window must be between 7 and 30 days.")
		}
	}
	force := c.string("force-delete-without-recovery") == "true"
	if force && window != "" && window != "0" {
		return nil, invalid("A recovery window cannot be given together with ForceDeleteWithoutRecovery.")
	}
	c.forget()
	out := map[string]any{}
	if !force {
		until := r.Now().Add(time.Duration(days) * 24 * time.Hour)
		r.SetRecord(record(r, "deleted", c.id), deletedAsset{Asset: c.asset, Until: until})
		out["DeletionTime"] = kernel.Timestamp(until)
	}
	return c.answer(out), nil
}

// restoreAnalysis brings a deleted analysis back. It is in no folder then, unless restore-to-folders says that it shall be in those that
// are still there; what AWS does without it is INFERRED.
func restoreAnalysis(r *kernel.Request) (any, error) {
	c, err := analyses.open(r)
	if err != nil {
		return nil, err
	}
	gone, ok := deletedAnalysis(r, c.id)
	switch {
	case c.there:
		return nil, kernel.Errorf("ConflictException", "The analysis %s is not deleted.", c.id).WithStatus(409)
	case !ok:
		return nil, analyses.missing(c.id)
	}
	a, failed := gone.Asset, []estate.ARN{}
	folders := a.Folders
	a.Folders = nil
	for _, id := range folders {
		switch _, there := r.Assets().Get(estate.AssetFolder, id); {
		case c.string("restore-to-folders") != "true":
		case there:
			a.Folders = append(a.Folders, id)
		default:
			failed = append(failed, arn(r, r.Region, "folder/%s", id))
		}
	}
	r.DropRecord(record(r, "deleted", c.id))
	r.Assets().Put(a)
	return c.answer(map[string]any{"RestorationFailedFolderArns": failed}), nil
}
