package quicksight

import (
	"encoding/json"
	"strings"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// mostSchedules is how many refresh schedules a dataset can have (quick-api 4.6).
const mostSchedules = 5

// scheduleOf is what a schedule's content says: the member schedule of the request that makes it, or the same without that member around
// it (which of the two a bundle has is INFERRED).
func scheduleOf(c content) content {
	if s := object(c, "schedule"); s != nil {
		return s
	}
	return c
}

// startOf is when a schedule begins; ok is false when it does not say. Bundles may write an instant as text (INFERRED).
func startOf(schedule content) (start time.Time, ok bool) {
	switch v := member(schedule, "startAfterDateTime").(type) {
	case json.Number:
		seconds, err := v.Float64()
		return time.UnixMilli(int64(seconds * 1000)).UTC(), err == nil
	case string:
		start, err := time.Parse(time.RFC3339, v)
		return start.UTC(), err == nil
	}
	return time.Time{}, false
}

// checkSchedule refuses a schedule that its dataset cannot have; before is the one that it replaces. Only SPICE datasets have any
// (INFERRED), a start must be to come, and an incremental refresh needs the dataset's refresh properties first (quick-api 4.6).
func checkSchedule(r *kernel.Request, dataSet content, schedule, before content) error {
	if text(dataSet, "importMode") != "SPICE" {
		return unmet("Refresh schedules are for datasets in SPICE only.")
	}
	start, given := startOf(schedule)
	had, _ := startOf(before)
	if given && !start.After(r.Now()) && !start.Equal(had) {
		return invalid("StartAfterDateTime must be in the future.")
	}
	properties := object(dataSet, "dataSetRefreshProperties")
	if text(schedule, "refreshType") == "INCREMENTAL_REFRESH" && object(properties, "refreshConfiguration") == nil {
		return unmet("An incremental refresh needs the refresh properties of the dataset.")
	}
	return nil
}

// ofDataSet is a call about a dataset's schedule.
type ofDataSet struct {
	about
	all content // of the dataset
}

func dataSetCall(r *kernel.Request) (c ofDataSet, err error) {
	if c.about, err = dataSets.find(r); err == nil {
		c.all, err = contentOf(r, c.asset)
	}
	return c, err
}

// asked is the schedule of the request, in the names of a bundle.
func (c ofDataSet) asked() (content, string, error) {
	var v content
	if err := parse(c.in["Schedule"], &v); err != nil || v == nil {
		return nil, "", invalid("Schedule is required.")
	}
	s, _ := rename(map[string]any(v), inBundle).(content)
	delete(s, "arn")
	switch id := text(s, "scheduleId"); {
	case id == "":
		return nil, "", invalid("ScheduleId is required.")
	case text(s, "refreshType") != "FULL_REFRESH" && text(s, "refreshType") != "INCREMENTAL_REFRESH":
		return nil, "", invalid("RefreshType %q is not valid.", text(s, "refreshType"))
	case text(object(s, "scheduleFrequency"), "interval") == "":
		return nil, "", invalid("ScheduleFrequency.Interval is required.")
	default:
		return s, id, nil
	}
}

func (c ofDataSet) schedule(id string) (estate.Asset, bool) {
	return c.Assets().Get(estate.AssetRefreshSchedule, c.id+"/"+id)
}

func (c ofDataSet) putSchedule(id string, s content) (any, error) {
	text, err := written(content{"dataSetId": c.id, "schedule": s})
	if err != nil {
		return nil, err
	}
	c.Assets().Put(estate.Asset{Type: estate.AssetRefreshSchedule, ID: c.id + "/" + id, Name: id, Updated: c.Now(), Content: text})
	return answer(c.Request, map[string]any{"ScheduleId": id, "Arn": c.scheduleARN(id)}), nil
}

func (c ofDataSet) scheduleARN(id string) estate.ARN {
	return c.name() + estate.ARN("/refresh-schedule/"+id)
}

// createRefreshSchedule allows five for each dataset (quick-api 4.6).
func createRefreshSchedule(r *kernel.Request) (any, error) {
	c, err := dataSetCall(r)
	if err != nil {
		return nil, err
	}
	s, id, err := c.asked()
	if err != nil {
		return nil, err
	}
	if _, there := c.schedule(id); there {
		return nil, schedules.taken(id)
	}
	if len(r.Assets().Below(estate.AssetRefreshSchedule, c.id+"/")) >= mostSchedules {
		return nil, limitExceeded("A dataset can have %d refresh schedules at most.", mostSchedules)
	}
	if err := checkSchedule(r, c.all, s, nil); err != nil {
		return nil, err
	}
	return c.putSchedule(id, s)
}

// updateRefreshSchedule replaces the whole schedule.
func updateRefreshSchedule(r *kernel.Request) (any, error) {
	c, err := dataSetCall(r)
	if err != nil {
		return nil, err
	}
	s, id, err := c.asked()
	if err != nil {
		return nil, err
	}
	before, there := c.schedule(id)
	if !there {
		return nil, schedules.missing(id)
	}
	had, err := contentOf(r, before)
	if err != nil {
		return nil, err
	}
	if err := checkSchedule(r, c.all, s, scheduleOf(had)); err != nil {
		return nil, err
	}
	return c.putSchedule(id, s)
}

func deleteRefreshSchedule(r *kernel.Request) (any, error) {
	c, err := dataSets.find(r)
	if err != nil {
		return nil, err
	}
	id := c.string("ScheduleId")
	if _, there := (ofDataSet{about: c}).schedule(id); !there {
		return nil, schedules.missing(id)
	}
	r.Assets().Delete(estate.AssetRefreshSchedule, c.id+"/"+id)
	return answer(r, map[string]any{"ScheduleId": id, "Arn": ofDataSet{about: c}.scheduleARN(id)}), nil
}

func (c ofDataSet) showSchedule(a estate.Asset) (map[string]any, error) {
	all, err := contentOf(c.Request, a)
	s := scheduleOf(all)
	out := pick(s, "ScheduleFrequency", "RefreshType")
	_, id, _ := strings.Cut(a.ID, "/")
	out["ScheduleId"], out["Arn"] = id, c.scheduleARN(id)
	if start, ok := startOf(s); ok {
		out["StartAfterDateTime"] = kernel.Timestamp(start)
	}
	return out, err
}

func describeRefreshSchedule(r *kernel.Request) (any, error) {
	c, err := dataSets.find(r)
	if err != nil {
		return nil, err
	}
	id := c.string("ScheduleId")
	a, there := ofDataSet{about: c}.schedule(id)
	if !there {
		return nil, schedules.missing(id)
	}
	s, err := ofDataSet{about: c}.showSchedule(a)
	if err != nil {
		return nil, err
	}
	return answer(r, map[string]any{"RefreshSchedule": s, "Arn": s["Arn"]}), nil
}

// listRefreshSchedules has no pages (quick-api 7).
func listRefreshSchedules(r *kernel.Request) (any, error) {
	c, err := dataSets.find(r)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, id := range r.Assets().Below(estate.AssetRefreshSchedule, c.id+"/") {
		a, _ := r.Assets().Get(estate.AssetRefreshSchedule, id)
		s, err := ofDataSet{about: c}.showSchedule(a)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return answer(r, map[string]any{"RefreshSchedules": list}), nil
}
