package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"rehome/internal/app"
	"rehome/internal/engine"
	"rehome/internal/plan"
)

// list shows all steps of a run and redraws them as they change. It only draws: keys go to the run's own signal handling.
type list struct {
	w       io.Writer
	program *tea.Program
	ended   chan struct{}
}

func (l *list) Saying(what string) {
	if l.program == nil {
		fmt.Fprintf(l.w, "rehome: %s\n", what)
	}
}

func (l *list) Facing(f app.Facing) { Facing(l.w, f) }

func (l *list) Planned(steps []plan.Step) {
	rows := make([]row, len(steps))
	for i, s := range steps {
		rows[i] = row{id: s.ID, title: s.Title, expected: time.Duration(s.Seconds) * time.Second}
	}
	l.program = tea.NewProgram(model{rows: rows}, tea.WithOutput(l.w), tea.WithInput(nil), tea.WithoutSignalHandler())
	l.ended = make(chan struct{})
	go func() {
		defer close(l.ended)
		_, _ = l.program.Run() // a list that cannot be drawn stops no run
	}()
}

func (l *list) Stepped(e engine.Event) {
	l.program.Send(e)
	if e.Kind == engine.EventFinished {
		<-l.ended
		l.program = nil
	}
}

// model is what the list shows.
type model struct{ rows []row }

type row struct {
	id, title string
	state     string // empty: its turn has not come
	detail    string
	elapsed   time.Duration
	expected  time.Duration
}

func (m model) Init() tea.Cmd { return nil }

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	e, ok := msg.(engine.Event)
	if !ok {
		return m, nil
	}
	if e.Kind == engine.EventFinished {
		return m, tea.Quit
	}
	rows := append([]row(nil), m.rows...)
	for i := range rows {
		if rows[i].id == e.Step.ID {
			rows[i].take(e)
		}
	}
	return model{rows}, nil
}

var words = map[engine.EventKind]string{engine.EventStarted: "now", engine.EventWaiting: "wait", engine.EventActed: "asked", engine.EventDone: "done",
	engine.EventSkipped: "skipped", engine.EventFailed: "FAILED", engine.EventUndone: "undone"}

func (r *row) take(e engine.Event) {
	if word, ok := words[e.Kind]; ok {
		r.state = word
	}
	if e.Detail != "" {
		r.detail = e.Detail
	}
	r.elapsed = e.Elapsed
}

func (m model) View() string {
	var b strings.Builder
	done := 0
	var left time.Duration
	for _, r := range m.rows {
		state := r.state
		if state == "" {
			state = "-"
		}
		switch r.state {
		case "done", "skipped":
			done++
		default:
			left += max(r.expected-r.elapsed, 0)
		}
		fmt.Fprintf(&b, "  %-8s %-22s %s", state, r.id, r.title)
		if r.state == "wait" {
			fmt.Fprintf(&b, "  (%s, %s of about %s)", r.detail, r.elapsed.Round(time.Second), r.expected)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "  %d of %d steps, about %s of AWS's time left\n", done, len(m.rows), left)
	return b.String()
}
