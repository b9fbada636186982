package engine

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const journalFile = "journal.jsonl"

// JournalConfig says where a journal is and what it must belong to.
type JournalConfig struct {
	Dir     string           // the run's directory; made when missing. The caller holds the lock on it.
	Binding Binding          // a resumed journal keeps its own run id
	Now     func() time.Time // the run's clock
	// OnRecord, when given, is called after each record has reached the disk; crash tests die there.
	OnRecord func(n int)
}

// Journal is the durable record of one run. Only Call may be used while the engine runs.
type Journal struct {
	mu      sync.Mutex
	chain   chain
	history *History
	step    string // the step at work, for calls
}

// OpenJournal begins a journal or goes on with the one in the directory. A record that a crash cut short is cut off (see Torn). A damaged
// journal and one of another plan or target are errors that name file and line, and nothing is changed.
func OpenJournal(c JournalConfig) (*Journal, error) {
	path := filepath.Join(c.Dir, journalFile)
	read, err := readChain(path)
	if err != nil {
		return nil, err
	}
	j := &Journal{chain: chain{now: c.Now, onRecord: c.OnRecord}}
	if j.history, err = newHistory(path, read); err != nil {
		return nil, err
	}
	b, r := c.Binding, Record{Type: TypeBegin, Binding: &c.Binding}
	b.Callers = slices.Sorted(slices.Values(b.Callers))
	if len(read.records) > 0 {
		if err := j.history.fits(path, b); err != nil {
			return nil, err
		}
		b.Run, r.Type = j.history.Binding.Run, TypeResume
	}
	r.Binding, j.history.Records = &b, nil
	if read.torn > 0 {
		r.Detail = fmt.Sprintf("a torn record of %d bytes was cut off", read.torn)
	}
	if err := j.chain.open(path, read); err != nil {
		return nil, err
	}
	if j.history.Ended {
		return j, nil
	}
	if err := j.note(r); err != nil {
		j.chain.file.Close()
		return nil, err
	}
	return j, nil
}

// reopen lets the journal of a finished run take records again, because the run is taken back.
func (j *Journal) reopen() error {
	if !j.history.Ended {
		return nil
	}
	b := j.history.Binding
	return j.write(Record{Type: TypeResume, Binding: &b, Detail: "the finished run is taken back"})
}

// ID is the run's id.
func (j *Journal) ID() string { return j.history.Binding.Run }

// Ended reports whether the run is finished: every step of its plan was done.
func (j *Journal) Ended() bool { return j.history.Ended }

// Torn is the size in bytes of the record that was cut off when the journal was opened; 0: none.
func (j *Journal) Torn() int { return j.history.Torn }

// Call records one answered AWS call, under the step that is at work. It is safe for concurrent use.
func (j *Journal) Call(c Call) error {
	return j.write(Record{Type: TypeCall, Call: &c})
}

// Close closes the file; every record but those of the last calls is on the disk already.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.chain.file.Close()
}

// note records a turn of the run. The journal of a finished run takes no more of them: they are kept in memory only.
func (j *Journal) note(r Record) error {
	if j.history.Ended {
		j.history.add(r)
		return nil
	}
	return j.write(r)
}

func (j *Journal) write(r Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r.Type == TypeCall {
		r.Step = j.step
	}
	if err := j.chain.append(&r); err != nil {
		return err
	}
	j.history.add(r)
	return nil
}

func (j *Journal) at(step string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.step = step
}
