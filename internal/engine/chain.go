package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rehome/internal/diag"
)

// chain is an append-only file of records, one line each: the line's own sum stands at its end, and the next line names the
// whole line's hash. So damage and edits show; a forger who rewrites the rest of the file is not what it is against.
type chain struct {
	file     *os.File
	now      func() time.Time
	onRecord func(n int)
	n        int
	last     string // hash of the last line
	err      error  // after a failed write nothing more may be written behind the torn line
}

// tail of a line: ,"sum":"<64 hex digits>"}
const (
	sumOpen  = `,"sum":"`
	sumClose = `"}`
	sumSize  = len(sumOpen) + 2*sha256.Size + len(sumClose)
)

// lines is a chain as read: whole records, the hash of the last line, and where the whole part ends.
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
		last := len(after) == 0
		if last && (!complete || !json.Valid(line)) {
			out.torn = len(rest)
			return out, nil
		}
		r, why := parse(line)
		switch {
		case why != "":
		case r.N != len(out.records)+1 || r.Prev != out.last:
			why = "it does not follow the line before it: a line was changed, added or taken out"
		case !knownTypes[r.Type]:
			why = "record type " + string(r.Type) + " is unknown; a newer rehome may have written it"
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
	d := json.NewDecoder(bytes.NewReader(append(line[:body:body], '}')))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, "it is no record: " + err.Error()
	}
	return r, ""
}

func damaged(path string, line int, why string) error {
	return &diag.Error{Code: "journal/damaged", What: "this line cannot be trusted", Why: why, At: diag.Position{File: path, Line: line, Column: 1}, Exit: diag.ExitUsage,
		Fix: []string{"nothing was changed; keep the file, move it elsewhere and run again: every step is observed before anything is done"}}
}

// readChain reads a file of records; a file that is not there is an empty one.
func readChain(path string) (lines, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return lines{}, nil
	}
	if err != nil {
		return lines{}, unusable(path, err)
	}
	return replay(path, data)
}

// open makes a chain ready for the line after those that were read. A torn tail is cut off.
func (c *chain) open(path string, read lines) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return unusable(path, err)
	}
	if c.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return unusable(path, err)
	}
	c.n, c.last = len(read.records), read.last
	if read.torn > 0 {
		err = c.file.Truncate(int64(read.whole))
	}
	if err = errors.Join(err, c.file.Sync(), syncDir(filepath.Dir(path)), syncDir(filepath.Dir(filepath.Dir(path)))); err != nil {
		c.file.Close()
		return unusable(path, err)
	}
	return nil
}

// append writes one record and returns when it is on the disk. The record of an answered call is there with the next one: nothing rests
// on it, and a move makes thousands of calls.
func (c *chain) append(r *Record) error {
	if c.err != nil {
		return c.err
	}
	r.N, r.Time, r.Prev = c.n+1, c.now().UTC(), c.last
	line, err := json.Marshal(r)
	if err != nil {
		return diag.From("encoding a record", err)
	}
	body := line[:len(line)-1]
	line = append(body[:len(body):len(body)], sumOpen+hash(body)+sumClose...)
	if _, err = c.file.Write(append(line, '\n')); err == nil && r.Type != TypeCall {
		err = c.file.Sync()
	}
	if err != nil {
		c.err = unusable(c.file.Name(), err)
		return c.err
	}
	c.n, c.last = r.N, hash(line)
	if c.onRecord != nil {
		c.onRecord(r.N)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func unusable(path string, err error) error {
	return &diag.Error{Code: "journal/unusable", What: "cannot read or write this file", At: diag.Position{File: path}, Why: err.Error(), Err: err,
		Fix: []string{"free space or repair the directory, then: rehome resume"}}
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
