package observe_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// A handler that panics loses that line, and the log goes on, with the lines of timers, too.
func TestLogHandlerPanics(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := &lines{more: func(slog.Record) { panic("handler") }}
		p := pool.New(millrace.WithName("web"), millrace.WithWorkers(1), millrace.WithQueue(0), millrace.WithOverflow(millrace.Reject),
			millrace.WithObserver(observe.Log(slog.New(l), observe.LogOptions{Slow: time.Second})))
		named := millrace.WithTaskName("slow")
		slow := pool.Go(t.Context(), p, func(context.Context) error { time.Sleep(3 * time.Second); return nil }, named)
		for range 2 {
			pool.Go(t.Context(), p, func(context.Context) error { return nil }, named)
		}
		<-slow.Done()
		bad := pool.Go(t.Context(), p, func(context.Context) error { panic("task") }, named)
		<-bad.Done()
		_ = p.Close()
		time.Sleep(time.Minute)
		got := l.take()
		for i, line := range got {
			got[i], _, _ = strings.Cut(line, " pool")
		}
		slices.Sort(got)
		want := []string{"ERROR task panicked", "WARN queue full", "WARN queue full", "WARN slow task", "WARN task still running", "WARN task still running"}
		if !slices.Equal(got, want) || p.Stats().DroppedObservers != 0 {
			t.Errorf("logged %q, want %q; %d observers were dropped, want none", got, want, p.Stats().DroppedObservers)
		}
	})
}

// A pool drops a log whose handler calls Goexit. The log lets go of the tasks of that pool,
// and goes on with those of others.
func TestLogHandlerExits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := &lines{}
		l.more = func(r slog.Record) {
			if r.Message != "slow task" {
				runtime.Goexit()
			}
		}
		o := observe.Log(slog.New(l), observe.LogOptions{Slow: time.Second})
		web := pool.New(millrace.WithName("web"), millrace.WithObserver(o))
		mail := pool.New(millrace.WithName("mail"), millrace.WithObserver(o))
		run := func(p *pool.Pool, name string, d time.Duration, err error) {
			pool.Go(t.Context(), p, func(context.Context) error {
				time.Sleep(d)
				if err != nil {
					panic(err)
				}
				return nil
			}, millrace.WithTaskName(name))
		}
		run(web, "a", 500*time.Millisecond, errors.New("boom"))
		run(web, "b", 1500*time.Millisecond, nil)
		run(mail, "c", 2500*time.Millisecond, nil)
		run(mail, "d", 2500*time.Millisecond, nil)
		time.Sleep(1100 * time.Millisecond)
		got := l.take()
		slices.Sort(got)
		if len(got) != 4 || !strings.Contains(got[0], "task panicked pool=web task=a") || !strings.Contains(strings.Join(got[1:], ""), "task=c") {
			t.Errorf("after 1.1 s, logged %q, want the panic of a, and that b, c and d still run", got)
		}
		time.Sleep(time.Second)
		if got := l.take(); len(got) != 2 || !strings.Contains(strings.Join(got, ""), "task=c") || !strings.Contains(strings.Join(got, ""), "task=d") {
			t.Errorf("after 2.1 s, logged %q, want that c and d still run", got)
		}
		if n := observe.Overdue(o); n != 2 {
			t.Errorf("the log has %d running tasks, want c and d", n)
		}
		time.Sleep(time.Second)
		if got, n := l.take(), observe.Overdue(o); len(got) != 2 || n != 0 {
			t.Errorf("at the end, logged %q and has %d tasks, want that c and d were slow, and none", got, n)
		}
		if a, b := web.Stats().DroppedObservers, mail.Stats().DroppedObservers; a != 1 || b != 0 {
			t.Errorf("%d and %d observers were dropped, want 1 and none", a, b)
		}
		_, _ = web.Close(), mail.Close()
	})
}

// A handler that blocks is called for the full queue of a pool once, however long it does.
func TestLogHandlerBlocks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		blocked, calls := make(chan struct{}), 0
		l := &lines{more: func(slog.Record) { calls++; <-blocked }}
		p := told{observe.Log(slog.New(l), observe.LogOptions{}), "web"}
		go p.refuse("x", pool.ErrQueueFull)
		for range 10 {
			synctest.Wait()
			p.refuse("x", pool.ErrQueueFull)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if calls != 1 {
			t.Errorf("the handler was called %d times, want 1", calls)
		}
		close(blocked)
		time.Sleep(time.Minute)
		l.want(t, "in the end", "WARN queue full pool=web count=1", "WARN queue full pool=web count=10")
	})
}
