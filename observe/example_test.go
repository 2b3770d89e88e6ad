package observe_test

import (
	"context"
	"expvar"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// A pool with a log and a page, which is served with what else is for administrators.
func ExampleNewPage() {
	page := observe.NewPage()
	p := pool.New(
		millrace.WithName("thumbnails"),
		millrace.WithObserver(observe.Log(slog.Default(), observe.LogOptions{Slow: time.Second})),
		millrace.WithObserver(page),
	)
	defer p.Close()
	defer page.Add(p)()

	admin := http.NewServeMux() // on a port of its own
	admin.Handle("/debug/millrace", page)

	w := httptest.NewRecorder()
	admin.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/debug/millrace", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "thumbnails"))
	// Output: 200 true
}

// A panic is logged with its stack, which is left out here.
func ExampleLog() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "stack" {
			return slog.Attr{}
		}
		return a
	}}))
	ctx := context.Background()
	p := pool.New(millrace.WithName("mail"), millrace.WithObserver(observe.Log(log, observe.LogOptions{})))
	defer p.Close()
	_, _ = pool.Go(ctx, p, func(context.Context) error { panic("no such user") }, millrace.WithTaskName("send")).Await(ctx)
	// Output: level=ERROR msg="task panicked" pool=mail task=send value="no such user"
}

// The figures of a pool at /debug/vars.
func ExampleExpvar() {
	p := pool.New(millrace.WithName("thumbnails"), millrace.WithWorkers(8))
	defer p.Close()
	expvar.Publish(observe.Expvar("thumbnails", p))
	fmt.Println(strings.Contains(expvar.Get("thumbnails").String(), `"Workers":8`))
	// Output: true
}

// An observer of one's own: how many tasks have failed, by their names.
type failureCounts struct {
	observe.Nop
	counts *expvar.Map
}

func (c failureCounts) Ended(_ context.Context, t *millrace.TaskInfo) {
	if t.Err != nil {
		c.counts.Add(observe.Name(t), 1)
	}
}

func ExampleNop() {
	failures := failureCounts{counts: new(expvar.Map)}
	ctx := context.Background()
	p := pool.New(millrace.WithObserver(failures))
	defer p.Close()
	_, _ = pool.Go(ctx, p, func(context.Context) error { return os.ErrNotExist }, millrace.WithTaskName("read")).Await(ctx)
	fmt.Println(failures.counts)
	// Output: {"read": 1}
}
