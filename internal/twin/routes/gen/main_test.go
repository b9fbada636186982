package main

import (
	"bytes"
	"errors"
	"os"
	"testing"
)

func TestTableIsCurrentWithTheModulesOfGoMod(t *testing.T) {
	want, err := generate()
	if errors.Is(err, errNoSources) {
		t.Skip("the SDK's module sources are not in the module cache; run go mod download")
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../table.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("table.go is out of date; run go generate ./internal/twin/routes")
	}
}
