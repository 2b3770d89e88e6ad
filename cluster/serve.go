package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/millrace-go/millrace/pool"
)

// Serve runs calls of the tasks on p, and blocks until ctx ends. Then it takes no more
// calls, gives back to the engine those that p has not begun, lets the others finish and
// returns nil. It returns an error if the engine fails, or if p takes no more tasks.
//
// The bounds of the worker are those of the pool: slots, weights, keys and rates;
// [Task.Locally] says how much of them a call takes. The pool's queue must be bounded,
// with millrace.WithQueue. Serve fetches calls for as long as the pool takes them, and
// one more; no other worker can take a call that waits here. As many places as slots are
// plenty for calls of milliseconds; for calls of seconds use 0. A full queue makes Serve
// wait, whatever the pool's WithOverflow says.
//
// A function may submit calls and wait for them with the context that it was given: it
// lends its slot meanwhile, so that one slot is enough for a recursion of any depth.
//
// Several Serves may share an engine and a pool. Serve panics if e or p is nil, if the
// queue of p has no bound, if there is no task, if a task is declared and not defined, or
// if two have the same name.
func Serve(ctx context.Context, e Engine, p *pool.Pool, tasks ...Handler) error {
	checkContext("Serve", ctx)
	if e == nil || p == nil {
		panic("cluster: Serve: nil engine or pool")
	}
	if p.Stats().QueueLimit < 0 {
		panic("cluster: Serve: the pool's queue has no bound: make it with millrace.WithQueue")
	}
	s := newServer(p, tasks)
	ctx, s.fail = context.WithCancelCause(ctx)
	defer s.fail(nil)
	// What the pool has not begun when the worker is to end goes back, since others
	// have slots. It goes back call by call: to drop all that is pending would hit what
	// others have submitted to the pool.
	stop := context.AfterFunc(ctx, s.takeBack)
	defer stop()
	err := e.Serve(ctx, s.worker(), s.accept)
	s.out.Wait()
	var failure *serveError
	if errors.As(context.Cause(ctx), &failure) {
		return failure
	}
	return err
}

// A serveError says why a server ended before its context did.
type serveError struct{ reason error }

func (e *serveError) Error() string {
	return "cluster: the worker's pool takes no more tasks: " + e.reason.Error()
}
func (e *serveError) Unwrap() error { return e.reason }

// A server is one Serve.
type server struct {
	pool  *pool.Pool
	name  string
	tasks map[string]Handler
	fail  context.CancelCauseFunc
	out   sync.WaitGroup // runs that have neither finished nor been given back

	mu struct {
		sync.Mutex
		ending  bool
		runs    map[*run]struct{} // not ended
		unknown unknown
	}
}

func newServer(p *pool.Pool, tasks []Handler) *server {
	if len(tasks) == 0 {
		panic("cluster: Serve: no task")
	}
	host, _ := os.Hostname()
	s := &server{
		pool:  p,
		name:  fmt.Sprintf("%s/%d/%s", host, os.Getpid(), strings.ToLower(rand.Text()[:8])),
		tasks: make(map[string]Handler),
	}
	s.mu.runs = make(map[*run]struct{})
	for _, t := range tasks {
		switch {
		case t == nil:
			panic("cluster: Serve: nil task")
		case !t.defined():
			panic(fmt.Sprintf("cluster: Serve: task %q is declared, not defined", t.Name()))
		case s.tasks[t.Name()] != nil:
			panic(fmt.Sprintf("cluster: Serve: two tasks are named %q", t.Name()))
		}
		s.tasks[t.Name()] = t
	}
	return s
}

func (s *server) worker() Worker {
	w := Worker{Name: s.name, Slots: s.pool.Stats().Workers}
	for name := range s.tasks {
		w.Tasks = append(w.Tasks, name)
	}
	slices.Sort(w.Tasks)
	return w
}

// accept takes a call that the engine has leased. It blocks while the pool is full.
func (s *server) accept(l Lease) {
	c := l.Call()
	out := Outcome{ID: c.ID, Worker: s.name, Attempt: l.Attempt()}
	if l.Attempt() > c.Attempts {
		out.Kind = Lost
		out.Fault = NewFault(fmt.Sprintf("started %d times; each time its worker died or lost its lease", l.Attempt()-1))
		l.Finish(out)
		return
	}
	t := s.tasks[c.Task]
	if t == nil || t.signature() != c.Sig {
		s.pass(l, out)
		return
	}
	r := &run{server: s, lease: l, call: c, task: t, out: out}
	r.submit()
}

// add notes a run; it reports false if the worker is to end.
func (s *server) add(r *run) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.ending {
		return false
	}
	s.mu.runs[r] = struct{}{}
	s.out.Add(1)
	return true
}

func (s *server) remove(r *run) {
	s.mu.Lock()
	delete(s.mu.runs, r)
	s.mu.Unlock()
	s.out.Done()
}

// takeBack gives back what has not begun. It is called once, at the end.
func (s *server) takeBack() {
	s.mu.Lock()
	s.mu.ending = true
	runs := make([]*run, 0, len(s.mu.runs))
	for r := range s.mu.runs {
		runs = append(runs, r)
	}
	s.mu.Unlock()
	for _, r := range runs {
		r.takeBack()
	}
}
