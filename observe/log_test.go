package observe_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// lines is a handler that keeps what is logged, one line a record, and may do more.
type lines struct {
	mu   sync.Mutex
	all  []string
	more func(slog.Record)
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	line := fmt.Sprint(r.Level, " ", r.Message)
	r.Attrs(func(a slog.Attr) bool {
		line += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	l.mu.Lock()
	l.all = append(l.all, strings.ReplaceAll(line, "\n", "|"))
	l.mu.Unlock()
	if l.more != nil {
		l.more(r)
	}
	return nil
}

// take returns what was logged since the last call.
func (l *lines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}

func (l *lines) want(t *testing.T, when string, want ...string) {
	t.Helper()
	if got := l.take(); !slices.Equal(got, want) {
		t.Errorf("%s, logged:\n%s\nwant:\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Each event is logged once, at its level.
func TestLogEvents(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := &lines{}
		o := observe.Log(slog.New(l), observe.LogOptions{Slow: time.Second})
		p := told{o, "web"}

		p.run("quick", func(context.Context) outcome { return outcome{err: errors.New("boom")} })
		l.want(t, "after an error")

		p.run("bad", func(context.Context) outcome { return panics("boom") })
		l.want(t, "after a panic", "ERROR task panicked pool=web task=bad value=boom stack=goroutine 7:|thumb.render()|")

		p.refuse("late", fmt.Errorf("%w: %w", future.ErrCancelled, context.Canceled))
		l.want(t, "after a cancel")

		po := o.(millrace.PoolObserver)
		po.PoolStopped("web", errors.New("why"))
		po.PoolStopped("web", fmt.Errorf("%w: init", pool.ErrBroken))
		po.CallbackPanicked("web", "boom", []byte("stack"))
		o.(millrace.DropObserver).Dropped(observe.Nop{}, "boom", []byte("stack"))
		l.want(t, "after the rest",
			"INFO pool stopped pool=web err=why",
			"ERROR pool stopped pool=web err="+fmt.Errorf("%w: init", pool.ErrBroken).Error(),
			"ERROR callback panicked pool=web value=boom stack=stack",
			"ERROR observer dropped observer=observe.Nop value=boom stack=stack")
	})
}

// slowTask lets a task run for 5 s under a log to which one of 1 s is slow.
func slowTask() (l *lines, p told, done chan struct{}) {
	l, done = &lines{}, make(chan struct{})
	p = told{observe.Log(slog.New(l), observe.LogOptions{Slow: time.Second}), "web"}
	go func() {
		defer close(done)
		p.run("slow", func(context.Context) outcome { time.Sleep(5 * time.Second); return outcome{} })
	}()
	return l, p, done
}

// A slow task is reported while it runs, at its age and whenever that has doubled, and
// when it has ended.
func TestLogSlow(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l, p, done := slowTask()
		time.Sleep(500 * time.Millisecond)
		p.run("quick", func(context.Context) outcome { time.Sleep(time.Second - 1); return outcome{} })
		l.want(t, "at 1.5 s", "WARN task still running pool=web task=slow age=1s")
		p.run("second", func(context.Context) outcome { time.Sleep(1250 * time.Millisecond); return outcome{} })
		l.want(t, "at 2.75 s",
			"WARN task still running pool=web task=slow age=2s",
			"WARN task still running pool=web task=second age=1s",
			"WARN slow task pool=web task=second run=1.25s wait=0s")
		<-done
		l.want(t, "at 5 s",
			"WARN task still running pool=web task=slow age=4s",
			"WARN slow task pool=web task=slow run=5s wait=0s")
		time.Sleep(time.Hour)
		l.want(t, "an hour later")
	})
}

// A task that took just as long as a slow one is slow. Without Slow none is.
func TestLogSlowAtBound(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for slow, want := range map[time.Duration][]string{0: nil, time.Hour: {"WARN slow task pool=web task=long run=1h0m0s wait=0s"}, time.Hour + 1: nil} {
			l := &lines{}
			told{observe.Log(slog.New(l), observe.LogOptions{Slow: slow}), "web"}.run("long", func(context.Context) outcome { time.Sleep(time.Hour); return outcome{} })
			var got []string
			for _, line := range l.take() {
				if slow != time.Hour || !strings.Contains(line, "still running") { // it may be, at this instant
					got = append(got, line)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("with Slow = %v, %q is logged, want %q", slow, got, want)
			}
		}
	})
}

// A task that is due before all others is reported when it is, also after one that is due late.
func TestLogSlowBetween(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l, p, done := slowTask()
		time.Sleep(2500 * time.Millisecond) // the next report of it is after 4 s
		l.take()
		p.run("second", func(context.Context) outcome {
			time.Sleep(1250 * time.Millisecond)
			l.want(t, "at 3.75 s", "WARN task still running pool=web task=second age=1s")
			return outcome{}
		})
		<-done
	})
}

// There is one timer, also if another one was too late to be stopped.
func TestLogHasOneTimer(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		o := observe.Log(slog.New(&lines{}), observe.LogOptions{Slow: time.Second})
		told{o, "web"}.run("slow", func(context.Context) outcome {
			if observe.LateLook(o) {
				t.Error("after a late look there are two timers")
			}
			return outcome{}
		})
	})
}

// A full queue is reported at once, then once a second with a count.
func TestLogQueueFull(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		l := &lines{}
		o := observe.Log(slog.New(l), observe.LogOptions{})
		web, mail := told{o, "web"}, told{o, "mail"}
		full := fmt.Errorf("%w: %w", future.ErrCancelled, pool.ErrQueueFull)
		for range 100 {
			web.refuse("x", full)
		}
		mail.refuse("x", full)
		l.want(t, "at once", "WARN queue full pool=web count=1", "WARN queue full pool=mail count=1")
		time.Sleep(time.Second)
		synctest.Wait()
		l.want(t, "a second later", "WARN queue full pool=web count=99")
		web.refuse("x", full)
		l.want(t, "within the second after that")
		time.Sleep(time.Second)
		synctest.Wait()
		l.want(t, "two seconds later", "WARN queue full pool=web count=1")
		web.refuse("x", full)
		l.want(t, "within the second after that, too")
		time.Sleep(time.Second)
		synctest.Wait()
		l.want(t, "three seconds later", "WARN queue full pool=web count=1")
		time.Sleep(time.Minute)
		web.refuse("x", full)
		l.want(t, "a minute later", "WARN queue full pool=web count=1")
		time.Sleep(time.Minute)
	})
}
