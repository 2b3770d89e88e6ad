package observe_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// A failure that recurs is counted; of different ones the last 50 are kept. That a task
// was cancelled is none.
func TestPageFailures(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		p := told{page, "web"}
		for i := range 60 {
			p.run(fmt.Sprint("task ", i), func(context.Context) outcome { return outcome{err: errors.New("boom")} })
			time.Sleep(time.Second)
		}
		for range 3 {
			p.run("bad", func(context.Context) outcome { return panics("boom") })
		}
		time.Sleep(time.Second)
		p.refuse("late", fmt.Errorf("%w: %w", future.ErrCancelled, context.Canceled))
		p.refuse("unlucky", fmt.Errorf("%w: %w", future.ErrCancelled, pool.ErrQueueFull))
		a := ask(t, page, "")
		if len(a.Failures) != 50 || a.Totals.Failures != 64 {
			t.Fatalf("%d failures of %d, want 50 of 64", len(a.Failures), a.Totals.Failures)
		}
		first, second, last := a.Failures[0], a.Failures[1], a.Failures[49]
		if first.Task != "unlucky" || first.Kind != "_OTHER" {
			t.Errorf("the last failure is %+v, want that of unlucky", first)
		}
		if second.Task != "bad" || second.Count != 3 || second.Kind != "panic" || second.Ago != 1 || !strings.Contains(second.Stack, "thumb.render") {
			t.Errorf("the failure before it is %+v, want a panic of bad, 3 times, with its stack", second)
		}
		if last.Task != "task 12" {
			t.Errorf("the oldest failure is %+v, want that of task 12", last)
		}
	})
}

// An error is shown as far as there is room, whatever it holds and does.
func TestPageHostileErrors(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		p := told{page, "<script>alert(1)</script>"}
		p.run("<img src=x onerror=alert(2)>", func(context.Context) outcome {
			return outcome{err: errors.New("</pre><script>alert(3)</script>" + strings.Repeat("é", 1<<20))}
		})
		p.run("bad", func(context.Context) outcome { return outcome{err: badError{}} })
		p.run("binary", func(context.Context) outcome { return outcome{err: errors.New("\xff\xfe")} })
		page.Add(&figures{stats: pool.Stats{Name: "<script>alert(4)</script>"}, err: errors.New("<script>alert(5)</script>")})
		html := get(page, "/?once=1").Body.String()
		for i := 1; i <= 5; i++ {
			if alert := fmt.Sprintf("alert(%d)", i); !strings.Contains(html, alert) && i > 1 {
				t.Errorf("the page does not show %s", alert)
			}
		}
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img") || len(html) > 50_000 {
			t.Errorf("the page has %d bytes, with elements of others:\n%.3000s", len(html), html)
		}
		ask(t, page, "") // it is valid JSON
	})
}

// badError panics when it is asked for its text.
type badError struct{}

// Two failures of the same instant are two elements of the page.
func TestFailuresHaveIDs(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		for _, name := range []string{"a", "b"} {
			told{page, "web"}.run(name, func(context.Context) outcome { return panics("boom") })
		}
		ids := regexp.MustCompile(`id="failure-[^"]*"`).FindAllString(get(page, "/?once=1").Body.String(), -1)
		if len(ids) != 2 || ids[0] == ids[1] {
			t.Errorf("the failures have the ids %q, want two that differ", ids)
		}
	})
}

// Of failures of one instant those are kept that were noted last, and they are shown in that
// order: a page that is read again shows the same.
func TestFailuresOfOneInstant(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		for i := range 60 {
			told{page, "web"}.run(fmt.Sprint("task ", i), func(context.Context) outcome { return outcome{err: errors.New("boom")} })
		}
		a := ask(t, page, "")
		if len(a.Failures) != 50 {
			t.Fatalf("%d failures are shown, want 50", len(a.Failures))
		}
		for i, f := range a.Failures {
			if want := fmt.Sprint("task ", 59-i); f.Task != want {
				t.Errorf("failure %d is of %s, want %s", i, f.Task, want)
			}
		}
	})
}
