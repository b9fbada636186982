// Package s3 is the twin's Amazon S3, as far as a bundle goes through it: whole objects in buckets that the world holds, in path style. It
// must not make buckets, and must not know what is in an object.
package s3

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"

	"rehome/internal/twin/kernel"
)

// Service is S3 for a kernel.
func Service() kernel.Service {
	return kernel.Service{ID: "s3", IAM: "s3",
		Handlers: map[string]kernel.Handler{"HeadBucket": headBucket, "PutObject": putObject, "GetObject": getObject, "HeadObject": headObject, "DeleteObject": deleteObject},
		Actions:  map[string][]string{"HeadBucket": {"s3:ListBucket"}, "HeadObject": {"s3:GetObject"}},
		Resource: func(r *kernel.Request) string { return resource(place(r)) },
		Gate:     gate,
	}
}

// object is where a call goes.
type object struct{ Bucket, Key string }

func place(r *kernel.Request) (o object) {
	if err := r.Decode(&o); err != nil {
		return object{}
	}
	return o
}

func resource(o object) string {
	if o.Key == "" {
		return "arn:aws:s3:::" + o.Bucket
	}
	return "arn:aws:s3:::" + o.Bucket + "/" + o.Key
}

// gate refuses buckets that are not there, that are elsewhere, and that are somebody else's: policies of buckets are not modelled (Amazon
// S3 API reference, Error responses). Names of buckets are unique over all accounts.
func gate(r *kernel.Request) error {
	o := place(r)
	for id, a := range r.Estate().Accounts {
		region, there := a.Buckets[o.Bucket]
		switch {
		case !there:
		case id != r.Account:
			return kernel.Errorf("AccessDenied", "Access Denied").WithStatus(http.StatusForbidden)
		case region != r.Region:
			return kernel.Errorf("PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.").
				WithStatus(http.StatusMovedPermanently).With("x-amz-bucket-region", string(region))
		default:
			return nil
		}
	}
	return kernel.Errorf("NoSuchBucket", "The specified bucket does not exist").WithStatus(http.StatusNotFound)
}

// headBucket says that the bucket is there: gate has seen to the rest.
func headBucket(r *kernel.Request) (any, error) {
	return kernel.Object{Region: string(r.Region)}, nil
}

func record(o object) string { return "s3/" + o.Bucket + "/" + o.Key }

// putObject keeps a whole object; versions, encryption and storage classes are not modelled.
func putObject(r *kernel.Request) (any, error) {
	r.SetRecord(record(place(r)), r.Payload)
	return kernel.Object{ETag: tag(r.Payload)}, nil
}

// getObject gives a whole object. Without the right to list the bucket AWS says AccessDenied of one that is not there; the twin says
// NoSuchKey (INFERRED that nobody here minds).
func getObject(r *kernel.Request) (any, error) {
	var body []byte
	if !r.Record(record(place(r)), &body) {
		return nil, kernel.Errorf("NoSuchKey", "The specified key does not exist.").WithStatus(http.StatusNotFound)
	}
	return kernel.Object{ETag: tag(body), Body: body}, nil
}

// headObject is getObject without the object, which the kernel leaves out.
func headObject(r *kernel.Request) (any, error) { return getObject(r) }

// deleteObject is content with one that is not there (Amazon S3 API reference, DeleteObject).
func deleteObject(r *kernel.Request) (any, error) {
	r.DropRecord(record(place(r)))
	return kernel.Object{Status: http.StatusNoContent}, nil
}

// tag is the MD5 of an object that came in one piece (Amazon S3 API reference, Object).
func tag(body []byte) string {
	sum := md5.Sum(body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}
