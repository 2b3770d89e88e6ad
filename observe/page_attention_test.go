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
	"github.com/millrace-go/millrace/observe/queues"
	"github.com/millrace-go/millrace/pool"
)

// What needs attention is said, and where on the page there is more of it; nothing is
// said of a pool that is well.
func TestAttention(t *testing.T) {
	for want, s := range map[string]pool.Stats{
		"": {Workers: 8, Running: 8, Queued: 3, QueueLimit: 40, OldestQueued: 999 * time.Millisecond, Failed: 7, Refused: 7},
		"has a full queue, whose oldest task has waited for 0s":           {Workers: 8, Running: 2, Queued: 1, QueueLimit: 1},
		"has free slots, and yet its oldest task has waited for 30s":      {Workers: 8, Running: 7, Queued: 1, QueueLimit: -1, OldestQueued: 30 * time.Second},
		"has a full queue, whose oldest task has waited for 2.8s":         {Workers: 8, Running: 8, Queued: 40, QueueLimit: 40, OldestQueued: 2800 * time.Millisecond},
		"has no free slot, and its oldest task has waited for 1s":         {Workers: 8, Running: 8, Queued: 1, QueueLimit: -1, OldestQueued: time.Second},
		"has free slots, and yet its oldest task has waited for 31s":      {Workers: 8, Running: 2, Queued: 1, QueueLimit: -1, OldestQueued: 31 * time.Second},
		"holds up 1\u202f234 submitters for want of a place in the queue": {Workers: 8, Blocked: 1234, QueueLimit: -1},
		"does not call 1 observer any more after a panic":                 {Workers: 8, QueueLimit: -1, DroppedObservers: 1},
	} {
		page := observe.NewPage()
		s.Name = "web"
		page.Add(&figures{stats: s})
		var got []string
		for _, n := range ask(t, page, "").Attention {
			if n.Where != "pools" || n.About != "web" {
				t.Errorf("%+v is said of %q in %q, want web, in pools", s, n.About, n.Where)
			}
			got = append(got, n.Text)
		}
		if want == "" && len(got) > 0 || want != "" && !slices.Equal(got, []string{want}) {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
}

// At the bounds: a pool needs attention from the twentieth failing task on, for each task of the
// last minute that it has turned away, and for as long as its oldest task has not waited for half
// a minute it does not; a panic does for five minutes.
func TestAttentionAtBounds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		remove := page.Add(&figures{stats: pool.Stats{Name: "idle", Workers: 8, QueueLimit: -1, OldestQueued: 30*time.Second - 1}})
		for _, name := range []string{"failing", "well", "full"} {
			page.Add(&figures{stats: pool.Stats{Name: name, Workers: 8, QueueLimit: -1}})
		}
		for i := range 21 {
			for _, name := range []string{"failing", "well"} {
				end := outcome{}
				if i == 0 {
					end.err = errors.New("boom")
				}
				if i < 20 || name == "well" {
					told{page, name}.run("render", func(context.Context) outcome { return end })
				}
			}
		}
		told{page, "full"}.refuse("render", pool.ErrClosed)
		wants := func(when string, want ...string) {
			t.Helper()
			var got []string
			for _, n := range ask(t, page, "").Attention {
				got = append(got, n.About+" "+n.Text)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s attention is asked for %q, want %q", when, got, want)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(5 * time.Second)
		wants("a step later", "failing has failed in 5% of the tasks of the last minute", "full has turned away 1 task in the last minute")
		time.Sleep(58 * time.Second) // 64 s
		wants("when the minute is not over", "failing has failed in 5% of the tasks of the last minute", "full has turned away 1 task in the last minute")
		wants("when it is over")
		remove()
		told{page, "well"}.run("bad", func(context.Context) outcome { return panics("bug") })
		time.Sleep(299 * time.Second)
		wants("within five minutes", "well bad has panicked, the last time 4m 59s ago: future: task panicked: bug")
		wants("after five minutes")
	})
}

// As many pools as are shown are in the order in which they were added.
func TestOrderOfPools(t *testing.T) {
	page := observe.NewPage()
	for i := range 100 {
		page.Add(&figures{stats: pool.Stats{Name: fmt.Sprint("pool ", i), Workers: 8, QueueLimit: -1, Blocked: i / 99}})
	}
	a := ask(t, page, "")
	if len(a.Attention) != 1 || a.Attention[0].About != "pool 99" || a.Pools[0].Name != "pool 0" || a.Pools[99].Name != "pool 99" {
		t.Errorf("attention is asked for %+v; the first of the pools is %s, the last one %s; want 0 to 99", a.Attention, a.Pools[0].Name, a.Pools[99].Name)
	}
}

// So is that a pool takes no more work, that a queue of a cluster does not answer, and that
// workers of one are silent.
func TestAttentionOfEnds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{Name: "web", Workers: 8, QueueLimit: -1}, err: pool.ErrClosed})
		now := time.Now()
		page.AddQueue(queue(func(context.Context) (queues.Status, error) {
			return queues.Status{Queue: "mail", Workers: []queues.Worker{{Name: "a", Beat: now}, {Name: "b", Beat: now.Add(-time.Hour)}}}, nil
		}))
		page.AddQueue(queue(func(context.Context) (queues.Status, error) { return queues.Status{Queue: "well"}, nil }))
		page.AddQueue(queue(func(context.Context) (queues.Status, error) { return queues.Status{Queue: "ill"}, errors.New("boom") }))
		var got []string
		for _, n := range ask(t, page, "").Attention {
			got = append(got, fmt.Sprintf("%s: %s %s", n.Where, n.About, n.Text))
		}
		slices.Sort(got)
		want := []string{
			"pools: web takes no more work: " + pool.ErrClosed.Error(),
			"queues: (no name) does not answer: boom",
			"queues: mail has heard nothing of 1 of its 2 workers",
		}
		if !slices.Equal(got, want) {
			t.Errorf("attention is asked for %q, want %q", got, want)
		}
	})
}

// Of many notes the first ones are shown, and how many there are, also of pools that are
// not shown themselves.
func TestManyNotes(t *testing.T) {
	page := observe.NewPage()
	for i := range 1000 {
		page.Add(&figures{stats: pool.Stats{Name: "web", Workers: 8, QueueLimit: -1, Blocked: i % 2}})
	}
	a := ask(t, page, "")
	if len(a.Attention) != 20 || a.Totals.Attention != 500 {
		t.Errorf("%d of %d notes, want 20 of 500", len(a.Attention), a.Totals.Attention)
	}
	if html := get(page, "/?once=1").Body.String(); !strings.Contains(html, "20 of 500 notes.") {
		t.Error("the page does not say what it leaves out")
	}
}

// However many pools need attention, panics are among the notes, and the other way round.
func TestNotesOfAllKinds(t *testing.T) {
	for _, c := range []struct{ pools, panics, wantPools, wantPanics int }{
		{30, 3, 17, 3}, {30, 30, 10, 10}, {3, 30, 3, 17}, {30, 0, 20, 0}, {5, 5, 5, 5},
	} {
		bubble.Run(t, func(t *testing.T) {
			page := observe.NewPage()
			for range c.pools {
				page.Add(&figures{stats: pool.Stats{Name: "full", Workers: 8, QueueLimit: -1, Blocked: 1}})
			}
			for i := range c.panics {
				told{page, "web"}.run(fmt.Sprint("bad ", i), func(context.Context) outcome { return panics("bug") })
			}
			got := map[string]int{}
			a := ask(t, page, "")
			for _, n := range a.Attention {
				got[n.Where]++
			}
			if got["pools"] != c.wantPools || got["failures"] != c.wantPanics || a.Totals.Attention != c.pools+c.panics {
				t.Errorf("of %d pools and %d panics the notes are %v of %d, want %d and %d of all", c.pools, c.panics, got, a.Totals.Attention, c.wantPools, c.wantPanics)
			}
		})
	}
}

// Of many pools those are shown that need attention, whenever they were added, and a note leads
// to its pool.
func TestManyPools(t *testing.T) {
	page := observe.NewPage()
	for i := range 500 {
		blocked := 0
		if i%200 == 150 {
			blocked = 1
		}
		page.Add(&figures{stats: pool.Stats{Name: fmt.Sprint("pool ", i), Workers: 8, QueueLimit: -1, Blocked: blocked}})
	}
	a := ask(t, page, "")
	var names []string
	for _, p := range a.Pools {
		names = append(names, p.Name)
	}
	if len(names) != 100 || a.Totals.Pools != 500 || !slices.Equal(names[:4], []string{"pool 150", "pool 350", "pool 0", "pool 1"}) {
		t.Errorf("%d of %d pools: %q, want 100 of 500, first 150 and 350", len(names), a.Totals.Pools, names)
	}
	html := get(page, "/?once=1").Body.String()
	for _, want := range []string{`<a href="#pool-350">pool 350</a>`, `id="pool-350"`, "100 of 500 pools."} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// Panics of the last five minutes need attention, and so does a pool where many tasks of
// the last minute have failed.
func TestAttentionOfFailures(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{Name: "web", QueueLimit: -1}})
		p := told{page, "web"}
		for i := range 20 {
			end := outcome{}
			if i%10 == 0 {
				end.err = errors.New("boom")
			}
			p.run("render", func(ctx context.Context) outcome { return end })
		}
		p.run("bad", func(context.Context) outcome { return panics("bug") })
		if html := get(page, "/?once=1").Body.String(); !strings.Contains(html, `href="#failed-3">web</a> bad has panicked`) || !strings.Contains(html, `id="failed-3"`) {
			t.Error("the note of a panic does not lead to the failure")
		}
		texts := func() (all []string) {
			for _, n := range ask(t, page, "").Attention {
				all = append(all, fmt.Sprintf("%s: %s %s", n.Where, n.About, n.Text))
			}
			return all
		}
		time.Sleep(6 * time.Second) // a step of the history is over
		want := []string{
			"pools: web has failed in 14% of the tasks of the last minute",
			"failures: web bad has panicked, the last time 6s ago: future: task panicked: bug",
		}
		if got := texts(); !slices.Equal(got, want) {
			t.Errorf("attention is asked for %q, want %q", got, want)
		}
		time.Sleep(2 * time.Minute)
		if got := texts(); len(got) != 1 {
			t.Errorf("two minutes later attention is asked for %q, want it for the panic alone", got)
		}
		time.Sleep(5 * time.Minute)
		if got := texts(); len(got) != 0 {
			t.Errorf("five minutes later attention is asked for %q, want it for nothing", got)
		}
	})
}

// A pool that has turned tasks away in the last minute needs attention, though its queue has room
// again. A task that was cancelled was not turned away.
func TestAttentionOfTurnedAway(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		p := pool.New(millrace.WithName("web"), millrace.WithWorkers(1), millrace.WithQueue(1), millrace.WithOverflow(millrace.Reject), millrace.WithObserver(page))
		defer p.Close()
		defer page.Add(p)()
		pool.Go(context.Background(), p, func(context.Context) error { return nil }, millrace.WithDelay(time.Hour)).Cancel()
		for range 10 {
			pool.Go(context.Background(), p, func(context.Context) error { time.Sleep(time.Second); return nil })
		}
		time.Sleep(6 * time.Second) // a step of the history is over
		refused := p.Stats().Refused
		a := ask(t, page, "")
		if want := fmt.Sprintf("has turned away %d tasks in the last minute", refused); refused == 0 || len(a.Attention) != 1 || a.Attention[0].Text != want {
			t.Errorf("attention is asked for %+v, want %q", a.Attention, want)
		}
		if html := get(page, "/?once=1").Body.String(); !strings.Contains(html, "turned away/s") {
			t.Error("the page has no chart of that")
		}
		time.Sleep(2 * time.Minute)
		if a := ask(t, page, ""); len(a.Attention) != 0 {
			t.Errorf("two minutes later attention is asked for %+v", a.Attention)
		}
	})
}

// A stack ends where the pool begins.
func TestStackOfTheTaskAlone(t *testing.T) {
	page := observe.NewPage()
	p := pool.New(millrace.WithObserver(page))
	end := make(chan struct{})
	f := pool.Go(context.Background(), p, func(ctx context.Context) error { return wedged(ctx, end) })
	var stack string
	for began := time.Now(); !strings.Contains(stack, "observe_test.wedged") && time.Since(began) < time.Minute; { // it may be on its way there
		if a := ask(t, page, "stacks=1"); len(a.Tasks) == 1 {
			stack = a.Tasks[0].Stack
		}
		time.Sleep(time.Millisecond)
	}
	if !strings.Contains(stack, "observe_test.wedged") || strings.Contains(stack, "internal/sched") {
		t.Errorf("the stack of a task is\n%swant its own functions, and none of the pool's", stack)
	}
	close(end)
	_, _ = f.Await(context.Background())
	_ = p.Close()
}
