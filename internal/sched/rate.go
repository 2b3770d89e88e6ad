package sched

import (
	"math"
	"time"

	"golang.org/x/time/rate"

	"github.com/millrace-go/millrace/internal/alarm"
	"github.com/millrace-go/millrace/internal/options"
)

// A rateLimit is a bound on how many tasks start a second.
type rateLimit struct {
	limiter *rate.Limiter      // nil: no bound
	alarm   alarm.Alarm[*Task] // when the next task may start
}

func (r *rateLimit) set(o options.Rate) {
	if o.Burst > 0 {
		r.limiter = rate.NewLimiter(rate.Limit(o.PerSecond), o.Burst)
	}
}

func (r *rateLimit) on() bool { return r.limiter != nil }

// wait returns how long it is until a task may start beside others that are about to, 0 if it
// may start now. It is rounded up: an alarm that rings too early rings for nothing, over and
// over.
func (r *rateLimit) wait(p *Pool, others int) time.Duration {
	if r.limiter == nil {
		return 0
	}
	lack := float64(others+1) - r.limiter.TokensAt(p.clock.Time())
	d := math.Ceil(lack / float64(r.limiter.Limit()) * float64(time.Second))
	switch {
	case lack <= 0:
		return 0
	case d >= math.MaxInt64:
		return math.MaxInt64
	}
	return max(time.Duration(d), 1)
}

// spend counts a task that starts.
func (r *rateLimit) spend(p *Pool) {
	if r.limiter != nil {
		r.limiter.AllowN(p.clock.Time(), 1)
	}
}

// spend counts a task that starts at the rates of its groups and of the pool.
func (p *Pool) spend(x *Extra) {
	p.rate.spend(p)
	for g := x.memberOf(); g != nil; g = g.outer {
		g.rate.spend(p)
	}
}

// passRate is the gate of the pool's rate, which holds back every task.
func (p *Pool) passRate() bool {
	d := p.rate.wait(p, 0)
	if d > 0 {
		p.clock.Set(&p.rate.alarm, d, nil, func(*Task) {})
	}
	return d == 0
}
