package parallel

import (
	"context"
	"errors"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// First runs all of in at once and returns the first result without an error, which ends the
// others; or all errors joined, in the order in which the functions failed. Each is a task of its
// own: a runner for each would cost more, and has nothing to claim but one item.
func First[A, B any](ctx context.Context, ex sched.Executor, in []A, fn Func[A, B], cfg Config) (B, error) {
	r := &run[A, B]{in: tasks[A]{}, fn: fn}
	cfg.Concurrency, cfg.Window = len(in), len(in)
	r.init(ctx, ex, cfg, r, 1)
	out := &winner[B]{tally: tally[B]{loop: &r.loop}}
	r.out = out
	r.takeAll(uint64(len(in)))
	for i, a := range in {
		r.submit(uint64(i), a, &r.cfg.Task, nil)
	}
	err := out.run()
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case out.won:
		return out.value, nil
	case ctx.Err() != nil:
		return out.value, outcome.NotDone(ctx)
	}
	return out.value, errors.Join(append(out.errs, err)...)
}

// A winner is the sink of a run that ends with its first success. The goroutine that has it ends
// the other functions: the caller may be a task whose slot one of them has.
type winner[B any] struct {
	tally[B]
	won   bool // this and what follows are guarded by the loop's lock
	value B
	errs  []error
}

// put implements sink.
func (w *winner[B]) put(_ uint64, v B, err error) {
	w.mu.Lock()
	if err != nil {
		w.errs = append(w.errs, err)
		w.mu.Unlock()
		w.count(1)
		return
	}
	if !w.won {
		w.won, w.value = true, v
	}
	w.mu.Unlock()
	w.halted.Store(true)
	w.runners.Stop(errOver)
	w.halt()
}
