package sched_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A pool is calm as long as nothing but plain tasks waits for a slot, and nobody has to be told that there
// is one.
func TestCalm(t *testing.T) {
	const slots = 2
	calm := func(t *testing.T, p *sched.Pool, when string, want bool) {
		t.Helper()
		if got := sched.Calm(p); got != want {
			t.Errorf("%s: the pool is calm: %v, want %v", when, got, want)
		}
	}
	busy := func(p *sched.Pool) (release func()) {
		a, releaseA := hold()
		b, releaseB := hold()
		submit(p, a, b)
		return func() { releaseA(); releaseB() }
	}
	in := func(name string, fn func(t *testing.T, p *sched.Pool)) {
		t.Run(name, func(t *testing.T) {
			with(t, options.Pool{Workers: slots}, func(t *testing.T, p *sched.Pool) {
				first := plain(nothing)
				submit(p, first)
				calm(t, p, "with a plain task", true)
				await(t, first) // the slots are free
				fn(t, p)
			})
		})
	}
	in("plain tasks", func(t *testing.T, p *sched.Pool) {
		release := busy(p)
		last := plain(nothing)
		submit(p, plain(nothing), last)
		calm(t, p, "with plain tasks that wait", true)
		release()
		await(t, last)
		calm(t, p, "when they have run", true)
	})
	in("pause", func(t *testing.T, p *sched.Pool) {
		p.Pause()
		calm(t, p, "paused", false)
		p.Resume()
		calm(t, p, "resumed", true)
	})
	in("priority", func(t *testing.T, p *sched.Pool) {
		release := busy(p)
		j := rich(nothing, func(o *options.Task) { o.Priority = 1 })
		submit(p, j)
		calm(t, p, "with a task of a priority that waits", false)
		release()
		await(t, j)
		calm(t, p, "when it has run", true)
	})
	in("lent slot", func(t *testing.T, p *sched.Pool) {
		child, release := hold()
		var parent *job
		lends := make(chan struct{})
		parent = plain(func(ctx context.Context) {
			submit(p, plain(nothing))
			sched.Outside(ctx, func() { close(lends); _ = sched.Await(bg, &child.Task) })
		})
		submit(p, parent, child)
		<-lends
		calm(t, p, "with a task that lends", false)
		release()
		await(t, parent)
		calm(t, p, "when it has ended", true)
	})
	in("close", func(t *testing.T, p *sched.Pool) {
		p.Seal()
		calm(t, p, "sealed", false)
	})
	with(t, options.Pool{Workers: slots, MaxWeight: 3}, func(t *testing.T, p *sched.Pool) {
		await(t, func() *job { j := plain(nothing); submit(p, j); return j }())
		calm(t, p, "with weights", false)
	})
}
