package quicksight

import (
	"strconv"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// ingestion is one loading of a dataset into SPICE. Whether it is done follows from the clock.
type ingestion struct {
	ID      string
	Type    string // INITIAL_INGESTION, EDIT, INCREMENTAL_REFRESH, FULL_REFRESH
	Created time.Time
	Done    time.Time
	ByHand  bool   `json:",omitempty"` // counts against the quota
	Without string `json:",omitempty"` // the data source that is not there; empty: nothing is missing
}

// eventIngested does nothing but happen: at its instant loadings are done, so a client that waits has something to wait for. Subject: the
// instant, as all that are done then share one event.
const eventIngested = "quicksight/ingested"

func ingested(*kernel.Request, kernel.Event) error { return nil }

func ingestions(r *kernel.Request, dataSet string) (all []ingestion) {
	r.Record(record(r, "ingestions", dataSet), &all)
	return all
}

// ingest starts the loading of a dataset by Quick itself and gives its id; empty for a dataset that is not in SPICE.
func ingest(r *kernel.Request, dataSet estate.Asset, kind string) string {
	c, err := contentOf(r, dataSet)
	if err != nil || text(c, "importMode") != "SPICE" {
		return ""
	}
	id := kernel.UUID("ingestion", string(r.Account)+"/"+string(r.Region)+"/"+dataSet.ID, strconv.Itoa(len(ingestions(r, dataSet.ID))))
	startIngestion(r, dataSet.ID, ingestion{ID: id, Type: kind})
	return id
}

func startIngestion(r *kernel.Request, dataSet string, i ingestion) {
	took := r.Takes(estate.TimeIngestion)
	i.Created, i.Done, i.Without = r.Now(), r.Now().Add(took), string(missingSource(r, dataSet, map[string]bool{}))
	r.SetRecord(record(r, "ingestions", dataSet), append(ingestions(r, dataSet), i))
	if subject := i.Done.Format(time.RFC3339Nano); len(r.Pending(eventIngested, subject)) == 0 {
		r.After(took, kernel.Event{Kind: eventIngested, Subject: subject})
	}
}

// missingSource is a data source that a dataset, or a dataset that it is made of, reads from and that was deleted; empty: all are there.
func missingSource(r *kernel.Request, dataSet string, seen map[string]bool) estate.ARN {
	a, there := r.Assets().Get(estate.AssetDataSet, dataSet)
	c, err := contentOf(r, a)
	if !there || err != nil || seen[dataSet] {
		return ""
	}
	seen[dataSet] = true
	for _, ref := range references(c, r.Account) {
		_, there := r.Assets().Get(ref.Type, ref.ID)
		switch {
		case ref.Region != r.Region: // nobody can make such a reference here
		case ref.Type == estate.AssetDataSource && !there:
			return ref.ARN(r.Account)
		case ref.Type == estate.AssetDataSet:
			if missing := missingSource(r, ref.ID, seen); missing != "" {
				return missing
			}
		}
	}
	return ""
}

func (i ingestion) status(now time.Time) string {
	switch {
	case now.Before(i.Done):
		return "RUNNING"
	case i.Without != "":
		return "FAILED"
	}
	return "COMPLETED"
}

func (i ingestion) show(c about) map[string]any {
	out := map[string]any{"IngestionId": i.ID, "Arn": string(c.name()) + "/ingestion/" + i.ID, "IngestionStatus": i.status(c.Now()),
		"CreatedTime": kernel.Timestamp(i.Created), "RequestType": i.Type, "RequestSource": "MANUAL"}
	if !c.Now().Before(i.Done) {
		out["IngestionTimeInSeconds"] = int(i.Done.Sub(i.Created).Seconds())
		if i.Without != "" { // the type is of the API's own list, the text INFERRED
			out["ErrorInfo"] = map[string]any{"Type": "DATA_SOURCE_NOT_FOUND", "Message": "The data source " + i.Without + " is not found."}
		}
	}
	return out
}

// createIngestion allows 32 in a day for each dataset, 8 in the STANDARD edition (quick-api 4.6).
func createIngestion(r *kernel.Request) (any, error) {
	c, err := dataSets.find(r)
	if err != nil {
		return nil, err
	}
	all, err := contentOf(r, c.asset)
	if err != nil {
		return nil, err
	}
	if text(all, "importMode") != "SPICE" { // INFERRED type and text
		return nil, invalid("The dataset %s is not in SPICE.", c.id)
	}
	most, today, id := 32, 0, c.string("IngestionId")
	if c.quick.Edition == "STANDARD" {
		most = 8
	}
	for _, i := range ingestions(r, c.id) {
		if i.ID == id {
			return nil, exists("The ingestion %s exists already.", id).With("ResourceType", "INGESTION")
		}
		if i.ByHand && r.Now().Sub(i.Created) < 24*time.Hour {
			today++
		}
	}
	if today >= most {
		return nil, limitExceeded("A dataset can be refreshed %d times in 24 hours.", most)
	}
	kind := c.string("IngestionType")
	if kind == "" {
		kind = "FULL_REFRESH"
	}
	startIngestion(r, c.id, ingestion{ID: id, Type: kind, ByHand: true})
	return answer(r, map[string]any{"Arn": string(c.name()) + "/ingestion/" + id, "IngestionId": id, "IngestionStatus": "INITIALIZED"}), nil
}

// describeIngestion: loading succeeds when its time is over, unless a data source was deleted; the twin has no rows that could fail.
func describeIngestion(r *kernel.Request) (any, error) {
	c, err := dataSets.find(r)
	if err != nil {
		return nil, err
	}
	for _, i := range ingestions(r, c.id) {
		if i.ID == c.string("IngestionId") {
			return answer(r, map[string]any{"Ingestion": i.show(c)}), nil
		}
	}
	return nil, notFound("The ingestion %s is not found.", c.string("IngestionId")).With("ResourceType", "INGESTION")
}

// listIngestions lists the newest first (INFERRED). Of a dataset that was there when the world began none are known.
func listIngestions(r *kernel.Request) (any, error) {
	c, err := dataSets.find(r)
	if err != nil {
		return nil, err
	}
	var p paging
	if err := r.Decode(&p); err != nil {
		return nil, err
	}
	all := ingestions(r, c.id)
	list := []map[string]any{}
	for n := len(all) - 1; n >= 0; n-- {
		list = append(list, all[n].show(c))
	}
	return page(r, "Ingestions", list, p)
}
