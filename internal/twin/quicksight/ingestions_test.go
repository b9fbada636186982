package quicksight_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	quick "github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/quicksight/types"
)

// TestIngestionWithoutItsSource: loading fails at its end when a data source was deleted, and is fine when all are there.
func TestIngestionWithoutItsSource(t *testing.T) {
	w := furnish(t)
	c := w.in(account, ireland)
	load := func(name string) *types.Ingestion {
		t.Helper()
		if _, err := c.CreateIngestion(t.Context(), &quick.CreateIngestionInput{AwsAccountId: id, DataSetId: aws.String("data"), IngestionId: &name}); err != nil {
			t.Fatal(err)
		}
		w.advance(24 * 3600)
		out, err := c.DescribeIngestion(t.Context(), &quick.DescribeIngestionInput{AwsAccountId: id, DataSetId: aws.String("data"), IngestionId: &name})
		if err != nil {
			t.Fatal(err)
		}
		return out.Ingestion
	}
	if i := load("one"); i.IngestionStatus != types.IngestionStatusCompleted || i.ErrorInfo != nil {
		t.Errorf("%+v", i)
	}
	if _, err := c.DeleteDataSource(t.Context(), &quick.DeleteDataSourceInput{AwsAccountId: id, DataSourceId: aws.String("source")}); err != nil {
		t.Fatal(err)
	}
	if i := load("two"); i.IngestionStatus != types.IngestionStatusFailed || i.ErrorInfo == nil || i.ErrorInfo.Type != types.IngestionErrorTypeDataSourceNotFound {
		t.Errorf("%+v", i)
	}
}
