package observe_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/queues"
	"github.com/millrace-go/millrace/pool"
)

// What readText makes of the parts of the page, in this order.
var textOf = []struct {
	tag  *regexp.Regexp
	text string
}{
	{regexp.MustCompile(`\s+`), " "},
	{regexp.MustCompile(`<svg class="bar( full)?"[^>]*aria-label="([^"]*)"><rect[^>]*/><rect class="part" width="([^"]*)"[^>]*/></svg>`), " [$2 = $3%$1]"},
	{regexp.MustCompile(`<svg viewBox[^>]*aria-label="([^"]*)">.*?</svg>`), ""},
	{regexp.MustCompile(`<a href="(#[^"]*)">`), "($1) "},
	{regexp.MustCompile(`<(div|figure|p|tr) class="[^"]*alarm">`), "! "},
	{regexp.MustCompile(`<div class="zero">`), "- "},
	{regexp.MustCompile(`<tr class="bottleneck">`), "> "},
	{regexp.MustCompile(`</t[hd]> *<t[hd][^>]*>`), " | "},
	{regexp.MustCompile(`</dt><dd>`), ": "},
	{regexp.MustCompile(`<br>|</(div|figure|h2|h3|li|p|pre|summary|tr)>`), "\n"},
	{regexp.MustCompile(`<[^>]*>`), ""},
	{regexp.MustCompile(` *\n *`), "\n"},
	{regexp.MustCompile(`\n+`), "\n"},
	{regexp.MustCompile(`  +`), " "},
}

// readText returns what a reader of a section of the page sees: the texts, a row of a table or
// a figure of a pool a line, with the bars in brackets. What is there without being wrong begins
// with -, an alarm with !, and the bottleneck with >.
func readText(t *testing.T, page *observe.Page, section string) string {
	t.Helper()
	body := get(page, "/?once=1").Body.String()
	_, body, found := strings.Cut(body, `<section id="`+section+`"`)
	_, body, _ = strings.Cut(body, ">")
	body, _, ends := strings.Cut(body, "</section>")
	if !found || !ends {
		t.Fatalf("the page has no section %s", section)
	}
	for _, x := range textOf {
		body = x.tag.ReplaceAllString(body, x.text)
	}
	return strings.TrimSpace(strings.ReplaceAll(html.UnescapeString(body), "\u202f", "_"))
}

// reads fails the test unless a section of the page reads so.
func reads(t *testing.T, page *observe.Page, section, want string) {
	t.Helper()
	if got, want := readText(t, page, section), strings.TrimSpace(want); got != want {
		t.Errorf("the section %s reads\n%s\nwant\n%s", section, got, want)
	}
}

// A page that knows of nothing says so.
func TestTextOfNothing(t *testing.T) {
	page := observe.NewPage()
	for section, want := range map[string]string{
		"attention": "Needs attention\nNothing does.",
		"pools":     "Pools\nNo pool was added.",
		"pipelines": "Maps and pipelines\nNone runs.",
		"queues":    "Queues of clusters",
		"tasks":     "Running tasks\nNone runs.",
		"failures":  "Last failures\nNone so far.",
	} {
		reads(t, page, section, want)
	}
}

// What the page says of pools and failures: of one that is well, of one that is not, and of one
// without a name.
func TestTextOfPools(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{
			Name: "<web>", Workers: 1000, Goroutines: 9, Running: 333, Waiting: 2, Queued: 12345, QueueLimit: 20000, OldestQueued: 900 * time.Millisecond,
			Deferred: 3, Weight: 20, MaxWeight: 20, Submitted: 1234567, Succeeded: 999, Cancelled: 1000,
		}})
		page.Add(&figures{err: pool.ErrClosed, stats: pool.Stats{
			Name: "mail", Workers: 4, Running: 5, QueueLimit: 0, Blocked: 2, Submitted: 10, Failed: 4, Panicked: 3, Refused: 7, CallbackPanics: 1, DroppedObservers: 2,
		}})
		page.Add(&figures{stats: pool.Stats{Workers: 1, QueueLimit: -1, Queued: 1, OldestQueued: 90 * time.Second}})
		for i := range 10 {
			info := &millrace.TaskInfo{Pool: "mail", Name: "send", Submitted: time.Now(), Wait: time.Duration(i) * 10 * time.Millisecond}
			ctx := page.Started(t.Context(), info)
			if info.Run = time.Second; i == 9 {
				info.Err = errors.New("boom")
			}
			page.Ended(ctx, info)
		}
		time.Sleep(5 * time.Second)
		for range 6 {
			told{page, "mail"}.refuse("send", pool.ErrQueueFull)
		}
		time.Sleep(6 * time.Second)
		told{page, "mail"}.run("bad", func(context.Context) outcome { return panics("bug") })
		reads(t, page, "attention", `
Needs attention
(#pool-1) mail takes no more work: pool: closed
(#pool-1) mail holds up 2 submitters for want of a place in the queue
(#pool-1) mail does not call 2 observers any more after a panic
(#pool-1) mail has turned away 6 tasks in the last minute
(#pool-1) mail has failed in 10% of the tasks of the last minute
(#pool-2) (no name) has free slots, and yet its oldest task has waited for 1m 30s
(#failed-8) mail bad has panicked, the last time 0s ago: future: task panicked: bug`)
		reads(t, page, "pools", `
Pools
<web>
running: 333 of 1_000 slots [slots: 333 of 1000 = 33.3%]
queued: 12_345 of 20_000, the oldest for 900ms [queue: 12345 of 20000 = 61.7%]
weight: 20 of 20 [weight: 20 of 20 = 100% full]
submitted: 1_234_567
succeeded: 999
- failed: 0
- panicked: 0
cancelled: 1_000
- refused: 0
- blocked: 0
waiting: 2
deferred: 3
goroutines: 9
mail
! pool: closed
running: 5 of 4 slots [slots: 5 of 4 = 100% full]
queued: 0 of 0
submitted: 10
- succeeded: 0
! failed: 4
! panicked: 3
- cancelled: 0
! refused: 7
! blocked: 2
- waiting: 0
- deferred: 0
- goroutines: 0
! callbacks panicked: 1
! observers dropped: 2
ended/s 0 at most 2 in 5 min
! failed/s 0 at most 0.2 in 5 min
mean wait 0s at most 45ms in 5 min
! turned away/s 1.2 at most 1.2 in 5 min
(no name)
running: 0 of 1 slots [slots: 0 of 1 = 0%]
queued: 1, the oldest for 1m 30s
- submitted: 0
- succeeded: 0
- failed: 0
- panicked: 0
- cancelled: 0
- refused: 0
- blocked: 0
- waiting: 0
- deferred: 0
- goroutines: 0`)
		reads(t, page, "failures", `
Last failures
task | error | pool | last | times
bad | panic future: task panicked: bug stack
goroutine 7: thumb.render()
| mail | 0s ago | 1
send | pool: queue full | mail | 6s ago | 6
send | boom | mail | 9.9s ago | 1
8 in all; the last 3 that differ.`)
	})
}

// What the page says of pipelines, for each bottleneck there is. A share that is just at a bound
// is not above it.
func TestTextOfPipelines(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		stage := func(held uint64, running int, ended bool) millrace.Progress {
			return millrace.Progress{Pulled: 1000 + held, Delivered: 1000, Window: 20, Running: running, Limit: 8, InputEnded: ended}
		}
		for _, stages := range [][]millrace.Progress{
			{stage(20, 1, false), stage(17, 5, false), stage(16, 8, false)},
			{stage(17, 4, false), stage(17, 4, false)},
			{stage(17, 4, false), stage(16, 8, false)},
			{stage(16, 8, false)},
			{stage(16, 8, true)},
		} {
			ctx, now := t.Context(), make([]millrace.Progress, len(stages))
			for i := len(stages) - 1; i >= 0; i-- {
				name := fmt.Sprintf("<stage %d>", i)
				if i == 0 {
					name = ""
				}
				ctx, _ = page.Run(ctx, millrace.RunInfo{Pool: "etl", Name: name, Probe: func() millrace.Progress { return now[i] }})
			}
			copy(now, stages) // nothing is pulled before the whole pipeline has begun
			time.Sleep(time.Minute)
		}
		reads(t, page, "pipelines", `
Maps and pipelines
etl for 5m 00s
stage | items/s | delivered | runners | window
source | | | |
stage 1 | 0 | 1_000 | 1/8 [runners: 1 of 8 = 12.5%] | 20/20 [window: 20 of 20 = 100% full]
> <stage 1> bottleneck | 0 | 1_000 | 5/8 [runners: 5 of 8 = 62.5%] | 17/20 [window: 17 of 20 = 85%]
<stage 2> | 0 | 1_000 | 8/8 [runners: 8 of 8 = 100% full] | 16/20 [window: 16 of 20 = 80%]
sink | | | |
<stage 1>: Its window is full and its runners are busy; what is below it waits for items.
etl for 4m 00s
stage | items/s | delivered | runners | window
source | | | |
stage 1 | 0 | 1_000 | 4/8 [runners: 4 of 8 = 50%] | 17/20 [window: 17 of 20 = 85%]
<stage 1> | 0 | 1_000 | 4/8 [runners: 4 of 8 = 50%] | 17/20 [window: 17 of 20 = 85%]
> sink bottleneck | | | |
The window of the last stage is full and its runners are idle: its results are not taken.
etl for 3m 00s
stage | items/s | delivered | runners | window
source | | | |
stage 1 | 0 | 1_000 | 4/8 [runners: 4 of 8 = 50%] | 17/20 [window: 17 of 20 = 85%]
> between bottleneck | | | |
<stage 1> | 0 | 1_000 | 8/8 [runners: 8 of 8 = 100% full] | 16/20 [window: 16 of 20 = 80%]
sink | | | |
The window of this stage is full and its runners are idle, but the next one is not full: what runs between them is slow.
etl for 2m 00s
stage | items/s | delivered | runners | window
> source bottleneck | | | |
stage 1 | 0 | 1_000 | 8/8 [runners: 8 of 8 = 100% full] | 16/20 [window: 16 of 20 = 80%]
sink | | | |
No window is full: all stages wait for items.
etl for 1m 00s
stage | items/s | delivered | runners | window
source | | | |
stage 1 | 0 | 1_000 | 8/8 [runners: 8 of 8 = 100% full] | 16/20 [window: 16 of 20 = 80%]
sink | | | |
The input has ended, and what is left is being finished.`)
	})
}

// Of many pipelines the oldest 20 are shown.
func TestTextOfManyPipelines(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		for i := range 23 {
			page.Run(t.Context(), millrace.RunInfo{Pool: fmt.Sprint("pool ", i), Probe: func() millrace.Progress { return millrace.Progress{} }})
			time.Sleep(time.Second)
		}
		got := readText(t, page, "pipelines")
		if !strings.Contains(got, "\npool 0 for 23.3s\n") || !strings.Contains(got, "\npool 19 for 4.3s\n") || strings.Contains(got, "pool 20") || !strings.HasSuffix(got, "\n20 of 23 pipelines.") {
			t.Errorf("of 23 pipelines the page shows\n%s\nwant the oldest 20, and how many there are", got)
		}
	})
}

// What the page says of queues of clusters: of one at work, an idle one, and one that does not
// answer. The age of an answer is shown once it is more than a second.
func TestTextOfQueues(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		now := time.Now()
		page.AddQueue(queue(func(context.Context) (queues.Status, error) {
			return queues.Status{
				Engine: "jetstream", Queue: "<mail>", Queued: 12345, Held: 1009, Oldest: 90 * time.Second, Kept: 7777, Unsure: 1, Lease: 10 * time.Second,
				Workers: []queues.Worker{
					{
						Name: "host/1/a", Tasks: []string{"send", "<b>"}, Slots: 4, Held: 5, Beat: now.Add(-1500 * time.Millisecond),
						Succeeded: 1000, Failed: 21, Retried: 32, Returned: 43, Refused: 54, Aborted: 65,
						Running: []queues.Call{
							{Task: "send", ID: "young", Attempt: 1, Since: now.Add(-time.Second)},
							{Task: "<b>", ID: "old", Attempt: 2, Since: now.Add(-time.Minute)},
						},
					},
					{Name: "host/2/b", Tasks: []string{"send"}, Slots: 4, Beat: now.Add(-30 * time.Second), Lost: 76},
				},
			}, nil
		}))
		page.AddQueue(queue(func(context.Context) (queues.Status, error) {
			return queues.Status{Engine: "local", Queue: "idle"}, nil
		}))
		page.AddQueue(queue(func(context.Context) (queues.Status, error) { return queues.Status{}, errors.New("no <server>") }))
		reads(t, page, "queues", `
Queues of clusters
<mail> jetstream, a lease of 10s
queued: 12_345
held: 1_009
running: 2
oldest call: 1m 30s
workers: 2
! silent: 1
! failed: 21
retried: 32
! lost: 76
! unsure: 1
kept: 7_777
worker | running | held | heard of | ended | failed | retried | returned | refused | aborted | lost
host/1/a
send, <b> | 2/4 [running: 2 of 4 = 50%] | 5 | 1.5s ago | 1_000 | 21 | 32 | 43 | 54 | 65 | 0
! host/2/b silent
send | 0/4 [running: 0 of 4 = 0%] | 0 | 30s ago | 0 | 0 | 0 | 0 | 0 | 0 | 76
call in flight | id | worker | age | attempt
<b> | old | host/1/a | 1m 00s | 2
send | young | host/1/a | 1s | 1
idle local
queued: 0
held: 0
running: 0
oldest call: none
! workers: 0
silent: 0
failed: 0
retried: 0
lost: 0
unsure: 0
kept: 0
(no answer yet)
! no <server>`)
		reads(t, page, "attention", `
Needs attention
(#queues) <mail> has heard nothing of 1 of its 2 workers
(#queues) (no name) does not answer: no <server>`)
		time.Sleep(1900 * time.Millisecond)
		if got, want := readText(t, page, "queues"), "\n<mail> jetstream, a lease of 10s, as of 1.9s ago\n"; !strings.Contains(got, want) {
			t.Errorf("the queues read\n%s\nwant %s", got, want)
		}
	})
}

// What the page says of running tasks, and of itself.
func TestTextOfTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		for i, pool := range []string{"web", "mail", ""} {
			info := &millrace.TaskInfo{Pool: pool, Name: fmt.Sprintf("<task %d>", i), Attempt: i + 1, Submitted: time.Now()}
			time.Sleep(time.Duration(i) * 40 * time.Second)
			info.Wait = time.Since(info.Submitted)
			ctx := page.Started(page.Submitted(t.Context(), info), info)
			defer page.Ended(ctx, info)
		}
		time.Sleep(time.Hour)
		reads(t, page, "tasks", `
Running tasks
task | pool | age | waited | attempt
<task 0> | web | 1h 02m | 0s | 1
<task 1> | mail | 1h 01m | 40s | 2
<task 2> | | 1h 00m | 1m 20s | 3`)
		if body, want := get(page, "/?once=1").Body.String(), " · at "+time.Now().Format("15:04:05")+", watched for 1h 02m</p>"; !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	})
}

// Names are cut at 200 bytes, errors at 500 and stacks at 4,000, and say so. What is as long is
// not cut.
func TestTextIsCut(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for _, more := range []int{0, 1} {
			page := observe.NewPage()
			text := func(of string, n int) string { return strings.Repeat(of, n+more) }
			page.Add(&figures{stats: pool.Stats{Name: text("p", 200)}, err: errors.New(text("e", 500))})
			page.AddQueue(queue(func(context.Context) (queues.Status, error) {
				w := queues.Worker{Name: text("w", 200), Tasks: []string{text("t", 200)}, Running: []queues.Call{{Task: text("c", 200), ID: text("i", 200)}}}
				return queues.Status{Queue: text("q", 200), Engine: text("n", 200), Workers: []queues.Worker{w}}, nil
			}))
			page.AddQueue(queue(func(context.Context) (queues.Status, error) { return queues.Status{}, errors.New(text("x", 500)) }))
			page.Run(t.Context(), millrace.RunInfo{Pool: text("r", 200), Name: text("s", 200), Probe: func() millrace.Progress { return millrace.Progress{} }})
			told{page, text("f", 200)}.run(text("g", 200), func(context.Context) outcome {
				return outcome{&future.PanicError{Value: text("v", 600), Stack: []byte(text("k", 4000))}, true}
			})
			told{page, text("a", 200)}.run(text("b", 200), func(context.Context) outcome {
				body := html.UnescapeString(get(page, "/?once=1").Body.String())
				for of, n := range map[string]int{
					"p": 200, "e": 500, "w": 200, "t": 200, "c": 200, "i": 200, "q": 200, "n": 200, "x": 500, "r": 200, "s": 200, "f": 200, "g": 200, "k": 4000, "a": 200, "b": 200,
				} {
					want := strings.Repeat(of, n)
					if more > 0 {
						want += " …"
					}
					if !strings.Contains(body, want) || strings.Contains(body, strings.Repeat(of, n+1)) {
						t.Errorf("of %d times %s the page does not show %d, or does not say that it is cut", n+more, of, n)
					}
				}
				if !strings.Contains(body, "vvv …") || len(strings.Split(body, "v")) > 3*500 {
					t.Error("the text of a long panic is not cut at 500 bytes wherever it is shown")
				}
				return outcome{}
			})
		}
	})
}
