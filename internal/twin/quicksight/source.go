package quicksight

import (
	"encoding/base64"
	"errors"
	"strings"

	"rehome/internal/twin/kernel"
)

// How large a bundle can be, in bytes: in the request itself, and in a bucket (quick-api 3.4).
const (
	mostBundle = 20971520
	mostObject = 1 << 30
)

// bundleOf is the bundle in a request, or where the request says that it is.
func bundleOf(r *kernel.Request, body, uri string) ([]byte, error) {
	if (body == "") == (uri == "") {
		return nil, invalid("AssetBundleImportSource must have exactly one of Body and S3Uri.")
	}
	if uri != "" {
		return stored(r, uri)
	}
	bundle, err := base64.StdEncoding.DecodeString(body)
	switch {
	case err != nil:
		return nil, kernel.Errorf("SerializationException", "%v", err)
	case len(bundle) > mostBundle:
		return nil, invalid("The asset bundle has %d bytes; %d are allowed in Body.", len(bundle), mostBundle)
	}
	return bundle, nil
}

// stored reads a bundle from a bucket of the Region with the caller's own rights (quick-api 3.4: the caller needs to read it). That it is
// read at once, that the bucket has to be of the Region, and the words of refusals are INFERRED.
func stored(r *kernel.Request, uri string) ([]byte, error) {
	bucket, key, ok := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	if !ok || !strings.HasPrefix(uri, "s3://") || bucket == "" || key == "" {
		return nil, invalid("S3Uri %q is not valid.", uri)
	}
	var object struct{ Body []byte }
	err := r.Call(r.Caller.Through(r.Service), "s3", r.Region, "GetObject", map[string]string{"Bucket": bucket, "Key": key}, &object)
	var refused *kernel.Error
	if errors.As(err, &refused) {
		switch refused.Code {
		case "AccessDenied", "AccessDeniedException":
			return nil, denied("%s", refused.Message)
		case "NoSuchBucket", "NoSuchKey":
			return nil, notFound("%s is not found: %s", uri, refused.Message)
		case "PermanentRedirect":
			return nil, invalid("The bucket of %s is not in the Region %s.", uri, r.Region)
		}
	}
	if err == nil && len(object.Body) > mostObject {
		err = invalid("The asset bundle has %d bytes; %d are allowed in Amazon S3.", len(object.Body), mostObject)
	}
	return object.Body, err
}
