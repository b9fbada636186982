package assets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/document"
	"rehome/internal/estate"
)

func TestTravel(t *testing.T) {
	for in, want := range map[string]How{
		"analysis - a": ByBundle, "dashboard - a": ByBundle, "theme - a": ByBundle, "folder SHARED a": ByBundle, "folder RESTRICTED a": ByBundle,
		"refresh-schedule - a/b": ByBundle, "vpcConnection - vpc-1": ByBundle, "vpcConnection - vpc/1": Cannot, "vpcConnection - vpc.1": Cannot,
		"dataset SPICE a": ByBundle, "dataset DIRECT_QUERY a": ByBundle, "dataset FILE a": ByHand, "dataset SAGEMAKER a": ByHand,
		"datasource ATHENA a": ByBundle, "datasource S3 a": ByBundle, "datasource S3_UPLOADED_MANIFEST a": ByHand,
		"datasource ADOBE_ANALYTICS a": ByHand, "datasource FILE a": ByHand, "datasource GITHUB a": ByHand, "datasource JIRA a": ByHand,
		"datasource SALESFORCE a": ByHand, "datasource SERVICENOW a": ByHand, "datasource TWITTER a": ByHand,
		"datasource GOOGLESHEETS a": NeedsProof, "datasource NEWDB a": NeedsProof, "datasource - a": NeedsProof,
		"datasource WEB_CRAWLER a": ByAPI, "template - a": ByAPI, "topic - a": ByAPI, "space - a": ByAPI, "agent - a": ByAPI, "flow - a": ByAPI,
		"action-connector SLACK a": ByAPI, "action-connector MODEL_CONTEXT_PROTOCOL a": ByHand, "brand - a": NeedsProof,
	} {
		w := strings.Fields(strings.ReplaceAll(in, " - ", "  - "))
		got := TravelOf(estate.AssetType(w[0]), strings.Trim(w[1], "-"), w[2])
		if got.How != want {
			t.Errorf("%s: got %s, want %s", in, got.How, want)
		}
		if got.Source.Doc == "" || got.How != ByBundle && got.Reason == "" {
			t.Errorf("%s: without source or reason: %+v", in, got)
		}
	}
}

// TestEveryTypeHasARule: what a list can name can be judged and asked about.
func TestEveryTypeHasARule(t *testing.T) {
	for _, k := range append([]estate.AssetType{estate.AssetRefreshSchedule}, estate.AssetTypes...) {
		if _, ok := questions[k]; !ok || travelRules[k] == nil {
			t.Errorf("%s: no question or no rule", k)
		}
	}
}

func TestTakeReadsEverything(t *testing.T) {
	w := newWorld()
	for i := range 130 { // more than a page of each
		for _, k := range estate.AssetTypes {
			w.put(estate.AssetRef{Region: home, Type: k, ID: fmt.Sprintf("%s-%d", k, i)}, "ATHENA")
		}
		w.put(estate.AssetRef{Region: home, Type: estate.AssetRefreshSchedule, ID: fmt.Sprintf("dataset-%d/s", i)}, "")
	}
	sales := ref("ap-south-1 datasource sales")
	w.put(sales, "SALESFORCE")
	w.put(ref("ap-south-1 dataset leads"), "SPICE", sales)
	w.put(ref("ap-south-1 dashboard one"), "", ref("ap-south-1 dataset leads")).grants = nil
	w.put(ref("ap-south-1 dashboard two"), "", ref("ap-south-1 dataset leads"))
	w.put(ref("ap-south-1 folder box"), "RESTRICTED").members = []estate.ARN{ref("ap-south-1 dashboard two").ARN(account)}
	w.things[ref("ap-south-1 folder box")].grants = nil
	var last Count
	inv, err := Take(t.Context(), TakeConfig{Account: account, IdentityRegion: home, People: w.who, Progress: func(c Count) { last = c }, Regions: map[estate.Region]estate.Known[Door]{
		home: estate.Of[Door](door{w, home}), "eu-west-1": estate.Of[Door](door{w, "eu-west-1"}), "af-south-1": estate.Absent[Door](), "us-east-1": estate.NotLooked[Door]("denied")}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(inv.Regions[home].Or(nil)); n != len(w.things) || last.Read != n || last.Assets != n || last.Listed != last.Lists || last.Unread != 0 {
		t.Errorf("%d of %d assets; %+v", n, len(w.things), last)
	}
	if !inv.Regions["af-south-1"].IsAbsent() || inv.Regions["us-east-1"].Looked() || inv.Regions["us-east-1"].Why() != "denied" || !inv.Regions["eu-west-1"].IsKnown() {
		t.Errorf("Regions: %+v", inv.Regions)
	}
	items := map[estate.AssetRef]Item{}
	inv.All(func(r estate.AssetRef, i *Item) bool { items[r] = *i; return true })
	for _, c := range []struct {
		ref   string
		how   How
		owner bool
	}{{"ap-south-1 datasource sales", ByHand, true}, {"ap-south-1 dataset leads", ByAPI, true}, {"ap-south-1 dashboard one", ByAPI, false},
		{"ap-south-1 dashboard two", ByAPI, true}, {"ap-south-1 folder box", ByBundle, true}, {"ap-south-1 refresh-schedule dataset-0/s", ByBundle, true}} {
		if i := items[ref(c.ref)]; i.Travel.How != c.how || i.Ownerless == c.owner {
			t.Errorf("%s: %s, ownerless %t: %s", c.ref, i.Travel.How, i.Ownerless, i.Travel.Reason)
		}
	}
	if got := items[ref("ap-south-1 dashboard two")]; !strings.Contains(got.Travel.Reason, `datasource "Name of sales" (sales) in ap-south-1`) || len(got.Folders) != 1 {
		t.Errorf("%+v", got)
	}
	if got := open(inv.Gaps("MIG-01")); got != "MIG-01 unknown block assets/us-east-1" {
		t.Errorf("gaps: %s", got)
	}
}

func TestTakeIsTheSameEachTimeAndSurvivesAFile(t *testing.T) {
	w := newWorld()
	w.random(seeded(1), 300)
	first, err := document.Encode(w.take(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := document.Encode(w.take(t))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(first), string(again)); d != "" {
			t.Fatal(d)
		}
	}
	var back Inventory
	if err := document.Decode("inventory.json", first, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := document.Encode(back); err != nil || string(again) != string(first) {
		t.Errorf("came back different, %v", err)
	}
}

// TestTakeKeepsWhatCannotBeRead: a list that fails makes its Region unknown, an asset that fails makes itself unknown, and neither ends it.
func TestTakeKeepsWhatCannotBeRead(t *testing.T) {
	for what, want := range map[string]string{
		"theme":              "MIG-01 unknown block assets/ap-south-1",
		"flow":               "MIG-01 unknown block assets/ap-south-1",
		"detail a":           "MIG-01 unknown block asset/ap-south-1/dataset/a",
		"permissions a":      "MIG-01 unknown block asset/ap-south-1/dataset/a",
		"tags a":             "MIG-01 unknown block asset/ap-south-1/dataset/a",
		"refresh-schedulea/": "MIG-01 unknown block asset/ap-south-1/dataset/a",
		"members f":          "MIG-01 unknown block asset/ap-south-1/folder/f",
	} {
		w := newWorld()
		w.put(ref("ap-south-1 dataset a"), "SPICE")
		w.put(ref("ap-south-1 folder f"), "SHARED")
		w.put(ref("us-east-1 dataset b"), "SPICE")
		w.shut["ap-south-1 "+what] = true
		inv := w.take(t)
		gaps := inv.Gaps("MIG-01")
		if got := open(gaps); got != want {
			t.Errorf("%s: %s", what, got)
		}
		if inv.Complete() || !strings.Contains(gaps[0].Cause, "not for you") || len(inv.Regions["us-east-1"].Or(nil)) != 1 {
			t.Errorf("%s: %+v", what, gaps)
		}
	}
}

func TestTakeEndsWithItsContext(t *testing.T) {
	w := newWorld()
	w.random(seeded(2), 200)
	for at := 1; ; at += 37 {
		ctx, cancel := context.WithCancel(t.Context())
		w.calls = 0
		w.onCall = func(string) error {
			if w.calls >= at {
				cancel()
			}
			return ctx.Err()
		}
		inv, err := Take(ctx, TakeConfig{Account: account, Regions: w.regions()})
		cancel()
		if w.calls < at {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		if inv != nil || !errors.Is(err, context.Canceled) {
			t.Fatalf("call %d: %v", at, err)
		}
	}
}
