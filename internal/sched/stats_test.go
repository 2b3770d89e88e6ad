package sched_test

import (
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// gated is a map with one runner, which does what it is told to.
type gated struct{ do chan func(*sched.Runner) }

func (g gated) Work(r *sched.Runner) {
	for f := range g.do {
		f(r)
	}
}
func (gated) More() bool   { return false }
func (gated) Refuse(error) {}

// A runner counts from when it has begun an item: one that finds none must not make a count
// go down when it ends.
func TestRunnersCountWithTheirItems(t *testing.T) {
	for _, items := range []int{0, 1, 2} {
		with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
			g := sched.NewGroup(bg, bg, p, options.Group{}, nil)
			loop := gated{make(chan func(*sched.Runner))}
			r := sched.NewRunners(bg, g, sched.RunnersConfig{Task: options.Plain, Loop: loop})
			want := func(when string, running int, submitted, succeeded int) {
				t.Helper()
				synctest.Wait()
				for of, s := range map[string]sched.Stats{"pool": p.Stats(), "group": g.Stats()} {
					if s.Running != running || int(s.Submitted) != submitted || int(s.Succeeded) != succeeded {
						t.Errorf("%s: the %s counts %d running, %d submitted, %d succeeded, want %d, %d, %d", when, of, s.Running, s.Submitted, s.Succeeded, running, submitted, succeeded)
					}
				}
			}
			r.Start()
			want("before the first item", 0, 0, 0)
			for range items {
				loop.do <- func(r *sched.Runner) { r.Begin() }
				want("in an item", 1, 1, 0)
				loop.do <- func(r *sched.Runner) { r.End() }
			}
			close(loop.do)
			r.Join()
			want("after the last item", 0, items, items)
			if err := g.Wait(); err != nil {
				t.Errorf("Wait() = %v, want nil", err)
			}
		})
	}
}
