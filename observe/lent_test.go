package observe_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// times is an observer that keeps Run and Lent of each attempt, by the task's name.
type times struct {
	observe.Nop
	mu  sync.Mutex
	all map[string][][2]time.Duration
}

func (o *times) Ended(_ context.Context, t *millrace.TaskInfo) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all[t.Name] = append(o.all[t.Name], [2]time.Duration{t.Run, t.Lent})
}

// Lent is the part of Run in which the task has lent its slot: to a child that it awaits,
// to any task by Outside, in each attempt anew. A task that waits for no other lends nothing.
func TestLent(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		o := &times{all: map[string][][2]time.Duration{}}
		p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(o))
		defer p.Close()
		bg := context.Background()
		named := millrace.WithTaskName
		sleeps := func(d time.Duration) func(context.Context) error {
			return func(context.Context) error { time.Sleep(d); return nil }
		}
		_, err := pool.Go(bg, p, func(ctx context.Context) error {
			time.Sleep(time.Second)
			_, err := pool.Go(ctx, p, sleeps(3*time.Second), named("child")).Await(ctx)
			pool.Outside(ctx, func() { time.Sleep(5 * time.Second) })
			return err
		}, named("parent")).Await(bg)
		if err != nil {
			t.Fatal(err)
		}
		attempts := 0
		_, _ = pool.Go(bg, p, func(ctx context.Context) error {
			if attempts++; attempts == 1 {
				pool.Outside(ctx, func() { time.Sleep(time.Second) })
			}
			return errors.New("boom")
		}, named("retried"), millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return 0, n < 2 })).Await(bg)
		for name, want := range map[string][][2]time.Duration{
			"parent":  {{9 * time.Second, 8 * time.Second}},
			"child":   {{3 * time.Second, 0}},
			"retried": {{time.Second, time.Second}, {0, 0}},
		} {
			if got := o.all[name]; len(got) != len(want) || got[0] != want[0] || got[len(got)-1] != want[len(want)-1] {
				t.Errorf("%s ran and lent %v, want %v", name, got, want)
			}
		}
	})
}
