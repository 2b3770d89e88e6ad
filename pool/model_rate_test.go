package pool_test

import (
	"math"
	"time"

	"github.com/millrace-go/millrace"
)

// A modelRate keeps account of a rate as the tasks see it. It never has fewer tokens than
// the pool: a runner of a map may have taken one and found no item.
type modelRate struct {
	perSecond float64 // 0: there is no rate
	burst     int
	tokens    float64
	at        time.Time
}

// rateSlack is what an account may be off, in tokens: a timer rings up to a microsecond late.
const rateSlack = 0.001

func newModelRate(perSecond float64, burst int) modelRate {
	return modelRate{perSecond, burst, float64(burst), time.Now()}
}

func (in *modelBytes) rate() (perSecond float64, burst int) {
	return oneOf(in, 50.0, 100, 200), 1 + in.next()%3
}

func (r *modelRate) on() bool { return r.perSecond > 0 }

func (r *modelRate) option() millrace.RateOption { return millrace.WithRate(r.perSecond, r.burst) }

// now returns how many tokens there are.
func (r *modelRate) now() float64 {
	if !r.on() {
		return math.Inf(1)
	}
	since := time.Since(r.at).Seconds()
	r.at = time.Now()
	r.tokens = min(float64(r.burst), r.tokens+since*r.perSecond)
	return r.tokens
}

// spend takes a token, and reports whether there was one.
func (r *modelRate) spend() bool {
	if !r.on() {
		return true
	}
	ok := r.now() >= 1-rateSlack
	r.tokens--
	return ok
}

// rates returns the rates that bound t.
func (m *model) rates(t *modelTask) []*modelRate {
	rates := []*modelRate{&m.rate}
	for g := t.group; g != nil; g = g.outer {
		rates = append(rates, &g.rate)
	}
	return rates
}

// spend checks the rates of a task that starts. m.mu is held.
func (m *model) spend(t *modelTask) {
	for i, r := range m.rates(t) {
		if !r.spend() {
			m.failf("%v starts above the rate %v of %v", t, r.perSecond, []string{"its pool", "its group"}[min(i, 1)])
		}
	}
}

// rated reports whether t surely waits for its group's rate.
func (t *modelTask) rated() bool {
	for g := t.group; g != nil; g = g.outer {
		if g.rate.now() < 1-rateSlack {
			return true
		}
	}
	return false
}

// mayBeRated reports whether t may wait for the rate of a group, or of its pool.
func (m *model) mayBeRated(t *modelTask) bool {
	for _, r := range m.rates(t) {
		if r.on() && (m.mapped.Load() || r.now() < 1+rateSlack) {
			return true
		}
	}
	return false
}
