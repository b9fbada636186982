package app

import (
	"net/http/httptest"
	"testing"

	"github.com/go-json-experiment/json"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// twinHolds is what a twin holds.
func twinHolds(t *testing.T, twin *kernel.Kernel) (w struct {
	Estate estate.Estate `json:"estate"`
}) {
	t.Helper()
	answer := httptest.NewRecorder()
	twin.ServeHTTP(answer, httptest.NewRequest("GET", "/_twin/world", nil))
	if err := json.Unmarshal(answer.Body.Bytes(), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

func asText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
