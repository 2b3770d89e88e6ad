package observe_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/queues"
)

// A queue is one that says what a test wants.
type queue func(context.Context) (queues.Status, error)

func (q queue) Status(ctx context.Context) (queues.Status, error) { return q(ctx) }

// The page shows a queue of a cluster: what is queued, held and in flight, and the
// workers, with those that are silent.
func TestPageQueues(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		if body := get(page, "/?once=1").Body.String(); !strings.Contains(body, `aria-labelledby="queues-title" hidden>`) || strings.Contains(body, `href="#queues"`) {
			t.Error("without a queue the section is shown")
		}
		time.Sleep(time.Second) // the page is not made anew for each look
		now := time.Now()
		remove := page.AddQueue(queue(func(context.Context) (queues.Status, error) {
			return queues.Status{
				Engine: "jetstream", Queue: "<mail>", Queued: 12345, Held: 9, Oldest: 90 * time.Second, Kept: 77, Unsure: 1, Lease: 10 * time.Second,
				Workers: []queues.Worker{
					{Name: "host/1/a", Tasks: []string{"send", "<b>"}, Slots: 4, Held: 5, Beat: now.Add(-time.Second), Succeeded: 100, Failed: 2, Retried: 3, Running: []queues.Call{
						{Task: "send", ID: "young", Attempt: 1, Since: now.Add(-time.Second)},
						{Task: "send", ID: "old", Attempt: 2, Since: now.Add(-time.Minute)},
					}},
					{Name: "host/2/b", Tasks: []string{"send"}, Slots: 4, Beat: now.Add(-30 * time.Second), Lost: 1},
				},
			}, nil
		}))
		a := ask(t, page, "")
		if len(a.Queues) != 1 || a.Totals.Queues != 1 {
			t.Fatalf("queues %+v, want one", a.Queues)
		}
		q := a.Queues[0]
		if q.Queue != "<mail>" || !q.Known || q.Queued != 12345 || q.Held != 9 || q.Oldest != 90 || q.Kept != 77 || q.Unsure != 1 || q.Lease != 10 || q.Error != "" {
			t.Errorf("the queue is %+v", q)
		}
		if sum := q.Totals; sum.Workers != 2 || sum.Silent != 1 || sum.Running != 2 || sum.Failed != 2 || sum.Retried != 3 || sum.Lost != 1 {
			t.Errorf("its totals are %+v", sum)
		}
		if w := q.Workers; len(w) != 2 || w[0].Silent || !w[1].Silent || w[0].Beat != 1 || w[0].Running != 2 || w[0].Slots != 4 {
			t.Errorf("its workers are %+v, want the second silent", w)
		}
		if c := q.Calls; len(c) != 2 || c[0].ID != "old" || c[0].Age != 60 || c[0].Attempt != 2 || c[0].Worker != "host/1/a" || c[1].ID != "young" {
			t.Errorf("calls in flight %+v, want old before young", c)
		}
		body := get(page, "/?once=1").Body.String()
		for _, part := range []string{"&lt;mail&gt;", "12\u202f345", "1m 30s", "host/2/b <strong>silent</strong>", "send, &lt;b&gt;", `href="#queues"`, `<td class="name">old</td>`} {
			if !strings.Contains(body, part) {
				t.Errorf("the page lacks %q", part)
			}
		}
		remove()
		time.Sleep(time.Second)
		if a := ask(t, page, ""); len(a.Queues) != 0 {
			t.Errorf("a queue that was removed is shown: %+v", a.Queues)
		}
	})
}

// However often the page is looked at, a queue is asked at most every two seconds; one
// that does not answer holds up no request, and is shown as it was.
func TestPageQueueIsSlow(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		var asked atomic.Int32
		slow := make(chan struct{})
		page.AddQueue(queue(func(context.Context) (queues.Status, error) {
			n := int(asked.Add(1))
			if n > 1 {
				<-slow
			}
			return queues.Status{Queue: "q", Queued: n}, nil
		}))
		for range 3 {
			if a := ask(t, page, ""); a.Queues[0].Queued != 1 {
				t.Errorf("%+v, want the first answer", a.Queues[0])
			}
			time.Sleep(600 * time.Millisecond)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times in two seconds, want once", n)
		}
		time.Sleep(time.Minute)
		began := time.Now()
		a := ask(t, page, "")
		if q := a.Queues[0]; q.Queued != 1 || q.Age < 60 || time.Since(began) != 500*time.Millisecond {
			t.Errorf("after %v: %+v, want the first answer with its age, after 500ms", time.Since(began), q)
		}
		time.Sleep(time.Minute)
		ask(t, page, "")
		if n := asked.Load(); n != 2 {
			t.Errorf("asked %d times, want no third time before the second answer", n)
		}
		close(slow)
		synctest.Wait()
		time.Sleep(time.Second)
		if a := ask(t, page, ""); a.Queues[0].Queued < 2 || a.Queues[0].Age > 2 {
			t.Errorf("%+v, want a later answer", a.Queues[0])
		}
	})
}

// What goes wrong with a queue is shown, and the rest of the page too.
func TestPageQueueFails(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		for _, fail := range []func(){func() { panic("boom") }, runtime.Goexit, func() {}} {
			page.AddQueue(queue(func(context.Context) (queues.Status, error) {
				fail()
				return queues.Status{}, errors.New("no <server>")
			}))
		}
		a := ask(t, page, "")
		for i, want := range []string{"panicked: boom", "does not return", "no <server>"} {
			if q := a.Queues[i]; q.Known || !strings.Contains(q.Error, want) {
				t.Errorf("queue %d: %+v, want %q", i, q, want)
			}
		}
		if body := get(page, "/?once=1").Body.String(); !strings.Contains(body, "no &lt;server&gt;") || !strings.Contains(body, "no answer yet") {
			t.Error("the page does not say so")
		}
	})
}

// Lists are capped, and say what they leave out.
func TestPageManyWorkers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		for range 30 {
			page.AddQueue(queue(func(context.Context) (s queues.Status, err error) {
				for i := range 300 {
					s.Workers = append(s.Workers, queues.Worker{Name: fmt.Sprint(i), Running: make([]queues.Call, 50)})
				}
				return s, nil
			}))
		}
		a := ask(t, page, "")
		if q := a.Queues[0]; len(a.Queues) != 20 || a.Totals.Queues != 30 || len(q.Workers) != 100 || q.Totals.Workers != 300 || len(q.Calls) != 50 || q.Totals.Running != 15_000 {
			t.Errorf("%d queues, %d workers, %d calls; totals %+v", len(a.Queues), len(q.Workers), len(q.Calls), q.Totals)
		}
		body := get(page, "/?once=1").Body.String()
		for _, part := range []string{"20 of 30 queues.", "100 of 300 workers.", "50 of 15\u202f000 calls."} {
			if !strings.Contains(body, part) {
				t.Errorf("the page lacks %q", part)
			}
		}
	})
}

// What is empty is [] in JSON, and not null, in all that a page has.
func TestNoNullInJSON(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.AddQueue(queue(func(context.Context) (queues.Status, error) { return queues.Status{Queue: "idle"}, nil }))
		page.AddQueue(queue(func(context.Context) (queues.Status, error) {
			return queues.Status{Queue: "new", Workers: []queues.Worker{{Name: "without tasks"}}}, nil
		}))
		page.AddQueue(queue(func(context.Context) (queues.Status, error) { return queues.Status{}, errors.New("away") }))
		page.Add(&figures{})
		if body := get(page, "/?format=json").Body.String(); strings.Contains(body, "null") {
			t.Errorf("there is a null in\n%s", body)
		}
	})
}
