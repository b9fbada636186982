package cloud

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"

	"rehome/internal/estate"
)

// schedule is a refresh schedule as a bundle would write it, in lower camel case; the names are those of the API (quick-api 4.6), that
// bundles use them is INFERRED (quick-api 3.3).
type schedule struct {
	ID         string    `json:"scheduleId"`
	Frequency  frequency `json:"scheduleFrequency"`
	StartAfter time.Time `json:"startAfterDateTime,omitzero"`
	Type       string    `json:"refreshType"`
}

type frequency struct {
	Interval string     `json:"interval,omitzero"`
	On       refreshDay `json:"refreshOnDay,omitzero"`
	Zone     string     `json:"timezone,omitzero"`
	Time     string     `json:"timeOfTheDay,omitzero"`
}

type refreshDay struct {
	Month string `json:"dayOfMonth,omitzero"`
	Week  string `json:"dayOfWeek,omitzero"`
}

// ListRefreshSchedules gives the schedules of a dataset, sorted by id. Nothing dates a schedule, so that its content comes with it.
func (q Quick) ListRefreshSchedules(ctx context.Context, dataset string) ([]estate.Asset, error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).ListRefreshSchedules, &quicksight.ListRefreshSchedulesInput{AwsAccountId: q.id, DataSetId: &dataset})
	if err != nil {
		return nil, err
	}
	var assets []estate.Asset
	for _, s := range out.RefreshSchedules {
		id := aws.ToString(s.ScheduleId)
		content := schedule{ID: id, StartAfter: moment(s.StartAfterDateTime), Type: string(s.RefreshType)}
		if f := s.ScheduleFrequency; f != nil {
			content.Frequency = frequency{Interval: string(f.Interval), Zone: aws.ToString(f.Timezone), Time: aws.ToString(f.TimeOfTheDay)}
			if d := f.RefreshOnDay; d != nil {
				content.Frequency.On = refreshDay{aws.ToString(d.DayOfMonth), string(d.DayOfWeek)}
			}
		}
		written, err := json.Marshal(content)
		if err != nil { // a year that JSON does not know
			return nil, odd[quicksight.ListRefreshSchedulesInput](q.site, quickService.id, err.Error())
		}
		assets = append(assets, estate.Asset{Type: estate.AssetRefreshSchedule, ID: dataset + "/" + id, Name: id, Content: written})
	}
	slices.SortFunc(assets, func(a, b estate.Asset) int { return cmp.Compare(a.ID, b.ID) })
	return assets, nil
}

// RefreshProperties are what a dataset's incremental refreshes look back at, and whether a failed one is told by mail (quick-api 4.6).
type RefreshProperties struct {
	Column     string `json:"column,omitzero"` // with the time; empty: there is no incremental refresh
	Size       int64  `json:"size,omitzero"`
	Unit       string `json:"unit,omitzero"` // HOUR, DAY, WEEK
	EmailAlert string `json:"email_alert,omitzero"`
}

// RefreshProperties is absent for a dataset that has none, or that is not in SPICE.
func (q Quick) RefreshProperties(ctx context.Context, dataset string) (estate.Known[RefreshProperties], error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeDataSetRefreshProperties, &quicksight.DescribeDataSetRefreshPropertiesInput{AwsAccountId: q.id, DataSetId: &dataset})
	if KindOf(err) == NotFound || notInSpice(err) || err == nil && out.DataSetRefreshProperties == nil {
		return estate.Absent[RefreshProperties](), nil
	}
	if err != nil {
		return estate.NotLooked[RefreshProperties](err.Error()), err
	}
	var p RefreshProperties
	if c := out.DataSetRefreshProperties.RefreshConfiguration; c != nil && c.IncrementalRefresh != nil && c.IncrementalRefresh.LookbackWindow != nil {
		w := c.IncrementalRefresh.LookbackWindow
		p.Column, p.Size, p.Unit = aws.ToString(w.ColumnName), aws.ToInt64(w.Size), string(w.SizeUnit)
	}
	if c := out.DataSetRefreshProperties.FailureConfiguration; c != nil && c.EmailAlert != nil {
		p.EmailAlert = string(c.EmailAlert.AlertStatus)
	}
	return estate.Of(p), nil
}

// notInSpice knows the refusal by its words, as terraform-provider-aws does (findDataSetRefreshProperties): its type says any parameter.
func notInSpice(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == Invalid && strings.Contains(e.Message, "not a SPICE dataset")
}

// Ingestion is one load of a dataset into SPICE.
type Ingestion struct {
	ID      string
	Status  string // INITIALIZED, QUEUED, RUNNING, FAILED, COMPLETED, CANCELLED (quick-api 4.6)
	Error   string // "TYPE: message"; empty: none
	Rows    int64  // ingested; zero when Quick does not say
	Dropped int64  // rows that were left out
	Created time.Time
}

// LatestIngestion is the one that was created last; ok is false when there was none in the time that Quick remembers. All pages are
// read, for no order is documented.
func (q Quick) LatestIngestion(ctx context.Context, dataset string) (latest Ingestion, ok bool, err error) {
	in := &quicksight.ListIngestionsInput{AwsAccountId: q.id, DataSetId: &dataset, MaxResults: aws.Int32(100)}
	err = pages(ctx, q.site, quickService, (*quicksight.Client).ListIngestions, in, func(out *quicksight.ListIngestionsOutput) {
		for _, i := range out.Ingestions {
			if next := ingestion(i); !ok || next.Created.After(latest.Created) {
				latest, ok = next, true
			}
		}
	})
	if err != nil {
		return Ingestion{}, false, err
	}
	return latest, ok, nil
}

// DescribeIngestion follows one that was started.
func (q Quick) DescribeIngestion(ctx context.Context, dataset, id string) (Ingestion, error) {
	out, err := call(ctx, q.site, quickService, (*quicksight.Client).DescribeIngestion, &quicksight.DescribeIngestionInput{AwsAccountId: q.id, DataSetId: &dataset, IngestionId: &id})
	if err != nil {
		return Ingestion{}, err
	}
	if out.Ingestion == nil {
		return Ingestion{}, odd[quicksight.DescribeIngestionInput](q.site, quickService.id, "the answer was empty")
	}
	return ingestion(*out.Ingestion), nil
}

// StartIngestion begins a full refresh under an id of ours. A person's refreshes of a dataset are counted: 32 in 24 hours (quick-api 4.6).
func (q Quick) StartIngestion(ctx context.Context, dataset, id string) error {
	_, err := call(ctx, q.site, quickService, (*quicksight.Client).CreateIngestion,
		&quicksight.CreateIngestionInput{AwsAccountId: q.id, DataSetId: &dataset, IngestionId: &id, IngestionType: types.IngestionTypeFullRefresh})
	return err
}

func ingestion(i types.Ingestion) Ingestion {
	made := Ingestion{ID: aws.ToString(i.IngestionId), Status: string(i.IngestionStatus), Created: moment(i.CreatedTime)}
	if i.ErrorInfo != nil {
		made.Error = fault(i.ErrorInfo.Type, i.ErrorInfo.Message)
	}
	if i.RowInfo != nil {
		made.Rows, made.Dropped = aws.ToInt64(i.RowInfo.RowsIngested), aws.ToInt64(i.RowInfo.RowsDropped)
	}
	return made
}
