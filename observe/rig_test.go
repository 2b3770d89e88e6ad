package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
)

// told tells an observer of tasks as a pool does, without one.
type told struct {
	o    millrace.Observer
	pool string
}

// outcome is how a told task ends.
type outcome struct {
	err      error
	panicked bool
}

// panics is the outcome of a task that panics with the value.
func panics(value any) outcome {
	return outcome{&future.PanicError{Value: value, Stack: []byte("goroutine 7:\nthumb.render()\n")}, true}
}

// run tells of a task whose function is fn.
func (p told) run(name string, fn func(context.Context) outcome) {
	ctx := context.Background()
	info := &millrace.TaskInfo{Pool: p.pool, Name: name, Func: reflect.ValueOf(fn).Pointer(), Attempt: 1, Submitted: time.Now()}
	ctx = p.o.Submitted(ctx, info)
	info.Wait = time.Since(info.Submitted)
	ctx = p.o.Started(ctx, info)
	end := fn(ctx)
	info.Run = time.Since(info.Submitted) - info.Wait
	info.Err, info.Panicked = end.err, end.panicked
	p.o.Ended(ctx, info)
}

// refuse tells of a task that never ran.
func (p told) refuse(name string, err error) {
	info := &millrace.TaskInfo{Pool: p.pool, Name: name, Submitted: time.Now()}
	ctx := p.o.Submitted(context.Background(), info)
	info.Err = err
	p.o.NeverRan(ctx, info)
}

// get asks a handler, and returns its answer.
func get(h http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// answer is the page as JSON.
type answer struct {
	At        time.Time
	NoStacks  string
	Attention []struct{ Where, About, Text string }
	Pools     []struct {
		Name    string
		Error   string
		Running int
		History *struct{ Ended, Failed, Wait []float64 }
	}
	Pipelines []struct {
		Pool   string
		Stages []struct {
			Name                    string
			Rate                    float64
			Held, Window, Delivered uint64
			Running, Limit          int
		}
		Bottleneck struct {
			Kind, Reason string
			Stage        int
		}
	}
	Tasks []struct {
		ID                int
		Name, Pool, Stack string
		Age, Wait         float64
		Attempt           int
	}
	Failures []struct {
		Task, Pool, Kind, Error, Stack string
		Count                          int
		Ago                            float64
	}
	Queues []struct {
		Engine, Queue, Error       string
		Known                      bool
		Age, Oldest, Lease         float64
		Queued, Held, Kept, Unsure int
		Totals                     struct{ Workers, Silent, Running, Failed, Retried, Lost int }
		Workers                    []struct {
			Name           string
			Silent         bool
			Beat           float64
			Running, Slots int
		}
		Calls []struct {
			Task, ID, Worker string
			Attempt          int
			Age              float64
		}
	}
	Totals struct{ Attention, Pools, Pipelines, Tasks, Failures, Queues int }
}

// ask returns what the page says as JSON, with more of a query.
func ask(t *testing.T, h http.Handler, query string) (a answer) {
	t.Helper()
	w := get(h, "/?format=json&"+query)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("the page answered %d, %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}
