package view

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"rehome/internal/app"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

// NewProgress shows a run while it goes on: a list that is redrawn on a terminal, plain lines elsewhere, JSON lines with asJSON.
func NewProgress(w io.Writer, asJSON, terminal bool) app.Observer {
	switch {
	case asJSON:
		return &jsonLines{w: w}
	case terminal:
		return &list{w: w}
	default:
		return &lines{w: w}
	}
}

// lines writes one plain line for every turn.
type lines struct {
	mu   sync.Mutex
	w    io.Writer
	last string // what was waited for last; said once, not at every look
}

func (l *lines) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, format+"\n", args...)
}

func (l *lines) Saying(what string) { l.say("rehome: %s", what) }

func (l *lines) Facing(f app.Facing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	Facing(l.w, f)
}

func (l *lines) Planned(steps []plan.Step) { l.say("rehome: %d steps", len(steps)) }

func (l *lines) Stepped(e engine.Event) {
	if e.Kind == engine.EventWaiting {
		if e.Detail == l.last {
			return
		}
		l.last = e.Detail
	}
	if text := turn(e); text != "" {
		l.say("rehome: %s", text)
	}
}

// turn words an event; empty for what is too small to tell.
func turn(e engine.Event) string {
	switch e.Kind {
	case engine.EventStarted:
		return fmt.Sprintf("%s: %s", e.Step.ID, e.Step.Title)
	case engine.EventWaiting:
		return fmt.Sprintf("%s: %s, %s of about %s", e.Step.ID, e.Detail, e.Elapsed, e.Expected)
	case engine.EventGate:
		return fmt.Sprintf("%s: gate %s is open: %s", e.Step.ID, e.Gate, e.Detail)
	case engine.EventActed:
		return fmt.Sprintf("%s: asked", e.Step.ID)
	case engine.EventDone:
		return fmt.Sprintf("%s: done: %s", e.Step.ID, e.Detail)
	case engine.EventSkipped:
		return fmt.Sprintf("%s: nothing to do: %s", e.Step.ID, e.Detail)
	case engine.EventFailed:
		return fmt.Sprintf("%s: failed: %v", e.Step.ID, e.Err)
	case engine.EventUndone:
		return fmt.Sprintf("%s: taken back, because the run stopped", e.Step.ID)
	}
	return ""
}

// jsonLines writes the same turns as one JSON object a line on stderr.
type jsonLines struct {
	mu sync.Mutex
	w  io.Writer
}

type eventJSON struct {
	Format   string `json:"format"`
	Event    string `json:"event"`
	Step     string `json:"step,omitzero"`
	Detail   string `json:"detail,omitzero"`
	Gate     string `json:"gate,omitzero"`
	Elapsed  int    `json:"elapsed_seconds,omitzero"`
	Expected int    `json:"expected_seconds,omitzero"`
	Error    string `json:"error,omitzero"`
}

// EventFormat is the version of the progress lines.
const EventFormat = "rehome.event/v1"

func (l *jsonLines) write(e eventJSON) {
	e.Format = EventFormat
	b, err := json.Marshal(e)
	if err != nil {
		return // strings and numbers; cannot fail
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.w.Write(append(b, '\n')) // progress that cannot be shown stops no run
}

func (l *jsonLines) Saying(what string) { l.write(eventJSON{Event: "saying", Detail: what}) }

func (l *jsonLines) Facing(f app.Facing) {
	l.write(eventJSON{Event: "facing", Detail: string(f.Target)})
	for _, id := range sortedKeys(f.Callers) {
		l.write(eventJSON{Event: "caller", Detail: string(id) + " " + f.Callers[id]})
	}
}

func (l *jsonLines) Planned(steps []plan.Step) {
	for _, s := range steps {
		l.write(eventJSON{Event: "planned", Step: s.ID, Detail: s.Title, Expected: s.Seconds})
	}
}

func (l *jsonLines) Stepped(e engine.Event) {
	out := eventJSON{Event: string(e.Kind), Step: e.Step.ID, Detail: e.Detail, Gate: string(e.Gate), Elapsed: int(e.Elapsed.Seconds()), Expected: int(e.Expected.Seconds())}
	if e.Err != nil {
		out.Error = e.Err.Error()
	}
	l.write(out)
}
