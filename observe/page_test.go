package observe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
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

// figures is a pool that says what a test wants.
type figures struct {
	stats pool.Stats
	err   error
}

func (f *figures) Stats() pool.Stats { return f.stats }
func (f *figures) Err() error        { return f.err }

// The page shows running tasks, the oldest first, and those that have ended no more.
func TestPageTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		p := told{page, "web"}
		var ended sync.WaitGroup
		for _, name := range []string{"old", "young"} {
			ended.Go(func() {
				p.run(name, func(context.Context) outcome { time.Sleep(10 * time.Second); return outcome{} })
			})
			time.Sleep(3 * time.Second)
		}
		a := ask(t, page, "")
		if len(a.Tasks) != 2 || a.Tasks[0].Name != "old" || a.Tasks[0].Age != 6 || a.Tasks[1].Name != "young" || a.Tasks[1].Age != 3 || a.Tasks[1].Pool != "web" {
			t.Errorf("tasks %+v, want old, 6 s, and young, 3 s", a.Tasks)
		}
		ended.Wait()
		time.Sleep(time.Second)
		if a := ask(t, page, ""); len(a.Tasks) != 0 || a.Totals.Tasks != 0 || len(a.Failures) != 0 {
			t.Errorf("after the tasks: %+v and %+v, want none", a.Tasks, a.Failures)
		}
	})
}

// Of many tasks the page shows the oldest 200, and how many there are.
func TestPageManyTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		end := make(chan struct{})
		var ended sync.WaitGroup
		const many = 10_000
		for i := range many {
			ended.Go(func() {
				told{page, "web"}.run(fmt.Sprint("task ", i), func(context.Context) outcome { <-end; return outcome{} })
			})
			if i == 199 {
				synctest.Wait()
				time.Sleep(time.Second)
			}
		}
		synctest.Wait()
		a := ask(t, page, "stacks=1")
		if len(a.Tasks) != 200 || a.Totals.Tasks != many {
			t.Fatalf("%d of %d tasks, want 200 of %d", len(a.Tasks), a.Totals.Tasks, many)
		}
		for _, task := range a.Tasks {
			if task.Age != 1 {
				t.Fatalf("%+v is shown, want the oldest", task)
			}
			if !strings.Contains(task.Stack, "TestPageManyTasks") {
				t.Fatalf("%s has the stack\n%s\nwant its function", task.Name, task.Stack)
			}
		}
		html := get(page, "/?once=1&stacks=1").Body
		if !strings.Contains(html.String(), "200 of 10\u202f000 tasks.") || html.Len() > 5<<20 {
			t.Errorf("the page has %d bytes, want less than 5 MB that say what is left out", html.Len())
		}
		close(end)
		ended.Wait()
	})
}

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

func (badError) Error() string { panic("no text") }

// The page is read-only and tells the browser to load nothing.
func TestPageServes(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			w := httptest.NewRecorder()
			page.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s is answered with %d, want 405", method, w.Code)
			}
		}
		w := get(page, "/")
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy is %q", policy)
		}
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control is %q, want no-store", got)
		}
		if body := w.Body.String(); strings.Contains(body, "http://") || strings.Contains(body, "https://") || strings.Contains(body, "ZgotmplZ") {
			t.Errorf("the page refers to something elsewhere, or has a hole:\n%s", body)
		}
		if once := get(page, "/?once=1").Body.String(); strings.Contains(once, "<script>") || strings.Contains(once, `http-equiv="refresh"`) {
			t.Errorf("with once=1 the page renews itself")
		}
	})
}

// However many look, the pools are asked no more often than twice a second, and who
// gives up looking does not hold up the others.
func TestPageShared(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		asked := &counting{}
		page.Add(asked)
		asked.n = 0
		var lookers sync.WaitGroup
		for range 50 {
			lookers.Go(func() { get(page, "/") })
		}
		lookers.Wait()
		if asked.n != 1 {
			t.Errorf("the pool was asked %d times, want once", asked.n)
		}
		time.Sleep(500 * time.Millisecond)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
		if get(page, "/").Code != http.StatusOK {
			t.Error("the page does not answer after somebody has given up")
		}
	})
}

type counting struct{ n int }

func (c *counting) Stats() pool.Stats { c.n++; return pool.Stats{} }

// Pools are shown in the order in which they were added, until they are removed.
func TestPagePools(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		var removes []func()
		for i := range 120 {
			removes = append(removes, page.Add(&figures{stats: pool.Stats{Name: fmt.Sprint("pool ", i), Workers: 8, Running: i}}))
		}
		if a := ask(t, page, ""); len(a.Pools) != 100 || a.Totals.Pools != 120 || a.Pools[7].Name != "pool 7" || a.Pools[7].Running != 7 {
			t.Errorf("%d of %d pools, %+v, want 100 of 120, in order", len(a.Pools), a.Totals.Pools, a.Pools[7])
		}
		for i, remove := range removes {
			if i != 3 {
				remove()
				remove()
			}
		}
		time.Sleep(time.Second)
		if a := ask(t, page, ""); len(a.Pools) != 1 || a.Pools[0].Name != "pool 3" {
			t.Errorf("pools %+v, want only pool 3", a.Pools)
		}
	})
}

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

// Names beyond the first are counted together, so that they cannot fill the memory.
func TestPageHistoryOfManyPools(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{Name: "(other)"}})
		for i := range 100 * 16 {
			told{page, fmt.Sprint("pool ", i)}.run("x", func(context.Context) outcome { return outcome{} })
		}
		time.Sleep(10 * time.Second)
		h := ask(t, page, "").Pools[0].History
		if want := float64(100-64) * 16 / 5; h == nil || h.Ended[57] != want {
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
		for i := range 100 {
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

// scripted is a run whose progress a test says.
func scripted(g *millrace.Progress) millrace.RunInfo {
	return millrace.RunInfo{Pool: "etl", Name: "", Probe: func() millrace.Progress { return *g }}
}

// Stages that begin under one another before anything is pulled are a pipeline; what
// begins later is one of its own. Nothing is kept of what has ended.
func TestPageRuns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		store, parse := &millrace.Progress{Window: 8, Limit: 4}, &millrace.Progress{Window: 8, Limit: 4}
		inStore, storeEnded := page.Run(context.Background(), scripted(store))
		inParse, parseEnded := page.Run(inStore, scripted(parse))
		parse.Pulled, parse.Delivered, parse.Running = 8, 0, 4
		_, itemEnded := page.Run(inParse, scripted(&millrace.Progress{}))
		a := ask(t, page, "")
		if len(a.Pipelines) != 2 || len(a.Pipelines[0].Stages) != 2 || len(a.Pipelines[1].Stages) != 1 {
			t.Fatalf("pipelines %+v, want one of two stages and one of one", a.Pipelines)
		}
		if got := a.Pipelines[0].Bottleneck; got.Kind != "stage" || got.Stage != 0 {
			t.Errorf("the bottleneck is %+v, want the first stage", got)
		}
		if got := a.Pipelines[0].Stages[0]; got.Name != "stage 1" || got.Held != 8 || got.Window != 8 || got.Running != 4 {
			t.Errorf("the first stage is %+v, want stage 1 with 8 of 8 items", got)
		}
		if html := get(page, "/").Body.String(); !strings.Contains(html, `<tr class="bottleneck">`) {
			t.Error("the page does not mark the bottleneck")
		}
		itemEnded()
		parseEnded()
		storeEnded()
		for range 100_000 {
			_, ended := page.Run(context.Background(), scripted(store))
			ended()
		}
		if n := page.Runs(); n != 0 {
			t.Errorf("%d runs are kept, want none", n)
		}
	})
}

// The rate of a stage is what it delivers while the page looks.
func TestPageRate(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		began := time.Now()
		_, ended := page.Run(context.Background(), millrace.RunInfo{Probe: func() millrace.Progress {
			return millrace.Progress{Delivered: uint64(time.Since(began) / time.Millisecond), Window: 8, Limit: 4}
		}})
		a := ask(t, page, "")
		if got := a.Pipelines[0].Stages[0]; got.Rate < 990 || got.Rate > 1010 || got.Held != 0 {
			t.Errorf("the stage is %+v, want about 1000 items/s and nothing held", got)
		}
		ended()
	})
}

// The stacks of one page are those of its own tasks, also if there is another page.
func TestStacksOfTwoPages(t *testing.T) {
	open := make(chan struct{})
	var begun sync.WaitGroup
	pages := []*observe.Page{observe.NewPage(), observe.NewPage()}
	for i, page := range pages {
		p := pool.New(millrace.WithObserver(page))
		defer p.Close()
		begun.Add(1)
		pool.Go(t.Context(), p, func(context.Context) error { begun.Done(); <-open; return nil }, millrace.WithTaskName(fmt.Sprint("of page ", i)))
	}
	defer close(open)
	begun.Wait()
	for i, page := range pages {
		tasks := ask(t, page, "stacks=1").Tasks
		if len(tasks) != 1 || strings.Count(tasks[0].Stack, "TestStacksOfTwoPages") != 1 {
			t.Errorf("page %d shows %+v, want one stack", i, tasks)
		}
	}
}
