package cloud

import (
	"context"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

// quota is how fast we call a service in one Region, over all accounts: the rate that AWS documents or that others found to hold.
type quota struct {
	service   string // empty: any
	suffix    string // of the operation; empty: any
	perOp     bool   // each operation has its own allowance
	perSecond rate.Limit
	burst     int
	source    string
}

// quotas are searched from the top. Burst 1 spaces calls evenly, so that no second ever holds more than the rate.
var quotas = []quota{
	{service: "sso-admin", perSecond: 20, burst: 1, source: "idc-kms 1.8: 20 TPS for all Identity Center APIs together"},
	{service: "identitystore", perOp: true, perSecond: 20, burst: 1, source: "idc-kms 1.8: 20 TPS per API and store"},
	{service: "quicksight", suffix: "Permissions", perSecond: 2, burst: 2, source: "quick-api 6: a client in the wild; AWS publishes none"},
	{service: "quicksight", suffix: "Job", perSecond: 1, burst: 2, source: "quick-api 3.6: bundle jobs have low throttling thresholds; the number is INFERRED"},
	{service: "quicksight", perSecond: 10, burst: 10, source: "quick-api 6: a client in the wild; AWS publishes none"},
	{service: "kms", perSecond: 50, burst: 50, source: "INFERRED: far below KMS's request quotas, far above what a move needs"},
	{perSecond: 10, burst: 10, source: "INFERRED: sts, organizations, account and cloudformation are called a few times each"},
}

// limits are the allowances in use. The zero value is ready.
type limits struct {
	mu    sync.Mutex
	byKey map[string]*rate.Limiter
}

// wait takes one call from the allowance and sleeps until its turn, on the given clock only.
func (l *limits) wait(ctx context.Context, clock Clock, o op) error {
	now := clock.Now()
	turn := l.limiter(o).ReserveN(now, 1)
	if d := turn.DelayFrom(now); d > 0 {
		if err := clock.Sleep(ctx, d); err != nil {
			turn.CancelAt(now)
			return err
		}
	}
	return ctx.Err()
}

func (l *limits) limiter(o op) *rate.Limiter {
	var q quota
	for _, q = range quotas {
		if (q.service == "" || q.service == o.service) && strings.HasSuffix(o.name, q.suffix) {
			break
		}
	}
	key := o.service + " " + string(o.region) + " " + q.suffix
	if q.perOp {
		key += " " + o.name
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey == nil {
		l.byKey = map[string]*rate.Limiter{}
	}
	if l.byKey[key] == nil {
		l.byKey[key] = rate.NewLimiter(q.perSecond, q.burst)
	}
	return l.byKey[key]
}
