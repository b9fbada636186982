package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"rehome/internal/check"
	"rehome/internal/estate"
	"rehome/internal/needs"
	"rehome/internal/twin/kernel"
)

// onlyNeeded are documented needs that no operation of this version's twin makes.
var onlyNeeded = map[string]string{}

// onlyTwin are requests that the twin makes and no documented need covers.
var onlyTwin = map[string]string{
	"fas via identitystore kms:DescribeKey": "the needs ask for it through sso alone: no published statement on DescribeKey tells the two services apart",
	"iam kms:DescribeKey":                   "the operator's own call, decided by the account's delegation",
	"iam kms:GetKeyPolicy":                  "the operator's own call, decided by the account's delegation",
	"iam kms:ListResourceTags":              "the operator's own call, decided by the account's delegation",
	"iam kms:PutKeyPolicy":                  "the operator's own call, decided by the account's delegation",
	"iam kms:ReplicateKey":                  "the operator's own call, decided by the account's delegation",
	"iam kms:ScheduleKeyDeletion":           "a person's own call, decided by the account's delegation",
}

// kmsTables are what the twin's operations ask of KMS, and what documentation says has to be allowed, over all worlds.
type kmsTables struct {
	mu            sync.Mutex
	asked, needed map[string]bool
	worlds        int
}

func (k *kmsTables) add(t *testing.T, w *World, twin *kernel.Kernel) {
	t.Helper()
	asked, needed := evidenceOf(t, twin), needsOf(w)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range asked {
		k.asked[strings.TrimSpace(r)] = true
	}
	for _, n := range needed {
		k.needed[n] = true
	}
	k.worlds++
}

// compare holds the two tables against each other.
func (k *kmsTables) compare(t *testing.T) {
	if len(k.asked) == 0 {
		t.Fatal("the twin keeps no evidence")
	}
	compare(t, "the twin asks KMS for it and no documented need covers it", k.asked, k.needed, onlyTwin)
	compare(t, "it is documented as needed and the twin never asks for it", k.needed, k.asked, onlyNeeded)
}

func compare(t *testing.T, what string, have, other map[string]bool, exceptions map[string]string) {
	t.Helper()
	used := map[string]bool{}
	for _, k := range slices.Sorted(maps.Keys(have)) {
		switch _, excepted := exceptions[k]; {
		case excepted && !other[k]:
			used[k] = true
		case !other[k]:
			t.Errorf("%s: %s", k, what)
		}
	}
	for k := range exceptions {
		if !used[k] {
			t.Errorf("%s is listed as an exception and is none", k)
		}
	}
}

func evidenceOf(t *testing.T, k *kernel.Kernel) (out []string) {
	t.Helper()
	w := httptest.NewRecorder()
	k.ServeHTTP(w, httptest.NewRequest("GET", "/_twin/kms", nil))
	var records []kernel.KMSRecord
	if err := json.Unmarshal(w.Body.Bytes(), &records); err != nil {
		t.Fatalf("%v %s", err, w.Body)
	}
	for _, r := range records {
		out = append(out, row(r.CallerKind, r.Principal, r.Via, r.Action))
	}
	return out
}

// row names caller and action alike for both tables: kind, service and the services in between, never people.
func row(kind, principal string, via []string, action string) string {
	service := strings.TrimSuffix(principal, ".amazonaws.com")
	if kind == "iam" || kind == "fas" {
		service = ""
	}
	words := []string{kind}
	if service != "" {
		words = append(words, service)
	}
	for _, v := range via {
		words = append(words, "via "+strings.TrimSuffix(v, ".amazonaws.com"))
	}
	return strings.Join(append(words, action), " ")
}

func needsOf(w *World) (out []string) {
	in := check.Input{Spec: w.Wants, Survey: &estate.Survey{Estate: w.Estate, Callers: map[estate.AccountID]string{
		w.Wants.Quick.Account: "arn:aws:sts::111122223333:assumed-role/RehomeTwinAdministrator/twin"}}}
	facts, ok := in.Facts()
	if !ok {
		return nil
	}
	for _, n := range slices.Concat(needs.Of(facts), needs.Configuring(facts)) {
		kind, principal, via := "service", n.Service, []string(nil)
		if n.Via != "" {
			kind, via = "service-via", []string{n.Via}
		}
		if n.Operator() {
			kind = "fas"
		}
		out = append(out, row(kind, fmt.Sprint(principal), via, n.Action))
	}
	return out
}
