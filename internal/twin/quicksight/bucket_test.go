package quicksight_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rehome/internal/estate"
)

// TestABundleFromABucket is read with the caller's own rights, in the Region of the import, and may be larger than a request.
func TestABundleFromABucket(t *testing.T) {
	const imports = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"quicksight:*","Resource":"*"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bundles/open/*"}]}`
	w := start(t, func(w *estate.World) {
		settle(w, nil)
		a := w.Estate.Accounts[account]
		a.Buckets = map[string]estate.Region{"bundles": ohio, "elsewhere": ireland}
		a.Controls = estate.Of(estate.Controls{})
		a.Roles = map[string]estate.Role{"Importer": {AccessKey: "TESTIMPORTER", Policies: []string{imports}}}
		w.Estate.Accounts[account] = a
	})
	large := strings.Replace(sourceFile, `"name"`, `"filler":"`+noise(21<<20)+`","name"`, 1)
	bundle := zipped(t, map[string]string{"datasource/src.json": large})
	if len(bundle) <= 20<<20 {
		t.Fatalf("the bundle has only %d bytes", len(bundle))
	}
	as := func(key string) (*quick.Client, *s3.Client) {
		keys := credentials.NewStaticCredentialsProvider(key, "secret", "")
		return quick.New(quick.Options{Region: ohio, BaseEndpoint: aws.String(w.url), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1, Credentials: keys}),
			s3.New(s3.Options{Region: ohio, BaseEndpoint: aws.String(w.url), HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 1, Credentials: keys, UsePathStyle: true})
	}
	admin, store := as("TWIN" + account)
	for _, key := range []string{"open/src.qs", "shut/src.qs"} {
		if _, err := store.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("bundles"), Key: &key, Body: bytes.NewReader(bundle)}); err != nil {
			t.Fatal(err)
		}
	}
	importer, _ := as("TESTIMPORTER")
	for uri, want := range map[string]string{
		"s3://bundles/open/none":   "ResourceNotFoundException: s3://bundles/open/none is not found: The specified key does not exist.",
		"s3://bundles/shut/src.qs": "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/Importer/twin is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::bundles/shut/src.qs",
		"s3://elsewhere/x":         "InvalidParameterValueException: The bucket of s3://elsewhere/x is not in the Region us-east-2.",
		"s3://bundles":             "InvalidParameterValueException: S3Uri ",
	} {
		_, err := importer.StartAssetBundleImportJob(t.Context(), &quick.StartAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: aws.String("j"), AssetBundleImportSource: &types.AssetBundleImportSource{S3Uri: &uri}})
		w.mustBe(err, want)
	}
	uri := "s3://bundles/open/src.qs"
	if _, err := importer.StartAssetBundleImportJob(t.Context(), &quick.StartAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: aws.String("j"), AssetBundleImportSource: &types.AssetBundleImportSource{S3Uri: &uri}}); err != nil {
		t.Fatal(err)
	}
	w.advance(100)
	out, err := admin.DescribeAssetBundleImportJob(t.Context(), &quick.DescribeAssetBundleImportJobInput{AwsAccountId: id, AssetBundleImportJobId: aws.String("j")})
	if err != nil || out.JobStatus != types.AssetBundleImportJobStatusSuccessful || aws.ToString(out.AssetBundleImportSource.S3Uri) != uri || out.AssetBundleImportSource.Body != nil {
		t.Errorf("%v %+v", err, out)
	}
}

// noise is text that does not become smaller than size in a zip file; equal runs make equal ones.
func noise(size int) string {
	raw := make([]byte, size)
	if _, err := rand.NewChaCha8([32]byte{}).Read(raw); err != nil {
		panic(err) // cannot be
	}
	return base64.StdEncoding.EncodeToString(raw)
}
