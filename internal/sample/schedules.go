package sample

import (
	"time"

	"rehome/internal/estate"
)

// mostSchedules is how many refresh schedules a dataset can have (quick-api 4.6).
const mostSchedules = 5

// rhythms are the schedules that a dataset gets, one after the other, by the ids that people give them.
var rhythms = [mostSchedules]struct {
	id        string
	frequency object
}{
	{"nightly", object{"interval": "DAILY", "timezone": "Asia/Kolkata", "timeOfTheDay": "02:00"}},
	{"weekly", object{"interval": "WEEKLY", "timezone": "Europe/Berlin", "timeOfTheDay": "06:30", "refreshOnDay": object{"dayOfWeek": "MONDAY"}}},
	{"monthly", object{"interval": "MONTHLY", "timezone": "America/New_York", "timeOfTheDay": "00:15", "refreshOnDay": object{"dayOfMonth": "1"}}},
	{"hourly", object{"interval": "HOURLY", "timezone": "UTC"}},
	{"often", object{"interval": "MINUTE30", "timezone": "UTC"}},
}

// schedule makes a refresh schedule of a dataset in SPICE that has room for one. There is always one: datasets are four times as many.
func (p *place) schedule(int) {
	at := p.IntN(len(p.sets))
	if p.chance(20) {
		at = p.popular(len(p.sets)) // what many use is refreshed often
	}
	for !p.sets[at].spice || p.sets[at].schedules == mostSchedules {
		at = (at + 1) % len(p.sets)
	}
	s := &p.sets[at]
	r := rhythms[s.schedules]
	s.schedules++
	id := r.id
	if p.chance(50) {
		id = p.uuid()
	}
	schedule := object{"scheduleId": id, "scheduleFrequency": r.frequency, "refreshType": "FULL_REFRESH"}
	if s.incremental && p.chance(70) {
		schedule["refreshType"] = "INCREMENTAL_REFRESH"
	}
	if p.chance(25) {
		schedule["startAfterDateTime"] = p.moment().Format(time.RFC3339)
	}
	p.put(estate.AssetRefreshSchedule, s.id+"/"+id, id, object{"dataSetId": s.id, "schedule": schedule})
}
