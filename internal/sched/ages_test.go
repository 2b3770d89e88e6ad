package sched_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// keyed is a job of the key k.
func keyed(fn func(context.Context)) *job {
	return rich(fn, func(o *options.Task) { o.Key = "k" })
}

// What a pool notes of times does not grow with the tasks that pass by one that waits, and
// the ages of those that wait stay right.
func TestMarksOfWaitingTasks(t *testing.T) {
	with(t, options.Pool{Workers: 2}, func(t *testing.T, p *sched.Pool) {
		pass := func() { // a task runs at once, and one waits for a slot
			a, b := plain(nothing), plain(nothing)
			submit(p, a, b)
			await(t, a, b)
			time.Sleep(time.Second)
		}
		gate := make(chan struct{})
		submit(p, keyed(func(context.Context) { <-gate }))
		var behind []*job // one for every tenth pair of the others
		for i := range 1000 {
			if i%10 == 0 && len(behind) < 20 {
				behind = append(behind, keyed(nothing))
				submit(p, behind[len(behind)-1])
			}
			pass()
		}
		if n := sched.Marks(p); n > 100 {
			t.Errorf("%d marks for %d tasks that wait", n, len(behind))
		}
		for i, j := range behind {
			if age, want := p.Stats().OldestQueued, time.Duration(1000-10*i)*time.Second; age != want {
				t.Errorf("Stats().OldestQueued = %v, want %v", age, want)
			}
			j.Cancel()
		}
		close(gate)
	})
}

// A pool without tasks keeps no marks of those that there were, also if its last worker has ended.
func TestMarksOfIdlePool(t *testing.T) {
	for name, last := range map[string]func(context.Context){
		"idle":           nothing,
		"without worker": func(context.Context) { runtime.Goexit() },
	} {
		with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
			holds, release := hold()
			submit(p, holds)
			for range 2_000 { // with the tag invariants, each section looks at all of them
				submit(p, plain(nothing))
			}
			submit(p, plain(last))
			if n := sched.Marks(p); n < 20 {
				t.Errorf("%d marks for 2,000 tasks that wait, want more", n)
			}
			release()
			synctest.Wait()
			if n := sched.Marks(p); n != 0 {
				t.Errorf("%d marks in a pool that is %s", n, name)
			}
		})
	}
}
