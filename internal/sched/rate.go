package sched

import (
	"math"
	"time"

	"golang.org/x/time/rate"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/queue"
)

// A rateLimit is a bound on how many tasks start a second.
type rateLimit struct {
	limiter *rate.Limiter // nil: no bound
	alarm   alarm         // when the next task may start
}

func (r *rateLimit) set(o options.Rate) {
	if o.Burst > 0 {
		r.limiter = rate.NewLimiter(rate.Limit(o.PerSecond), o.Burst)
	}
}

func (r *rateLimit) on() bool { return r.limiter != nil }

// ready reports whether a task may start now.
func (r *rateLimit) ready(p *Pool) bool {
	return r.limiter == nil || r.limiter.TokensAt(p.clock.time()) >= 1
}

// wait returns how long it is until a task may start, rounded up: an alarm that rings too early
// rings for nothing, over and over.
func (r *rateLimit) wait(p *Pool) time.Duration {
	lack := 1 - r.limiter.TokensAt(p.clock.time())
	d := math.Ceil(lack / float64(r.limiter.Limit()) * float64(time.Second))
	if d >= math.MaxInt64 {
		return math.MaxInt64
	}
	return max(time.Duration(d), 1)
}

// spend counts a task that starts.
func (r *rateLimit) spend(p *Pool) {
	if r.limiter != nil {
		r.limiter.AllowN(p.clock.time(), 1)
	}
}

// spend counts a task that starts at the rates of its groups and of the pool.
func (p *Pool) spend(x *Extra) {
	p.rate.spend(p)
	for g := x.memberOf(); g != nil; g = g.outer {
		g.rate.spend(p)
		g.nextRated(p, nil)
	}
}

// rateGate is the rate of the pool, which holds back every task.
type rateGate struct{ p *Pool }

func (r rateGate) try(*Task, *Extra) verdict {
	p := r.p
	if p.rate.ready(p) {
		return passed
	}
	p.clock.set(&p.rate.alarm, p.rate.wait(p), nil, func(*Pool, *Task) {})
	return stop
}

func (r rateGate) take(*Task, *Extra) {}
func (r rateGate) give(*Task, *Extra) {}

// parked returns where members wait for a limit, or for a rate.
func (g *Group) parked(why stage) *queue.Ready[*Task] {
	if why == rated {
		return &g.rated
	}
	return &g.stalled
}

// nextRated returns the first task that waits for the rate to the queue, when it may start. When
// that starts, or goes elsewhere, the next one follows: so no more of them come back than there
// are slots for.
func (g *Group) nextRated(p *Pool, _ *Task) {
	switch {
	case g.rated.Len() == 0:
	case g.rate.ready(p):
		g.back(rated)
	default:
		p.clock.set(&g.rate.alarm, g.rate.wait(p), nil, g.nextRated)
	}
}
