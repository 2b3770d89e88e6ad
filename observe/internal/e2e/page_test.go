package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/queues"
)

// full is a page with something in each of its sections.
func full(t *testing.T) *observe.Page {
	page := observe.NewPage()
	page.Add(figures{Name: "web", Workers: 8, Running: 3, Queued: 12, Weight: 40, MaxWeight: 100, Submitted: 1234567, Failed: 2, Panicked: 1})
	pipeline(page, 2)
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	running(page, "render", end)
	page.AddQueue(mail{})
	failed(page, "send", errors.New("connection refused"), false)
	failed(page, "send", &future.PanicError{Value: "boom", Stack: []byte("goroutine 7:\nmail.send()\n")}, true)
	return page
}

// mail is a queue of a cluster.
type mail struct{}

func (mail) Status(context.Context) (queues.Status, error) {
	return queues.Status{
		Engine: "jetstream", Queue: "mail", Queued: 1234, Held: 1, Lease: 10 * time.Second,
		Workers: []queues.Worker{{Name: "host/1/a", Slots: 4, Beat: time.Now(), Running: []queues.Call{{Task: "send", ID: "4711", Attempt: 2, Since: time.Now()}}}},
	}, nil
}

// The page shows what there is, without a complaint of the browser.
func TestPageInBrowser(t *testing.T) {
	b := open(t, full(t), "?stacks=1")
	for selector, parts := range map[string][]string{
		"#attention": {"web send has panicked", "boom"},
		"#pools":     {"web", "3 of 8 slots", "40 of 100", "1\u202f234\u202f567"},
		"#pipelines": {"etl", "fetch", "parse bottleneck", "store", "its runners are busy"},
		"#queues":    {"mail jetstream", "1\u202f234", "host/1/a", "1/4", "send", "4711"},
		"#tasks":     {"render", "e2e_test.render"},
		"#failures":  {"send", "connection refused", "panic", "boom"},
	} {
		text := strings.ToLower(b.text(selector))
		for _, part := range parts {
			if !strings.Contains(text, strings.ToLower(strings.Join(strings.Fields(part), " "))) {
				t.Errorf("%s shows %q, want %q", selector, text, part)
			}
		}
	}
	b.fine()
}

// The bottleneck is marked where it is, with its reason.
func TestBottleneckInBrowser(t *testing.T) {
	for slow, name := range []string{"source", "fetch", "parse", "store", "sink"} {
		page := observe.NewPage()
		pipeline(page, slow)
		if slow == 4 {
			name = "sink"
		}
		b := open(t, page, "?once=1")
		b.want(`document.querySelectorAll("tr.bottleneck").length`, "1")
		if got := b.text("tr.bottleneck th"); !strings.EqualFold(got, name+" bottleneck") {
			t.Errorf("the marked row is %q, want %s", got, name)
		}
		if b.text(".reason") == "" {
			t.Errorf("%s: no reason is given", name)
		}
	}
}

// The page renews itself, keeps what the reader has opened and focused, and stops when
// it is told to, all by the keyboard.
func TestKeyboard(t *testing.T) {
	page := full(t)
	b := open(t, page, "")
	b.do(chromedp.KeyEvent(kb.Tab))
	b.want("document.activeElement.className", "skip")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`location.hash === "#attention"`)

	// What can be focused comes in the order of the page, and shows that it is.
	focus := func(expr string) {
		t.Helper()
		for range 40 {
			b.do(chromedp.KeyEvent(kb.Tab))
			if b.eval(expr) == "true" {
				return
			}
		}
		t.Fatalf("the keyboard does not lead to %s", expr)
	}
	focus(`document.activeElement.closest("#failures summary") !== null`)
	if b.eval(`getComputedStyle(document.activeElement).outlineStyle`) == "none" {
		t.Error("what has the focus does not show it")
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`document.activeElement.parentElement.open`)

	// What is opened and focused stays so when something new has happened.
	failed(page, "later", errors.New("a new one"), false)
	b.until(`document.querySelector("#failures").innerText.includes("a new one")`)
	b.want(`document.activeElement.parentElement.open`, "true")
	b.want(`document.activeElement.tagName`, "SUMMARY")

	// So does a link.
	b.do(chromedp.Focus(chromedp.CSS("#attention a")))
	failed(page, "newer", errors.New("a newer one"), false)
	b.until(`document.querySelector("#failures").innerText.includes("a newer one")`)
	b.want(`document.activeElement.closest("#attention") !== null`, "true")

	b.do(chromedp.Focus(chromedp.CSS("#pause")), chromedp.KeyEvent(" "))
	b.until(`document.querySelector("#pause").getAttribute("aria-pressed") === "true"`)
	failed(page, "last", errors.New("the last one"), false)
	b.eval(`new Promise((done) => setTimeout(done, 2500))`) // it would have renewed itself
	b.want(`document.querySelector("#failures").innerText.includes("the last one")`, "false")
	b.do(chromedp.KeyEvent(" "))
	b.until(`document.querySelector("#failures").innerText.includes("the last one")`)
	b.fine()
}

// The page fits narrow and wide screens, and is dark for those who want it so.
func TestScreens(t *testing.T) {
	b := open(t, full(t), "?once=1&stacks=1")
	background := map[string]string{}
	for _, scheme := range []string{"light", "dark"} {
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}); err != nil {
			t.Fatal(err)
		}
		background[scheme] = b.eval("getComputedStyle(document.body).backgroundColor")
		for _, width := range []int64{320, 768, 1920} {
			b.do(chromedp.EmulateViewport(width, 900))
			b.want("document.documentElement.scrollWidth <= innerWidth", "true")
		}
	}
	if background["light"] == background["dark"] {
		t.Errorf("the background is %s in both schemes", background["light"])
	}
	b.fine()
}

// Long names and reasons fit as well, on a narrow screen and on a wide one: they wrap, and neither
// the page nor the tables of stages, tasks and failures scroll sideways.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("Donaudampfschifffahrtselektrizitaeten", 5)
	page := observe.NewPage()
	page.Add(figures{Name: long, Workers: 1e12, Running: 1e12, Queued: 1e15, QueueLimit: 1e15, Submitted: 1 << 63, Refused: 1 << 63, Weight: 1e18, MaxWeight: 1e18})
	for bottleneck := range 5 {
		named(page, [3]string{long, long, long}, bottleneck)
	}
	end := make(chan struct{})
	defer close(end)
	running(page, long, end)
	failed(page, long, errors.New(long), false)
	b := open(t, page, "?once=1")
	for _, width := range []int64{390, 1280} {
		b.do(chromedp.EmulateViewport(width, 900))
		b.want("document.documentElement.scrollWidth <= innerWidth", "true")
		for _, table := range []string{"#pipelines", "#tasks", "#failures"} {
			b.want(fmt.Sprintf(`[...document.querySelectorAll("%s .scroll")].filter((s) => s.scrollWidth > s.clientWidth).map((s) => s.scrollWidth + " > " + s.clientWidth).join()`, table), "")
		}
		b.want(`[...document.querySelectorAll("#attention li, .card *, .pipeline, .reason")].filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline" && !e.closest("svg")).map((e) => e.outerHTML.slice(0, 80)).join()`, "")
	}
	b.fine()
}

// Names and errors are text, whatever is in them.
func TestHostileNames(t *testing.T) {
	page := observe.NewPage()
	const attack = `"><img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'`
	page.Add(figures{Name: attack, Workers: 1, Running: 1})
	failed(page, attack, errors.New(attack), false)
	end := make(chan struct{})
	defer close(end)
	running(page, attack, end)
	b := open(t, page, "?stacks=1")
	b.want("typeof window.hacked", "undefined")
	b.want(`document.querySelectorAll("img").length`, "0")
	b.fine()
}

// Of 10,000 running tasks the page shows the oldest, and is still a page.
func TestManyTasksInBrowser(t *testing.T) {
	page := observe.NewPage()
	end := make(chan struct{})
	defer close(end)
	for i := range 10_000 {
		running(page, fmt.Sprint("task ", i), end)
	}
	began := time.Now()
	b := open(t, page, "?once=1&stacks=1")
	t.Logf("a browser was started and had shown the page after %v", time.Since(began))
	b.want(`document.querySelectorAll("#tasks tbody tr:not(.stack)").length`, "200")
	if got := b.text("#tasks"); !strings.HasSuffix(got, "200 of 10 000 tasks.") {
		t.Errorf("the page does not say what it leaves out: …%s", got[max(0, len(got)-80):])
	}
	b.want("document.documentElement.outerHTML.length < 5e6", "true")
	b.fine()
}
