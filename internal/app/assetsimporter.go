package app

import (
	"cmp"
	"context"
	"errors"
	"io"

	"rehome/internal/assets"
	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// importer runs import jobs of one account, in whatever Region, and mends what they leave out.
type importer struct {
	cloud   *cloud.Cloud
	account estate.AccountID
	buckets map[estate.Region]string // what large bundles go through, by the Region of the import
	most    int64                    // bytes of a bundle that goes into the request; 0: as many as AWS takes
}

var (
	_ assets.Importer = importer{}
	_ assets.Granter  = importer{}
	_ assets.Remover  = importer{}
	_ assets.Ingester = importer{}
)

// StartImport sends the bundle in the request, or through a bucket when it is too large for that.
func (i importer) StartImport(ctx context.Context, r estate.Region, id string, bundle *io.SectionReader, o assets.Overrides) error {
	if bundle.Size() > cmp.Or(i.most, cloud.MaxImportBody) {
		return i.throughBucket(ctx, r, id, bundle, o)
	}
	body, err := io.ReadAll(bundle)
	if err != nil {
		return err
	}
	return i.start(ctx, r, cloud.ImportJob{ID: id, Body: body}, o)
}

// start begins the job with what is told about single assets.
func (i importer) start(ctx context.Context, r estate.Region, job cloud.ImportJob, o assets.Overrides) error {
	job.OnFail, job.Prefix = cloud.FailureRollsBack, o.Prefix
	for _, n := range o.Networks {
		job.VPCConnections = append(job.VPCConnections, cloud.VPCConnectionChange{ID: n.ID, Subnets: n.Subnets, SecurityGroups: n.SecurityGroups, DNSResolvers: n.DNSResolvers, RoleARN: n.RoleARN})
	}
	for _, c := range o.Credentials {
		job.DataSources = append(job.DataSources, cloud.DataSourceChange{ID: c.ID, SecretARN: c.SecretARN, User: c.User, Password: c.Password})
	}
	for _, s := range o.Starts {
		job.RefreshSchedules = append(job.RefreshSchedules, cloud.RefreshScheduleChange{DataSet: s.DataSet, ID: s.ID, StartAfter: s.After})
	}
	return jobError(i.cloud.Quick(i.account, r).StartImport(ctx, job))
}

func (i importer) DescribeImport(ctx context.Context, r estate.Region, id string) (assets.ImportState, error) {
	s, err := i.cloud.Quick(i.account, r).DescribeImport(ctx, id)
	if cloud.KindOf(err) == cloud.NotFound {
		return assets.ImportState{}, errors.Join(assets.ErrNoJob, err)
	}
	if err != nil {
		return assets.ImportState{}, jobError(err)
	}
	out := assets.ImportState{Status: string(s.Status), Errors: problems(s.Errors), RollbackErrors: problems(s.RollbackErrors), Warnings: problems(s.Warnings)}
	if s.S3URI != "" && s.Status.Done() {
		err = i.clear(ctx, r, id, s.S3URI)
	}
	return out, err
}

func (i importer) Grant(ctx context.Context, at estate.AssetRef, grant, revoke []estate.AssetGrant) error {
	return i.cloud.Quick(i.account, at.Region).UpdateAssetPermissions(ctx, at.Type, at.ID, grant, revoke)
}

func (i importer) Tag(ctx context.Context, at estate.AssetRef, tags map[string]string) error {
	return i.cloud.Quick(i.account, at.Region).TagAsset(ctx, at.ARN(i.account), tags)
}

func (i importer) AddFolderMember(ctx context.Context, folder string, at estate.AssetRef) error {
	err := i.cloud.Quick(i.account, at.Region).AddFolderMember(ctx, folder, at.Type, at.ID)
	if cloud.KindOf(err) == cloud.Exists {
		return nil
	}
	return err
}

// Delete takes a VPC connection that is on its way out already for one that was told to go.
func (i importer) Delete(ctx context.Context, at estate.AssetRef) error {
	switch err := i.cloud.Quick(i.account, at.Region).DeleteAsset(ctx, at.Type, at.ID); {
	case cloud.KindOf(err) == cloud.NotFound, cloud.KindOf(err) == cloud.Conflict && at.Type == estate.AssetVPCConnection:
		return nil
	default:
		return busy(err)
	}
}

func (i importer) Importing(ctx context.Context, r estate.Region) (ids []string, err error) {
	list, err := i.cloud.Quick(i.account, r).ListImports(ctx)
	for _, j := range list {
		if !j.Status.Done() {
			ids = append(ids, j.ID)
		}
	}
	return ids, busy(err)
}

// StartIngestion comes again while the dataset is being changed, as one is that was just imported; that a dataset was refreshed too often
// today is no such thing (quick-api 4.6).
func (i importer) StartIngestion(ctx context.Context, r estate.Region, dataset, id string) error {
	err := i.cloud.Quick(i.account, r).StartIngestion(ctx, dataset, id)
	switch cloud.KindOf(err) {
	case cloud.Exists:
		return nil
	case cloud.Conflict:
		return errors.Join(assets.ErrBusy, err)
	}
	return busy(err)
}

func (i importer) DescribeIngestion(ctx context.Context, r estate.Region, dataset, id string) (assets.IngestionState, error) {
	s, err := i.cloud.Quick(i.account, r).DescribeIngestion(ctx, dataset, id)
	if cloud.KindOf(err) == cloud.NotFound {
		err = errors.Join(assets.ErrNoJob, err)
	}
	return assets.IngestionState{Status: s.Status, Error: s.Error, Rows: s.Rows, Dropped: s.Dropped}, busy(err)
}

// busy marks a call that Quick was too busy for. Unlike jobError it takes nothing else for that: no job of ours is in the way.
func busy(err error) error {
	if cloud.KindOf(err) == cloud.Throttled {
		return errors.Join(assets.ErrBusy, err)
	}
	return err
}
