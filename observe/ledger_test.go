package observe_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// ledger is an observer that checks the order of its calls, and keeps what it is told
// of each task by its name.
type ledger struct {
	mu    sync.Mutex
	tasks map[string]*account
	wrong []string
}

// An account is what was told of a task.
type account struct {
	submitted, started, ended, neverRan int
	panicked                            bool
	err                                 error
}

type ledgerKey struct{}

func (l *ledger) account(t *millrace.TaskInfo) *account {
	a := l.tasks[t.Name]
	if a == nil {
		a = &account{}
		l.tasks[t.Name] = a
	}
	return a
}

func (l *ledger) check(ok bool, t *millrace.TaskInfo, format string, args ...any) {
	if !ok {
		l.wrong = append(l.wrong, fmt.Sprintf("%s: %s (%+v)", t.Name, fmt.Sprintf(format, args...), *t))
	}
}

func (l *ledger) Submitted(ctx context.Context, t *millrace.TaskInfo) context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account(t)
	a.submitted++
	l.check(a.submitted == 1, t, "submitted %d times", a.submitted)
	l.check(t.Note == nil && t.Pool == "p" && !t.Submitted.IsZero(), t, "not fresh")
	t.Note = a
	return context.WithValue(ctx, ledgerKey{}, a)
}

func (l *ledger) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account(t)
	a.started++
	l.check(a.submitted == 1 && a.ended == a.started-1 && a.neverRan == 0, t, "started in the wrong order: %+v", a)
	l.check(t.Note == a && ctx.Value(ledgerKey{}) == a, t, "started with the note or the context of another")
	l.check(t.Attempt == a.started && t.Wait >= 0, t, "attempt %d, want %d", t.Attempt, a.started)
	return ctx
}

func (l *ledger) Ended(ctx context.Context, t *millrace.TaskInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account(t)
	a.ended++
	a.panicked, a.err = t.Panicked, t.Err
	l.check(a.started == a.ended && a.neverRan == 0, t, "ended in the wrong order: %+v", a)
	l.check(t.Note == a && ctx.Value(ledgerKey{}) == a, t, "ended with the note or the context of another")
	l.check(t.Run >= 0 && t.Lent >= 0 && t.Lent <= t.Run, t, "ran %v and lent %v", t.Run, t.Lent)
	var p *future.PanicError
	l.check(!t.Panicked || errors.As(t.Err, &p), t, "panicked with %v", t.Err)
}

func (l *ledger) NeverRan(ctx context.Context, t *millrace.TaskInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.account(t)
	a.neverRan++
	a.err = t.Err
	l.check(a.submitted == 1 && a.started == 0 && a.neverRan == 1, t, "never ran in the wrong order: %+v", a)
	l.check(t.Note == a && ctx.Value(ledgerKey{}) == a && t.Err != nil, t, "never ran with the note or the context of another, or no error")
}

// A submitted is a task of a random program.
type submitted struct {
	name   string
	f      *future.Future[struct{}]
	called *bool
	then   bool
}

// program submits tasks of all kinds to a pool, and does other things to it.
type program struct {
	r    *rand.Rand
	p    *pool.Pool
	mu   sync.Mutex
	n    int
	all  []submitted
	root context.Context
}

// submit submits a random task.
func (g *program) submit(ctx context.Context, ex pool.Executor, depth int) *future.Future[struct{}] {
	g.mu.Lock()
	g.n++
	s := submitted{name: fmt.Sprint("task ", g.n), called: new(bool)}
	kind, took := g.r.IntN(10), time.Duration(g.r.IntN(5))*time.Millisecond
	opts := []millrace.TaskOption{millrace.WithTaskName(s.name)}
	for _, o := range []millrace.TaskOption{
		millrace.WithKey(g.r.IntN(3)), millrace.WithPriority(g.r.IntN(3)), millrace.WithTimeout(2 * time.Millisecond), millrace.WithWeight(int64(g.r.IntN(12))),
		millrace.WithDelay(time.Millisecond), millrace.WithMaxWait(3 * time.Millisecond), millrace.WithOverflow(millrace.CallerRuns),
		millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) {
			switch kind + attempt {
			case 2:
				panic("schedule")
			case 3:
				runtime.Goexit()
			}
			return time.Duration(attempt) * time.Millisecond, attempt < 3
		}),
	} {
		if g.r.IntN(4) == 0 && (depth == 0 || o == nil) {
			opts = append(opts, o)
		}
	}
	s.then = depth == 0 && g.r.IntN(5) == 0 && len(g.all) > 0
	var input *future.Future[struct{}]
	if s.then {
		input = g.all[g.r.IntN(len(g.all))].f
	}
	g.mu.Unlock()
	fn := func(ctx context.Context) (struct{}, error) {
		*s.called = true
		return struct{}{}, g.body(ctx, ex, kind, took, depth)
	}
	if s.then {
		s.f = pool.Then(ctx, ex, input, func(ctx context.Context, _ struct{}) (struct{}, error) { return fn(ctx) }, opts...)
	} else {
		s.f = pool.Submit(ctx, ex, fn, opts...)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all = append(g.all, s)
	return s.f
}

// body is the function of a task.
func (g *program) body(ctx context.Context, ex pool.Executor, kind int, took time.Duration, depth int) error {
	time.Sleep(took)
	switch kind {
	case 0:
		return errors.New("boom")
	case 1:
		panic("boom")
	case 2:
		runtime.Goexit()
	case 3:
		<-time.After(3 * time.Millisecond)
		return ctx.Err()
	case 4, 5:
		if depth < 2 {
			_, err := g.submit(ctx, ex, depth+1).Await(ctx)
			return err
		}
	}
	return nil
}

// run is one user of the pool.
func (g *program) run() {
	for range 20 {
		g.mu.Lock()
		what, wait := g.r.IntN(14), time.Duration(g.r.IntN(3))*time.Millisecond
		g.mu.Unlock()
		time.Sleep(wait)
		ctx, cancel := context.WithCancel(g.root)
		switch what {
		case 0:
			cancel()
			g.submit(ctx, g.p, 0)
		case 1:
			g.submit(ctx, g.p, 0).Cancel()
		case 2:
			f := g.submit(ctx, g.p, 0)
			time.Sleep(time.Millisecond)
			f.Abort(errors.New("aborted"))
		case 3:
			_ = pool.Scope(ctx, g.p, func(ctx context.Context, s *pool.Group) error {
				for range 4 {
					g.submit(ctx, s, 0)
				}
				return nil
			}, millrace.WithLimit(2))
		case 4:
			time.AfterFunc(time.Millisecond, cancel)
			g.submit(ctx, g.p, 0)
		case 5:
			g.submit(ctx, g.p, 0)
			g.p.Drop(errors.New("dropped"))
		case 6:
			time.AfterFunc(time.Millisecond, g.p.Resume) // first: the submit may wait for it
			g.p.Pause()
			g.submit(ctx, g.p, 0)
		default:
			g.submit(ctx, g.p, 0)
		}
		defer cancel()
	}
}

// Whatever is done to a pool, each task is told once and in order, and as it ended.
func TestLedger(t *testing.T) {
	for seed := range uint64(60) {
		bubble.Run(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			l := &ledger{tasks: map[string]*account{}}
			opts := []millrace.PoolOption{
				millrace.WithName("p"), millrace.WithWorkers(1 + r.IntN(4)), millrace.WithMaxWeight(10), millrace.WithObserver(l),
			}
			if r.IntN(2) == 0 {
				opts = append(opts, millrace.WithQueue(r.IntN(4)), millrace.WithOverflow(millrace.Overflow(r.IntN(4))))
			}
			g := &program{r: r, p: pool.New(opts...), root: context.Background()}
			stop, ends, hard := time.Duration(r.IntN(60))*time.Millisecond, r.IntN(2) == 0, r.IntN(2) == 0
			var users sync.WaitGroup
			for range 3 {
				users.Go(g.run)
			}
			if ends {
				time.Sleep(stop)
				if hard {
					g.p.Stop(errors.New("stopped"))
				}
				g.p.Seal()
			}
			users.Wait()
			_ = g.p.Close()
			verify(t, seed, g, l)
		})
	}
}

// verify compares what was told with how the tasks ended.
func verify(t *testing.T, seed uint64, g *program, l *ledger) {
	t.Helper()
	for _, w := range l.wrong {
		t.Errorf("seed %d: %s", seed, w)
	}
	var submitted, ended, neverRan, panicked int
	for _, s := range g.all {
		a := l.tasks[s.name]
		if a == nil {
			t.Fatalf("seed %d: nothing was told of %s", seed, s.name)
		}
		submitted += a.submitted
		if a.ended > 0 { // once for each attempt
			ended++
		}
		neverRan += a.neverRan
		state := s.f.State()
		ran := state == future.Succeeded || state == future.Failed
		if s.then {
			ran = *s.called // it takes the state of its input if it has not run
		}
		if (a.ended > 0) != ran || (a.neverRan == 1) == ran || (a.started > 0) != *s.called || a.started != a.ended {
			t.Errorf("seed %d: %s is %v, its function was called: %t, and was told: %+v", seed, s.name, state, *s.called, *a)
		}
		if r, _ := s.f.Poll(); r.Err != a.err {
			t.Errorf("seed %d: %s has the error %v, and was told with %v", seed, s.name, r.Err, a.err)
		}
		if a.panicked {
			panicked++
		}
	}
	s := g.p.Stats()
	if submitted != len(g.all) || submitted != ended+neverRan || uint64(submitted) != s.Submitted+s.Refused || uint64(panicked) != s.Panicked {
		t.Errorf("seed %d: %d submitted, %d ended, %d never ran, %d panicked, of %d tasks and %+v", seed, submitted, ended, neverRan, panicked, len(g.all), s)
	}
}
