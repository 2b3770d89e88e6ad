package observe_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// A name that is shown cut, or with other characters, has its history.
func TestPageHistoryOfOddNames(t *testing.T) {
	for _, name := range []string{"caf\xe9", strings.Repeat("x", 300)} {
		bubble.Run(t, func(t *testing.T) {
			page := observe.NewPage()
			p := pool.New(millrace.WithName(name), millrace.WithObserver(page))
			defer page.Add(p)()
			pool.Go(t.Context(), p, func(context.Context) error { return nil })
			_ = p.Close()
			time.Sleep(10 * time.Second)
			if a := ask(t, page, ""); a.Pools[0].History == nil {
				t.Errorf("a pool named %q has no history", name)
			}
		})
	}
}

// The charts have what ended in each of the last steps.
func TestPageHistory(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{Name: "web"}})
		p := told{page, "web"}
		if a := ask(t, page, ""); a.Pools[0].History != nil {
			t.Errorf("history %+v before anything happened, want none", a.Pools[0].History)
		}
		for i := range 20 {
			err := error(nil)
			if i%4 == 0 {
				err = errors.New("boom")
			}
			p.run("x", func(context.Context) outcome { return outcome{err: err} })
		}
		told{page, "other"}.run("x", func(context.Context) outcome { return outcome{} })
		time.Sleep(10 * time.Second)
		h := ask(t, page, "").Pools[0].History
		if h == nil || len(h.Ended) != 59 || h.Ended[57] != 4 || h.Failed[57] != 1 {
			t.Fatalf("history %+v, want 4 tasks a second, 1 failed, two steps ago", h)
		}
		if html := get(page, "/").Body.String(); !strings.Contains(html, "<polyline") {
			t.Error("the page has no chart")
		}
		time.Sleep(5 * time.Minute)
		if a := ask(t, page, ""); a.Pools[0].History != nil {
			t.Errorf("history %+v after five minutes, want none", a.Pools[0].History)
		}
	})
}

// A task that ends because its caller has cancelled it has not failed, and an attempt of it that
// is tried again neither.
func TestPageHistoryOfCancelled(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		p := pool.New(millrace.WithName("web"), millrace.WithObserver(page))
		defer page.Add(p)()
		again := millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return 0, n < 2 })
		for _, opts := range [][]millrace.TaskOption{nil, {again}} {
			pool.Go(t.Context(), p, func(context.Context) error { return context.Canceled }, opts...)
			pool.Go(t.Context(), p, func(context.Context) error { return errors.New("boom") }, opts...)
		}
		_ = p.Close()
		time.Sleep(10 * time.Second)
		a := ask(t, page, "")
		ended, failed := 0.0, 0.0
		for i, n := range a.Pools[0].History.Ended {
			ended, failed = ended+5*n, failed+5*a.Pools[0].History.Failed[i]
		}
		if ended != 4 || failed != 2 {
			t.Errorf("%v tasks have ended and %v failed, want 4 and 2", ended, failed)
		}
	})
}

// An attempt that is tried again is no failed task, however long the pause is. It counts as one
// until then.
func TestPageHistoryOfRetries(t *testing.T) {
	for _, pause := range []time.Duration{0, time.Second, 5 * time.Minute} {
		bubble.Run(t, func(t *testing.T) {
			page := observe.NewPage()
			p := pool.New(millrace.WithName("flaky"), millrace.WithObserver(page))
			defer page.Add(p)()
			for i := range 20 {
				pool.Go(t.Context(), p, func(ctx context.Context) error {
					time.Sleep(time.Duration(pool.Attempt(ctx)) * time.Millisecond)
					if pool.Attempt(ctx) < 3 || i < 10 {
						return errors.New("flaky")
					}
					return nil
				}, millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) { return pause, attempt < 3 }))
			}
			pause := max(pause, time.Millisecond)
			time.Sleep(2 * pause)
			_ = p.Close()
			time.Sleep(10 * time.Second)
			h := ask(t, page, "").Pools[0].History
			var ended, failed float64
			for i := range h.Ended {
				ended += h.Ended[i] * 5   // seconds a step
				failed += h.Failed[i] * 5 // seconds a step
			}
			if ended != 20 || failed != 10 {
				t.Errorf("after pauses of %v: %v tasks ended, %v of them failed, want 20 and 10", pause, ended, failed)
			}
		})
	}
}

// A chart has what has happened from when its step is over until that is five minutes old.
func TestPageHistoryAtBounds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{Name: "web"}})
		told{page, "web"}.run("x", func(context.Context) outcome { return outcome{} })
		told{page, "web"}.refuse("x", pool.ErrQueueFull)
		began := time.Now()
		for _, c := range []struct {
			age time.Duration
			at  int // the step that has it; -1: none
		}{{0, -1}, {4400 * time.Millisecond, -1}, {5 * time.Second, 58}, {9 * time.Second, 58}, {10 * time.Second, 57}, {294 * time.Second, 1}, {299 * time.Second, 0}, {300 * time.Second, -1}} {
			time.Sleep(time.Until(began.Add(c.age)))
			at := -1
			if h := ask(t, page, "").Pools[0].History; h != nil {
				at = slices.Index(h.Ended, 0.2)
			}
			if at != c.at {
				t.Errorf("after %v step %d has the task, want %d", c.age, at, c.at)
			}
		}
	})
}

// Names beyond the first are counted together, so that they cannot fill the memory.
func TestPageHistoryOfManyPools(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{Name: "(other)"}})
		for i := range 300 * 16 {
			told{page, fmt.Sprint("pool ", i)}.run("x", func(context.Context) outcome { return outcome{} })
		}
		time.Sleep(10 * time.Second)
		h := ask(t, page, "").Pools[0].History
		if want := float64(300-256) * 16 / 5; h == nil || h.Ended[57] != want {
			t.Errorf("the others have the history %+v, want %v a second", h, want)
		}
	})
}

// The names of pools that have been silent for long make room for others: a program may
// make pools all the time.
func TestPageHistoryOfPoolsThatCome(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{Name: "new"}})
		run := func(name string) {
			for range 16 {
				told{page, name}.run("x", func(context.Context) outcome { return outcome{} })
			}
		}
		for i := range 300 {
			run(fmt.Sprint("pool ", i))
		}
		time.Sleep(6 * time.Minute)
		run("new")
		time.Sleep(10 * time.Second)
		if h := ask(t, page, "").Pools[0].History; h == nil || h.Ended[57] != 16.0/5 {
			t.Errorf("the new pool has the history %+v, want 16 tasks two steps ago", h)
		}
	})
}
