package assets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/diag"
	"rehome/internal/document"
)

const manifestFile = "manifest.jsonl"

// tail of a line: ,"sum":"<64 hex digits>"}
const (
	sumOpen  = `,"sum":"`
	sumClose = `"}`
	sumSize  = len(sumOpen) + 2*sha256.Size + len(sumClose)
)

// lines is a manifest as read: whole records, the hash of the last line, and where the whole part ends.
type lines struct {
	records []Record
	last    string
	whole   int // bytes; what follows is a torn tail
	torn    int // bytes of the torn tail
}

// replay checks every line. A last line that a crash cut short is left out and counted; anything else that does not fit is an error.
func replay(path string, data []byte) (lines, error) {
	var out lines
	for rest := data; len(rest) > 0; {
		line, after, complete := bytes.Cut(rest, []byte("\n"))
		if len(after) == 0 && (!complete || !jsontext.Value(line).IsValid()) {
			out.torn = len(rest)
			return out, nil
		}
		r, why := parse(line)
		switch {
		case why != "":
		case r.N != len(out.records)+1 || r.Prev != out.last:
			why = "it does not follow the line before it: a line was changed, added or taken out"
		case !recordTypes[r.Type]:
			why = "record type " + string(r.Type) + " is unknown; a newer rehome may have written it"
		case (r.Type == RecordBegin) != (r.N == 1) || r.N == 1 && (r.Header == nil || r.Header.Format != Format):
			why = "a vault begins with one line of the format " + Format
		}
		if why != "" {
			return out, damaged(path, len(out.records)+1, why)
		}
		out.records, out.last = append(out.records, r), hash(line)
		out.whole += len(line) + 1
		rest = after
	}
	return out, nil
}

func parse(line []byte) (r Record, why string) {
	body := len(line) - sumSize
	if body < 0 || string(line[body:body+len(sumOpen)]) != sumOpen || string(line[len(line)-len(sumClose):]) != sumClose {
		return r, "it is no record"
	}
	if string(line[body+len(sumOpen):len(line)-len(sumClose)]) != hash(line[:body]) {
		return r, "its content does not fit its sum: it was edited or is damaged"
	}
	if err := json.Unmarshal(append(line[:body:body], '}'), &r, json.RejectUnknownMembers(true)); err != nil {
		return r, "it is no record: " + err.Error()
	}
	return r, ""
}

// readManifest reads the manifest of a vault; a vault that is not there has an empty one.
func readManifest(dir string) (lines, error) {
	path := filepath.Join(dir, manifestFile)
	info, err := os.Stat(path)
	if err == nil && info.Size() > document.MaxSize {
		return lines{}, damaged(path, 1, "it is larger than any manifest that rehome writes")
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return lines{}, nil
	}
	if err != nil {
		return lines{}, unusable(path, err)
	}
	return replay(path, data)
}

// chain is the open end of a manifest: each line holds the hash of the line before and a sum of its own, so damage and edits show. A
// forger who writes the rest of the file anew is not what it is against.
type chain struct {
	file *os.File
	now  func() time.Time
	n    int
	last string
	err  error // after a failed write nothing more may be written behind the torn line
	// lazy does not wait for the disk: tests that make many vaults.
	lazy bool
}

func (c *chain) sync() error {
	if c.lazy {
		return nil
	}
	return c.file.Sync()
}

// openChain makes the manifest ready for the line after those that were read. A torn tail is cut off.
func openChain(dir string, read lines, now func() time.Time, lazy bool) (*chain, error) {
	path := filepath.Join(dir, manifestFile)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(path, err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, unusable(path, err)
	}
	if read.torn > 0 {
		err = file.Truncate(int64(read.whole))
	}
	c := &chain{file: file, now: now, n: len(read.records), last: read.last, lazy: lazy}
	if err = errors.Join(err, c.sync(), syncDir(dir, lazy), syncDir(filepath.Dir(dir), lazy)); err != nil {
		file.Close()
		return nil, unusable(path, err)
	}
	return c, nil
}

// append writes one record and returns when it is on the disk. A planned job is there with the end of the plan: nothing rests on it before.
func (c *chain) append(r *Record) error {
	if c.err != nil {
		return c.err
	}
	r.N, r.Time, r.Prev = c.n+1, c.now().UTC(), c.last
	line, err := json.Marshal(r, json.Deterministic(true))
	if err != nil {
		return diag.From("encoding a record", err)
	}
	body := line[:len(line)-1]
	line = append(body[:len(body):len(body)], sumOpen+hash(body)+sumClose...)
	if _, err = c.file.Write(append(line, '\n')); err == nil && r.Type != RecordPlanned {
		err = c.sync()
	}
	if err != nil {
		c.err = unusable(c.file.Name(), err)
		return c.err
	}
	c.n, c.last = r.N, hash(line)
	return nil
}

func damaged(path string, line int, why string) error {
	return &diag.Error{Code: "vault/damaged", What: "this line cannot be trusted", Why: why, At: diag.Position{File: path, Line: line, Column: 1}, Exit: diag.ExitUsage,
		Fix: []string{"nothing was changed; keep the vault, and export into a new directory"}}
}

func unusable(path string, err error) error {
	return &diag.Error{Code: "vault/unusable", What: "cannot read or write this file", At: diag.Position{File: path}, Why: err.Error(), Err: err,
		Fix: []string{"free space or repair the directory, then export again: what is stored stays"}}
}

func syncDir(dir string, lazy bool) error {
	if lazy {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
