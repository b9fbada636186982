package app

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rehome/internal/assets"
	"rehome/internal/cloud"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// federatedAssets is a world file of fed in which a dashboard and a dataset belong to people whom federation named.
func federatedAssets(t *testing.T) string {
	t.Helper()
	const world = `format: rehome.world/v1
base: fed
title: federated people who own things
estate:
  accounts:
    "111122223333":
      quick:
        namespaces:
          default:
            users:
              federated/zoe@example.com: {email: zoe@example.com, role: READER, identity_type: IAM, active: true}
        assets:
          us-east-1:
            - {type: datasource, id: lake, name: Lake, updated: 2026-11-01T08:00:00Z, content: {"dataSourceId": lake, "name": Lake, "type": ATHENA, "dataSourceParameters": {"athenaParameters": {"workGroup": primary}}},
               permissions: [{principal: "arn:aws:quicksight:us-east-1:111122223333:user/default/federated/ben@example.com", actions: ["quicksight:DeleteDataSource", "quicksight:DescribeDataSource", "quicksight:DescribeDataSourcePermissions", "quicksight:PassDataSource", "quicksight:UpdateDataSource", "quicksight:UpdateDataSourcePermissions"]}]}
            - {type: dataset, id: visits, name: Visits, updated: 2026-11-01T08:00:00Z, content: {"dataSetId": visits, "name": Visits, "importMode": DIRECT_QUERY, "physicalTableMap": {v: {"relationalTable": {"dataSourceArn": "arn:aws:quicksight:us-east-1:111122223333:datasource/lake", "name": visits, "inputColumns": [{"name": page, "type": STRING}]}}}, "columnLevelPermissionRules": [{"principals": ["arn:aws:quicksight:us-east-1:111122223333:user/default/federated/ana@example.com"], "columnNames": [page]}]},
               permissions: [{principal: "arn:aws:quicksight:us-east-1:111122223333:user/default/federated/ben@example.com", actions: ["quicksight:CancelIngestion", "quicksight:CreateIngestion", "quicksight:DeleteDataSet", "quicksight:DescribeDataSet", "quicksight:DescribeDataSetPermissions", "quicksight:DescribeIngestion", "quicksight:ListIngestions", "quicksight:PassDataSet", "quicksight:UpdateDataSet", "quicksight:UpdateDataSetPermissions"]}]}
`
	path := filepath.Join(t.TempDir(), "federated.yaml")
	if err := os.WriteFile(path, []byte(world), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFederatedPeopleBecomeThoseOfIdentityCenter by their addresses, in permissions and in column-level security; whom nothing names is a note.
func TestFederatedPeopleBecomeThoseOfIdentityCenter(t *testing.T) {
	beyondShort(t)
	a := servedWithDesktop(t, "iad")
	vault := filepath.Join(t.TempDir(), "vault")
	if _, err := a.AssetsExport(t.Context(), vault, federatedAssets(t)); err != nil {
		t.Fatal(err)
	}
	l, err := a.AssetsImport(t.Context(), AssetsImportRequest{Vault: vault, Accept: []string{"import/111122223333/us-east-1/2-assets"}})
	if err != nil {
		t.Fatal(err)
	}
	if l.Sums[assets.Moved] != 2 {
		t.Errorf("%+v", l.Lines)
	}
	note := false
	for _, f := range l.Findings {
		if f.Blocks() {
			t.Errorf("%s %s: %s: %s", f.Code, f.Subject, f.Title, f.Cause)
		}
		note = note || f.Severity == diag.Note && strings.HasSuffix(f.Subject, "user/default/federated/zoe@example.com")
	}
	if !note {
		t.Errorf("nothing is said of zoe: %+v", l.Findings)
	}
	ses, stop, err := a.lookingSession(t.Context(), "", "test")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	grants, err := ses.cloud.Quick("111122223333", "us-east-1").AssetPermissions(t.Context(), estate.AssetDataSet, "visits")
	if err != nil || len(grants) != 1 || grants[0].Principal != "arn:aws:quicksight:us-east-1:111122223333:user/default/ben" {
		t.Errorf("%v: %+v", err, grants)
	}
}

// TestAVaultHoldsTheConfigurationAndNoSecret: what no bundle holds lies beside them, credentials as references only.
func TestAVaultHoldsTheConfigurationAndNoSecret(t *testing.T) {
	beyondShort(t)
	t.Attr("requirement", "MIG-08")
	const password = "planted-Secret-3"
	a := served(t, "assets-in-use")
	ses, stop, err := a.lookingSession(t.Context(), "", "test")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	q := ses.cloud.Quick("111122223333", "ap-south-1")
	body := zippedFile(t, "datasource/books.json", `{"resourceType":"datasource","dataSourceId":"books","name":"Books","type":"MYSQL","dataSourceParameters":{"mySqlParameters":{"host":"books.example.com","port":3306,"database":"b"}}}`)
	if err := q.StartImport(t.Context(), cloud.ImportJob{ID: "planted", Body: body, DataSources: []cloud.DataSourceChange{{ID: "books", User: "clerk", Password: password}}}); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if s, err := q.DescribeImport(t.Context(), "planted"); err != nil || s.Status == "SUCCESSFUL" {
			break
		}
		if err := ses.clock.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "vault")
	if v, err := a.AssetsExport(t.Context(), dir, ""); err != nil || v.Assets != 14 {
		t.Fatalf("%v: %+v", err, v)
	}
	text := vaultText(t, dir)
	for what, want := range map[string]string{"a data source's details": "books.example.com", "a reference to its secret": "arn:aws:secretsmanager:ap-south-1:111122223333:secret:warehouse",
		"a schedule": `"scheduleId"`, "the network of a VPC connection": "subnet-0a1", "a namespace": `"namespaces"`, "a user": "ana@example.com", "the groups of a role": "quick-admins", "permissions": "quicksight:UpdateDashboardPermissions"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in the vault", what)
		}
	}
	for _, secret := range []string{password, "clerk", planted, "X-Amz-Signature", "X-Amz-Credential"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the vault", secret)
		}
	}
}

func zippedFile(t *testing.T, name, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	f, err := z.Create(name)
	if err == nil {
		_, err = io.WriteString(f, text)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// vaultText is everything in a vault, bundles unpacked.
func vaultText(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		all.Write(text)
		if z, err := zip.NewReader(bytes.NewReader(text), int64(len(text))); err == nil {
			for _, f := range z.File {
				r, err := f.Open()
				if err != nil {
					return err
				}
				if _, err := io.Copy(&all, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
