package observe_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/observe/queues"
	"github.com/millrace-go/millrace/pool"
)

// paths adds the paths of all that is no object or list in a value of JSON.
func paths(v any, at string, all map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, more := range v {
			paths(more, strings.TrimPrefix(at+"."+key, "."), all)
		}
	case []any:
		for _, more := range v {
			paths(more, at, all)
		}
	default:
		all[at] = true
	}
}

// What scripts read from the JSON stays there, under the same names.
func TestJSONFields(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		page.Add(&figures{stats: pool.Stats{Name: "web", Blocked: 1}, err: errors.New("closed")})
		page.AddQueue(queue(func(context.Context) (queues.Status, error) {
			w := queues.Worker{Name: "a", Tasks: []string{"send"}, Running: []queues.Call{{Task: "send"}}}
			return queues.Status{Queue: "mail", Workers: []queues.Worker{w}}, nil
		}))
		page.AddQueue(queue(func(context.Context) (queues.Status, error) { return queues.Status{}, errors.New("away") }))
		_, ended := page.Run(t.Context(), scripted(&millrace.Progress{}))
		defer ended()
		told{page, "web"}.run("bad", func(context.Context) outcome { return panics("boom") })
		time.Sleep(10 * time.Second)
		all := map[string]bool{}
		told{page, "web"}.run("asks", func(context.Context) outcome {
			var v any
			if err := json.Unmarshal(get(page, "/?format=json&stacks=1").Body.Bytes(), &v); err != nil {
				t.Error(err)
			}
			paths(v, "", all)
			return outcome{}
		})
		want := strings.Fields(`
			at attention.about attention.text attention.where failures.ago failures.count failures.error failures.first
			failures.kind failures.last failures.pool failures.run failures.stack failures.task pipelines.age
			pipelines.bottleneck.kind pipelines.bottleneck.reason pipelines.bottleneck.stage pipelines.pool
			pipelines.stages.delivered pipelines.stages.held pipelines.stages.inputEnded pipelines.stages.limit
			pipelines.stages.name pipelines.stages.pulled pipelines.stages.rate pipelines.stages.running pipelines.stages.window
			pools.Blocked pools.CallbackPanics pools.Cancelled pools.Deferred pools.DroppedObservers pools.Error pools.Failed
			pools.Goroutines pools.History.ended pools.History.failed pools.History.step pools.History.turnedAway pools.History.wait pools.MaxWeight
			pools.Name pools.OldestQueued pools.Panicked pools.QueueLimit pools.Queued pools.Refused pools.Running
			pools.Submitted pools.Succeeded pools.Waiting pools.Weight pools.Workers
			queues.age queues.calls.age queues.calls.attempt queues.calls.id queues.calls.task queues.calls.worker queues.engine
			queues.error queues.held queues.kept queues.known queues.lease queues.oldest queues.queue queues.queued
			queues.totals.failed queues.totals.lost queues.totals.retried queues.totals.running queues.totals.silent
			queues.totals.workers queues.unsure queues.workers.aborted queues.workers.beat queues.workers.failed
			queues.workers.held queues.workers.lost queues.workers.name queues.workers.refused queues.workers.retried
			queues.workers.returned queues.workers.running queues.workers.silent queues.workers.slots queues.workers.succeeded
			queues.workers.tasks tasks.age tasks.attempt tasks.id tasks.name tasks.pool tasks.stack tasks.wait
			totals.attention totals.failures totals.pipelines totals.pools totals.queues totals.tasks uptime`)
		for _, path := range want {
			if !all[path] {
				t.Errorf("the JSON has no %s any more", path)
			}
			delete(all, path)
		}
		for path := range all {
			t.Errorf("the JSON has %s as well, which this test does not know", path)
		}
	})
}

// HEAD is answered as GET is, without the page.
func TestPageHead(t *testing.T) {
	page := observe.NewPage()
	server := httptest.NewServer(page)
	defer server.Close()
	for _, target := range []string{"/", "/debug/millrace/?stacks=1", "/any/%2e%2e/path?format=json", "/?stacks=%zz&format=<b>&once", "//?" + strings.Repeat("x", 5000)} {
		head, err := http.Head(server.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		_ = head.Body.Close()
		got, err := http.Get(server.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()
		if head.StatusCode != http.StatusOK || got.StatusCode != http.StatusOK || head.Header.Get("Content-Type") != got.Header.Get("Content-Type") {
			t.Errorf("HEAD %s = %s, %v; GET = %s, %v", target, head.Status, head.Header, got.Status, got.Header)
		}
	}
}
