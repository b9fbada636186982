package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"rehome/internal/assets"
	"rehome/internal/cloud"
	"rehome/internal/estate"
)

// objectKey is where the bundle of a job lies while it is imported.
func objectKey(job string) string { return "rehome/" + job + ".qs" }

// throughBucket writes the bundle into the bucket that is named for the Region and lets Quick read it there (quick-api 3.4, MIG-18). A job
// that was not begun leaves nothing there; what a begun one leaves is cleared when somebody sees its end.
func (i importer) throughBucket(ctx context.Context, r estate.Region, id string, bundle *io.SectionReader, o assets.Overrides) error {
	name := i.buckets[r]
	if name == "" {
		return errors.Join(assets.ErrRefused, fmt.Errorf("the bundle has %d bytes and a request takes %d; name a bucket of %s that it can go through, in the spec: assets: {import_buckets: {%s: NAME}}",
			bundle.Size(), cloud.MaxImportBody, r, r))
	}
	bucket, key := i.cloud.Bucket(i.account, r, name), objectKey(id)
	if err := bucket.Put(ctx, key, bundle); err != nil {
		return bucketError("the bundle could not be written to "+bucket.URI(key), err)
	}
	err := i.start(ctx, r, cloud.ImportJob{ID: id, S3URI: bucket.URI(key)}, o)
	if e, ok := errors.AsType[*cloud.Error](err); ok && !e.Ambiguous && e.Kind != cloud.Interrupted {
		if gone := bucket.Delete(ctx, key); gone != nil {
			err = errors.Join(err, fmt.Errorf("and %s stays: %w", bucket.URI(key), gone))
		}
	}
	return err
}

// clear removes the bundle of a job that has ended, if it is where this importer would have put it. A second time does no harm.
func (i importer) clear(ctx context.Context, r estate.Region, id, uri string) error {
	bucket, key := i.cloud.Bucket(i.account, r, i.buckets[r]), objectKey(id)
	if i.buckets[r] == "" || uri != bucket.URI(key) {
		return nil
	}
	if err := bucket.Delete(ctx, key); err != nil {
		return bucketError("the bundle of a job that has ended could not be removed from "+uri, err)
	}
	return nil
}

// bucketError says what a bucket that cannot be used means to an import: nothing of that Region goes on, and whoever gave its name has to
// look. Busy ones are tried again.
func bucketError(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	if cloud.KindOf(err) == cloud.Throttled {
		return errors.Join(assets.ErrBusy, err)
	}
	return err
}
