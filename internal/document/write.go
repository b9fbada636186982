package document

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
)

// Encode gives v's canonical JSON: sorted keys, two spaces of indentation, a newline at the end. Equal values give equal bytes.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, canonical())
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// EncodeTo writes what Encode gives, and holds only a piece of it at a time.
func EncodeTo(w io.Writer, v any) error {
	if err := json.MarshalWrite(w, v, canonical()); err != nil {
		return err
	}
	_, err := w.Write([]byte{'\n'})
	return err
}

func canonical() json.Options {
	return json.JoinOptions(json.Deterministic(true), jsontext.WithIndent("  "), json.FormatNilSliceAsNull(false))
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
	return WriteFrom(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// WriteFrom replaces the file at path by what a function writes, whole or not at all, readable by the owner only.
func WriteFrom(path string, from func(io.Writer) error) error {
	if err := replace(path, from); err != nil {
		return &diag.Error{Code: "document/unwritable", What: "cannot write file", At: diag.Position{File: path}, Why: reason(err), Err: err,
			Fix: []string{"nothing was changed; free space or choose another place and run again"}}
	}
	return nil
}

func replace(path string, from func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	w := bufio.NewWriterSize(tmp, 64<<10)
	if err = from(w); err == nil {
		err = w.Flush()
	}
	if err == nil {
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
