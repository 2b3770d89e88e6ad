package local_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

var _ observe.QueueSource = (*local.Engine)(nil)

// Status shows what is queued, held and runs, and what became of the rest.
func TestStatus(t *testing.T) {
	begun, open := make(chan int, 20), make(chan error, 20)
	task := cluster.Define("wait", func(ctx context.Context, n int) (int, error) {
		begun <- n
		select {
		case err := <-open:
			return n, err
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	})
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(0))
	e := local.New(p, task)
	c := cluster.NewClient(e)
	first := task.Submit(t.Context(), c, 1, cluster.WithID("first"))
	<-begun
	for n := range 4 {
		task.Submit(t.Context(), c, n)
	}
	for !holds(e, 2) { // one runs, and one waits for a place in the pool
		time.Sleep(time.Millisecond)
	}
	s, err := e.Status(t.Context())
	if err != nil || s.Queued != 3 || s.Held != 2 || s.Oldest <= 0 || s.Kept != 0 || len(s.Workers) != 1 {
		t.Fatalf("Status = %+v, %v", s, err)
	}
	w := s.Workers[0]
	if w.Slots != 1 || w.Held != 2 || len(w.Running) != 1 || w.Running[0].ID != "first" || w.Running[0].Attempt != 1 || !slices.Equal(w.Tasks, []string{"wait"}) || w.Silent(0) {
		t.Errorf("the worker is %+v", w)
	}
	first.Abort(nil)
	if _, err := first.Await(t.Context()); !errors.Is(err, cluster.ErrAborted) { // or else it might take what is for others
		t.Errorf("the call that was aborted: %v", err)
	}
	open <- errors.New("failed")
	for range 3 {
		open <- nil
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, _ = e.Status(t.Context())
	if w := s.Workers[0]; s.Queued+s.Held != 0 || s.Kept != 1 || w.Aborted != 1 || w.Failed != 1 || w.Succeeded != 3 {
		t.Errorf("Status at the end = %+v", s)
	}
	_ = e.Close()
	if s, _ = e.Status(t.Context()); len(s.Workers) != 0 {
		t.Errorf("Status of a closed engine = %+v", s)
	}
}

func holds(e *local.Engine, n int) bool {
	s, _ := e.Status(context.Background())
	return s.Held == n
}
