package sample_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rehome/internal/assets"
	"rehome/internal/cloud"
	"rehome/internal/estate"
	"rehome/internal/sample"
	"rehome/internal/twin"
	"rehome/internal/twin/kernel"
)

// served is a twin that holds a sample estate, and the way to it.
type served struct {
	*testing.T
	url   string
	cloud *cloud.Cloud
}

func serve(t *testing.T, made map[estate.Region][]estate.Asset) served {
	t.Helper()
	people, members := map[string]estate.QuickUser{}, map[string][]string{}
	for _, u := range users {
		people[u] = estate.QuickUser{Role: "AUTHOR", Active: true}
	}
	for _, g := range groups {
		members[g] = users[:1]
	}
	held := map[estate.Region]estate.Known[[]estate.Asset]{}
	for r, list := range made {
		held[r] = estate.Of(list)
	}
	quick := estate.Quick{Name: "sample", Edition: "ENTERPRISE", Authentication: "IAM_AND_QUICKSIGHT", Status: estate.QuickCreated, IdentityRegion: estate.Of(home),
		TerminationProtection: estate.Of(false), Assets: held, Namespaces: estate.Of(map[string]estate.Namespace{estate.DefaultNamespace: {CapacityRegion: home, Status: "CREATED",
			IdentityStore: "QUICKSIGHT", Users: estate.Of(people), Groups: estate.Of(members)}})}
	w := estate.World{Format: estate.WorldFormat, Title: "sample", Estate: estate.Estate{Organization: estate.Absent[estate.Organization](), IdentityCenter: estate.Absent[estate.Instance](),
		Accounts: map[estate.AccountID]estate.Account{account: {Regions: estate.Of(map[estate.Region]estate.OptStatus{}), Quick: estate.Of(quick)}}}}
	k, err := twin.New(w, kernel.ClockManual)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(k)
	t.Cleanup(s.Close)
	c, err := cloud.New(t.Context(), cloud.Config{Access: []cloud.Access{{Account: account}}, Endpoint: s.URL, Unlimited: true,
		Credentials: func(id estate.AccountID) cloud.Keys { return cloud.Keys{ID: "TWIN" + string(id), Secret: "secret"} }})
	if err != nil {
		t.Fatal(err)
	}
	return served{t, s.URL, c}
}

// wait lets the twin's jobs end.
func (s served) wait() {
	s.Helper()
	resp, err := http.Post(s.url+"/_twin/clock", "application/json", strings.NewReader(`{"advance": 600}`))
	if err != nil || resp.StatusCode != http.StatusOK {
		s.Fatal(err, resp)
	}
	resp.Body.Close()
}

// TestTheTwinTakesASample: it lists and describes every asset as it was made, takes the rights that it holds for whole sets, and bundles
// carry all of it out and in again without a complaint.
func TestTheTwinTakesASample(t *testing.T) {
	made := sample.Assets(config(11, 300))
	s := serve(t, made)
	for _, r := range regions {
		q := s.cloud.Quick(account, r)
		s.listed(q, made[r])
		for _, a := range made[r] {
			s.described(q, r, a)
		}
	}
	g := assets.NewGraph(inventory(t, made))
	job := 0
	for _, r := range regions {
		q := s.cloud.Quick(account, r)
		here := slices.DeleteFunc(g.Order(), func(ref estate.AssetRef) bool { return ref.Region != r })
		for part := range slices.Chunk(here, cloud.MaxExportARNs/2) { // an import can be told of 50 schedules
			job++
			bundle := s.export(q, fmt.Sprintf("job-%d", job), part)
			if got := entries(t, bundle); got != len(part) {
				t.Errorf("%s: %d assets went into a bundle, %d came out", r, len(part), got)
			}
			if err := q.StartImport(t.Context(), cloud.ImportJob{ID: fmt.Sprintf("job-%d", job), Body: bundle, OnFail: cloud.FailureRollsBack}); err != nil {
				t.Fatal(err)
			}
			s.wait()
			if j, err := q.DescribeImport(t.Context(), fmt.Sprintf("job-%d", job)); err != nil || j.Status != cloud.JobSuccessful || len(j.Warnings) > 0 {
				t.Errorf("%s: %v: %+v", r, err, j)
			}
		}
	}
}

// listed compares the twin's lists with what was made.
func (s served) listed(q cloud.Quick, made []estate.Asset) {
	s.Helper()
	var got, want []string
	for _, kind := range estate.AssetTypes {
		list, err := q.ListAssets(s.Context(), kind)
		if err != nil {
			s.Fatal(err)
		}
		for _, a := range list {
			got = append(got, fmt.Sprintf("%s %s %q %s", a.Type, a.ID, a.Name, a.Updated))
		}
	}
	for _, a := range made {
		if a.Type != estate.AssetRefreshSchedule { // they are listed for each dataset
			want = append(want, fmt.Sprintf("%s %s %q %s", a.Type, a.ID, a.Name, a.Updated))
		}
	}
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		s.Errorf("got %d of %d assets:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

// described compares what the twin says of an asset with what was made, and gives everybody again the rights that they have, which the twin
// takes in whole sets only.
func (s served) described(q cloud.Quick, r estate.Region, a estate.Asset) {
	s.Helper()
	d, err := q.DescribeAsset(s.Context(), a.Type, a.ID)
	if err != nil {
		s.Fatal(err)
	}
	for _, arn := range uses(s.T, a.Content) {
		if arn.Account() == account && !slices.Contains(d.Uses, arn) {
			s.Errorf("%s %s: %s is not among %v", a.Type, a.ID, arn, d.Uses)
		}
	}
	grants, err := q.AssetPermissions(s.Context(), a.Type, a.ID)
	if err != nil || len(grants) != len(a.Permissions) || len(grants) > 0 && !reflect.DeepEqual(grants, a.Permissions) {
		s.Errorf("%s %s: %v, %v", a.Type, a.ID, err, grants)
	}
	if len(a.Permissions) > 0 {
		if err := q.UpdateAssetPermissions(s.Context(), a.Type, a.ID, a.Permissions, nil); err != nil {
			s.Error(err)
		}
	}
	if a.Type == estate.AssetRefreshSchedule {
		return
	}
	if tags, err := q.AssetTags(s.Context(), q.AssetARN(a.Type, a.ID)); err != nil || len(tags) != len(a.Tags) || len(tags) > 0 && !reflect.DeepEqual(tags, a.Tags) {
		s.Errorf("%s %s: %v, %v", a.Type, a.ID, err, tags)
	}
}

// export runs a job to its end and gives the bundle.
func (s served) export(q cloud.Quick, id string, refs []estate.AssetRef) []byte {
	s.Helper()
	job := cloud.ExportJob{ID: id, Permissions: true, Tags: true, FolderMemberships: true}
	for _, ref := range refs {
		job.ARNs = append(job.ARNs, ref.ARN(account))
	}
	if err := q.StartExport(s.Context(), job); err != nil {
		s.Fatal(err)
	}
	s.wait()
	state, err := q.DescribeExport(s.Context(), id)
	if err != nil || state.Status != cloud.JobSuccessful || len(state.Warnings) > 0 {
		s.Fatalf("%v: %+v", err, state)
	}
	var out bytes.Buffer
	if _, err := q.Download(s.Context(), state.URL, &out); err != nil {
		s.Fatal(err)
	}
	return out.Bytes()
}

func entries(t *testing.T, bundle []byte) int {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	return len(z.File)
}
