package s3_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/s3"
)

const (
	account  = "111122223333"
	stranger = "444455556666"
	reads    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::bundles","arn:aws:s3:::bundles/open/*"]}]}`
)

func world() estate.World {
	return estate.World{Title: "buckets", Estate: estate.Estate{Organization: estate.Absent[estate.Organization](), Accounts: map[estate.AccountID]estate.Account{
		account: {Buckets: map[string]estate.Region{"bundles": "us-east-1", "far": "eu-west-1"}, Controls: estate.Of(estate.Controls{}),
			Roles: map[string]estate.Role{"Reader": {AccessKey: "TESTREADER", Policies: []string{reads}}}},
		stranger: {Buckets: map[string]estate.Region{"theirs": "us-east-1"}},
	}}}
}

// client speaks in plain text, or encrypted: then the SDK streams an object in pieces, with its checksum behind them.
func client(t *testing.T, key string, encrypted bool) *awss3.Client {
	t.Helper()
	k, err := kernel.New(kernel.Config{World: world(), Services: []kernel.Service{s3.Service()}, Clock: kernel.ClockManual})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(k)
	if encrypted {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return at(s.URL, key)
}

func at(url, key string, more ...func(*awss3.Options)) *awss3.Client {
	o := awss3.Options{Region: "us-east-1", BaseEndpoint: aws.String(url), UsePathStyle: true, RetryMaxAttempts: 1,
		HTTPClient:  &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}, // the test's own server
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", "")}
	return awss3.New(o, more...)
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return fmt.Sprint(err)
}

// TestObjectsComeBack whole, whichever way the SDK sends them and whichever checksum it adds.
func TestObjectsComeBack(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)
	for _, encrypted := range []bool{false, true} {
		c := client(t, "TWIN"+account, encrypted)
		for name, body := range map[string][]byte{"a/b c+d/ü.qs": []byte("hello"), "empty": {}, "big": big} {
			for _, sum := range []types.ChecksumAlgorithm{"", types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmSha256, types.ChecksumAlgorithmCrc64nvme} {
				if name == "big" && sum != "" {
					continue
				}
				if _, err := c.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String("bundles"), Key: &name, Body: bytes.NewReader(body), ChecksumAlgorithm: sum}); err != nil {
					t.Fatalf("%s %s: %v", name, sum, err)
				}
			}
			out, err := c.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("bundles"), Key: &name})
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(out.Body)
			if err != nil || !bytes.Equal(got, body) || len(*out.ETag) != 34 {
				t.Errorf("%s: %v, %d bytes, %s", name, err, len(got), *out.ETag)
			}
			head, err := c.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: aws.String("bundles"), Key: &name})
			if err != nil || *head.ContentLength != int64(len(body)) || *head.ETag != *out.ETag {
				t.Errorf("%s: %v %+v", name, err, head)
			}
			for range 2 { // the second time there is nothing to remove
				if _, err := c.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("bundles"), Key: &name}); err != nil {
					t.Error(err)
				}
			}
			if _, err := c.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("bundles"), Key: &name}); code(err) != "NoSuchKey: The specified key does not exist." {
				t.Error(err)
			}
		}
		if out, err := c.HeadBucket(t.Context(), &awss3.HeadBucketInput{Bucket: aws.String("bundles")}); err != nil || *out.BucketRegion != "us-east-1" {
			t.Errorf("%v %+v", err, out)
		}
	}
}

// TestWhatBucketsRefuse in S3's words.
func TestWhatBucketsRefuse(t *testing.T) {
	admin, reader := client(t, "TWIN"+account, false), client(t, "TESTREADER", false)
	put := func(c *awss3.Client, bucket, key string) error {
		_, err := c.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")})
		return err
	}
	get := func(c *awss3.Client, bucket, key string) error {
		_, err := c.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: &bucket, Key: &key})
		return err
	}
	head := func(c *awss3.Client, bucket string) error {
		_, err := c.HeadBucket(t.Context(), &awss3.HeadBucketInput{Bucket: &bucket})
		return err
	}
	_, parts := admin.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: aws.String("bundles"), Key: aws.String("k")})
	_, part := admin.GetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("bundles"), Key: aws.String("k"), Range: aws.String("bytes=0-1")})
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"no such bucket":         {put(admin, "nowhere", "k"), "NoSuchBucket: The specified bucket does not exist"},
		"no such bucket, asked":  {head(admin, "nowhere"), "NotFound"},
		"somebody else's":        {put(admin, "theirs", "k"), "AccessDenied: Access Denied"},
		"in another Region":      {put(admin, "far", "k"), "PermanentRedirect: The bucket you are attempting to access"},
		"may not write":          {put(reader, "bundles", "open/k"), "AccessDenied: User: arn:aws:sts::111122223333:assumed-role/Reader/twin is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::bundles/open/k because no identity-based policy allows the s3:PutObject action"},
		"may not read that":      {get(reader, "bundles", "shut/k"), "AccessDenied: User: "},
		"may read":               {get(reader, "bundles", "open/k"), "NoSuchKey: "},
		"may look":               {head(reader, "bundles"), "<nil>"},
		"in parts":               {parts, "NotModelledByTwin: "},
		"a part":                 {part, "NotModelledByTwin: "},
		"a key that nobody gave": {put(at("http://127.0.0.1:1", "TWIN"+account), "bundles", "k"), "operation error S3: PutObject"},
	} {
		if got := code(c.err); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
