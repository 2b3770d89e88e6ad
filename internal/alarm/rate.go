package alarm

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// A Rate is a bound on how many things start a second. The zero value is no bound.
type Rate[T any] struct {
	limiter *rate.Limiter
	alarm   Alarm[T]
	ring    func(T)
}

// Set makes the bound so many a second, and burst at once; 0: no bound. ring is called when another
// one may start, after Allows has reported that it may not.
func (r *Rate[T]) Set(perSecond float64, burst int, ring func(T)) {
	if burst > 0 {
		r.limiter, r.ring = rate.NewLimiter(rate.Limit(perSecond), burst), ring
	}
}

// On reports whether there is a bound.
func (r *Rate[T]) On() bool { return r.limiter != nil }

// Wait returns how long it is until one may start beside others that are about to, 0 if it may
// start now. It is rounded up: an alarm that rings too early rings for nothing, over and
// over.
func (r *Rate[T]) Wait(c *Clock[T], others int) time.Duration {
	if r.limiter == nil {
		return 0
	}
	lack := float64(others+1) - r.limiter.TokensAt(c.Time())
	d := math.Ceil(lack / float64(r.limiter.Limit()) * float64(time.Second))
	switch {
	case lack <= 0:
		return 0
	case d >= math.MaxInt64:
		return math.MaxInt64
	}
	return max(time.Duration(d), 1)
}

// Allows reports whether one may start now, beside others. If not, c rings when it may.
func (r *Rate[T]) Allows(c *Clock[T], others int) bool {
	d := r.Wait(c, others)
	if d > 0 {
		var none T
		c.Set(&r.alarm, d, none, r.ring)
	}
	return d == 0
}

// Spend counts one that starts.
func (r *Rate[T]) Spend(c *Clock[T]) {
	if r.limiter != nil {
		r.limiter.AllowN(c.Time(), 1)
	}
}

// Rings reports whether c will ring.
func (r *Rate[T]) Rings() bool { return r.alarm.IsSet() }

// Stop keeps c from ringing.
func (r *Rate[T]) Stop(c *Clock[T]) { c.Stop(&r.alarm) }
