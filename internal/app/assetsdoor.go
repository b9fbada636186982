package app

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"rehome/internal/assets"
	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// quickDoor is one Region of Quick as an inventory asks it.
type quickDoor struct{ at cloud.Quick }

var _ assets.Door = quickDoor{}

func (d quickDoor) List(ctx context.Context, t estate.AssetType) ([]estate.Asset, error) {
	return d.at.ListAssets(ctx, t)
}

func (d quickDoor) RefreshSchedules(ctx context.Context, dataset string) ([]estate.Asset, error) {
	return d.at.ListRefreshSchedules(ctx, dataset)
}

// Detail describes the types that bundles carry. Of the others the list is all that an inventory needs: they travel in other ways.
func (d quickDoor) Detail(ctx context.Context, t estate.AssetType, id string) (assets.Detail, error) {
	if !slices.Contains(estate.BundleTypes, t) {
		return assets.Detail{}, nil
	}
	seen, err := d.at.DescribeAsset(ctx, t, id)
	if t == estate.AssetDataSet && cloud.KindOf(err) == cloud.Invalid { // made from an uploaded file (quick-api 3.6)
		return assets.Detail{Kind: assets.KindUploadedFile}, nil
	}
	if err != nil {
		return assets.Detail{}, err
	}
	out := assets.Detail{Kind: seen.Kind, Updated: seen.Updated, Uses: seen.Uses}
	out.Secret, out.Stored, out.Spice = seen.Access.SecretARN, seen.Access.NeedsCredentials, seen.Data.Bytes
	out.Faults = faults(seen)
	for _, r := range seen.Data.Rules {
		out.Rules = append(out.Rules, assets.RowRule{DataSet: r.DataSet, Format: r.Format, Enabled: r.Enabled})
	}
	if assets.RuleColumns(seen.Data.Names) {
		out.Columns = seen.Data.Names
	}
	if t == estate.AssetDataSet {
		err = d.refreshes(ctx, id, &out)
	}
	return out, err
}

// faults are the types of what is wrong with an asset: of errors, whose texts name this and that, and a state that is the end of a failure.
func faults(seen cloud.AssetDetail) (out []string) {
	for _, e := range seen.Errors {
		kind, _, _ := strings.Cut(e, ":")
		out = append(out, kind)
	}
	if strings.HasSuffix(seen.Status, "_FAILED") {
		out = append(out, seen.Status)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// refreshes adds how a dataset is refreshed and how that went last; no bundle holds either (quick-api 3.6).
func (d quickDoor) refreshes(ctx context.Context, dataset string, out *assets.Detail) error {
	known, err := d.at.RefreshProperties(ctx, dataset)
	if err != nil {
		return err
	}
	if p, ok := known.Get(); ok {
		if out.Refresh, err = json.Marshal(p, json.Deterministic(true)); err != nil {
			return err
		}
	}
	last, ok, err := d.at.LatestIngestion(ctx, dataset)
	if ok {
		out.Ingestion = last.Status
	}
	return err
}

func (d quickDoor) Permissions(ctx context.Context, t estate.AssetType, id string) ([]estate.AssetGrant, error) {
	if !slices.Contains(estate.BundleTypes, t) {
		return nil, nil
	}
	return d.at.AssetPermissions(ctx, t, id)
}

func (d quickDoor) Tags(ctx context.Context, t estate.AssetType, id string) (map[string]string, error) {
	return d.at.AssetTags(ctx, d.at.AssetARN(t, id))
}

func (d quickDoor) FolderMembers(ctx context.Context, folder string) ([]estate.ARN, error) {
	return d.at.FolderMembers(ctx, folder)
}

// exporter runs the bundle jobs of one account, in whatever Region.
type exporter struct {
	cloud   *cloud.Cloud
	account estate.AccountID
}

var _ assets.Exporter = exporter{}

func (e exporter) Start(ctx context.Context, r estate.Region, id string, arns []estate.ARN) error {
	return jobError(e.cloud.Quick(e.account, r).StartExport(ctx, cloud.ExportJob{ID: id, ARNs: arns, Permissions: true, Tags: true, FolderMemberships: true}))
}

func (e exporter) Describe(ctx context.Context, r estate.Region, id string) (assets.ExportState, error) {
	s, err := e.cloud.Quick(e.account, r).DescribeExport(ctx, id)
	if err != nil {
		return assets.ExportState{}, jobError(err)
	}
	return assets.ExportState{Status: string(s.Status), Created: s.Created, URL: string(s.URL), Errors: problems(s.Errors), Warnings: problems(s.Warnings)}, nil
}

// Download goes to the address that Describe gave; which Region it is asked of does not matter to it.
func (e exporter) Download(ctx context.Context, url string, w io.Writer) error {
	_, err := e.cloud.Quick(e.account, "").Download(ctx, cloud.Link(url), w)
	return jobError(err)
}

func problems(list []cloud.JobError) []assets.Problem {
	var out []assets.Problem
	for _, e := range list {
		out = append(out, assets.Problem{ARN: e.ARN, Type: e.Type, Message: e.Message})
	}
	return out
}

// jobError says what a failed call means to an export or import.
func jobError(err error) error {
	switch cloud.KindOf(err) {
	case cloud.Throttled, cloud.Precondition: // the sixth job is a LimitExceededException
		return errors.Join(assets.ErrBusy, err)
	case cloud.Invalid, cloud.Unsupported:
		return errors.Join(assets.ErrRefused, err)
	case cloud.LinkExpired:
		return errors.Join(assets.ErrExpired, err)
	}
	return err
}
