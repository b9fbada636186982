package cloud

import (
	"context"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rehome/internal/estate"
)

// objectStore is Amazon S3. A host of its own per bucket, as AWS wants it, is nothing that a twin has; and a bundle can take longer than
// any other call.
func objectStore(a *account) api[s3.Client, s3.Options] {
	return api[s3.Client, s3.Options]{"s3", func(cfg aws.Config, more ...func(*s3.Options)) *s3.Client {
		return s3.NewFromConfig(cfg, append(more, func(o *s3.Options) {
			o.UsePathStyle, o.HTTPClient = cfg.BaseEndpoint != nil, a.download
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported // however the configuration was made
		})...)
	}}
}

// Bucket is a bucket of Amazon S3 in one Region.
type Bucket struct {
	site
	name string
}

// Bucket goes to a bucket of the given account and Region.
func (c *Cloud) Bucket(account estate.AccountID, region estate.Region, name string) Bucket {
	return Bucket{site{c, account, region}, name}
}

// URI names an object as other services want it.
func (b Bucket) URI(key string) string { return "s3://" + b.name + "/" + key }

// Put writes an object in one request, read from its beginning whenever it is sent. It takes the place of one that is there.
func (b Bucket) Put(ctx context.Context, key string, body io.ReadSeeker) error {
	a, err := b.cloud.account(ctx, b.account)
	if err != nil {
		return err
	}
	put := func(c *s3.Client, ctx context.Context, in *s3.PutObjectInput, more ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		return c.PutObject(ctx, in, more...)
	}
	_, err = call(ctx, b.site, objectStore(a), put, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: body})
	return err
}

// Delete removes an object; one that is not there is no error.
func (b Bucket) Delete(ctx context.Context, key string) error {
	a, err := b.cloud.account(ctx, b.account)
	if err != nil {
		return err
	}
	_, err = call(ctx, b.site, objectStore(a), (*s3.Client).DeleteObject, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	return err
}
