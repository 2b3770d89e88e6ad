package observe_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/queues"
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

// However many look, the pools are asked no more often than twice a second, and a
// request that is given up does not hold up the others.
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
			t.Error("the page does not answer after a request was given up")
		}
	})
}

// What is added or removed shows at once, also to those who have just looked.
func TestPageShowsWhatIsAdded(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		see := func(when string, pools, queues int) {
			for range 2 {
				if got := ask(t, page, "").Totals; got.Pools != pools || got.Queues != queues {
					t.Errorf("%s: %d pools and %d queues, want %d and %d", when, got.Pools, got.Queues, pools, queues)
				}
			}
		}
		see("new", 0, 0)
		removePool := page.Add(&counting{})
		see("with a pool", 1, 0)
		removeQueue := page.AddQueue(silent{})
		see("with a queue", 1, 1)
		removePool()
		see("without the pool", 0, 1)
		removeQueue()
		see("without the queue", 0, 0)
	})
}

// silent is a queue without figures.
type silent struct{}

func (silent) Status(context.Context) (queues.Status, error) { return queues.Status{}, nil }

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

// If the program has too many goroutines there are no stacks, and the page says so; without
// stacks there is nothing to say.
func TestTooManyGoroutinesForStacks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.TakeStacksOf(1)
		told{page, "web"}.run("render", func(context.Context) outcome {
			for query, want := range map[string]string{"stacks=1": "No stacks: the program has ", "": ""} {
				a, html := ask(t, page, query), get(page, "/?once=1&"+query).Body.String()
				if len(a.Tasks) != 1 || a.Tasks[0].Stack != "" {
					t.Errorf("with the query %q the tasks are %+v, want one without a stack", query, a.Tasks)
				}
				if !strings.HasPrefix(a.NoStacks, want) || (a.NoStacks == "") != (want == "") || want != "" && !strings.Contains(html, want) {
					t.Errorf("with the query %q it says %q, want %q, on the page as well", query, a.NoStacks, want)
				}
			}
			return outcome{}
		})
	})
}

// Stacks that took long are shown for long, and the rest of the page is not.
func TestStacksThatTookLong(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		began := ask(t, page, "stacks=1").At
		page.StacksTook(2 * time.Second)
		for _, want := range []time.Duration{0, 10 * time.Second, 20 * time.Second} { // each 10 s later
			if got := ask(t, page, "stacks=1").At.Sub(began); got != want-want%(20*time.Second) {
				t.Errorf("after %v the stacks are those of %v, want them kept for 20s", want, got)
			}
			if got := ask(t, page, "").At.Sub(began); got != want {
				t.Errorf("after %v the page is that of %v", want, got)
			}
			time.Sleep(10 * time.Second)
		}
	})
}
