package engine_test

import (
	"context"
	"testing"

	"rehome/internal/engine"
	"rehome/internal/engine/enginetest"
	"rehome/internal/plan"
)

// journalDriver is this package's own engine under the contract; a kill is a panic right after a record's fsync.
type journalDriver struct{}

func (journalDriver) Begin(t testing.TB, p *plan.Plan) enginetest.Run {
	return journalRun{dir: t.TempDir(), plan: p}
}

type journalRun struct {
	dir  string
	plan *plan.Plan
}

func (r journalRun) Process(ctx context.Context, c engine.Config, die int) (x enginetest.Exit) {
	defer func() {
		if c.Journal != nil {
			c.Journal.Close()
		}
		if v := recover(); v != nil {
			if _, ok := v.(enginetest.Killed); !ok {
				panic(v)
			}
			x.Died = true
		}
	}()
	c.Journal, x.Err = engine.OpenJournal(engine.JournalConfig{Dir: r.dir, Now: c.Clock.Now,
		Binding: engine.Binding{Run: "r1", Plan: r.plan.Fingerprint, Target: string(r.plan.Target), OSUser: "alice", Version: "test"},
		OnRecord: func(int) {
			if x.Records++; x.Records == die {
				panic(enginetest.Killed{})
			}
		}})
	if x.Err != nil {
		return x
	}
	x.Result, x.Err = engine.Run(ctx, c)
	return x
}

func TestContract(t *testing.T) { enginetest.Contract(t, journalDriver{}) }
