package document

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
)

// Encode gives v's canonical JSON: sorted keys, two spaces of indentation, a newline at the end. Equal values give equal bytes.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.WithIndent("  "), json.FormatNilSliceAsNull(false))
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// Write replaces the file at path by v's canonical JSON, whole or not at all, readable by the owner only.
func Write(path string, v any) error {
	b, err := Encode(v)
	if err != nil {
		return diag.From("encoding "+filepath.Base(path), err)
	}
	return WriteBytes(path, b)
}

// WriteBytes replaces the file at path, whole or not at all, readable by the owner only.
func WriteBytes(path string, b []byte) error {
	if err := replace(path, b); err != nil {
		return &diag.Error{Code: "document/unwritable", What: "cannot write file", At: diag.Position{File: path}, Why: reason(err), Err: err,
			Fix: []string{"nothing was changed; free space or choose another place and run again"}}
	}
	return nil
}

func replace(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(b); err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func reason(err error) string {
	var pe *os.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err.Error()
	case errors.As(err, &le):
		return le.Err.Error()
	}
	return err.Error()
}
