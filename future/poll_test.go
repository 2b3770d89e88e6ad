package future_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

func TestPoll(t *testing.T) {
	for state, want := range map[future.State]future.Result[int]{
		future.Pending:   {},
		future.Running:   {},
		future.Succeeded: {Value: 1},
		future.Failed:    {Err: errBoom},
	} {
		if r, ok := inState(state).Future().Poll(); r != want || ok != state.Settled() {
			t.Errorf("Poll() = %v, %v of a future that is %v, want %v, %v", r, ok, state, want, state.Settled())
		}
	}
	if r, ok := inState(future.Cancelled).Future().Poll(); r.Err == nil || !ok {
		t.Errorf("Poll() = %v, %v of a cancelled future, want an error and true", r, ok)
	}
}

// What Poll returns is one outcome, never half of one: the two words of the
// value and the error belong together.
func TestPollIsOneSnapshot(t *testing.T) {
	type pair struct{ a, b int }
	for range 300 {
		p := future.NewPromise[pair]()
		var wg sync.WaitGroup
		wg.Go(func() { p.Resolve(pair{7, 7}) })
		wg.Go(func() { p.Reject(errBoom) })
		for {
			r, ok := p.Future().Poll()
			if ok && r.Err == nil && r.Value != (pair{7, 7}) || ok && r.Err != nil && r.Value != (pair{}) || !ok && r != (future.Result[pair]{}) {
				t.Fatalf("Poll() = %v, %v, want one outcome", r, ok)
			}
			if ok {
				break
			}
			runtime.Gosched() // on one processor the others come only then
		}
		wg.Wait()
	}
}

func TestDone(t *testing.T) {
	p := future.NewPromise[int]()
	f := p.Future()
	done := f.Done()
	if isClosed(done) {
		t.Error("Done() of a pending future is closed")
	}
	p.Start()
	if f.Done() != done || isClosed(done) {
		t.Error("Done() of a running future is another channel, or closed")
	}
	p.Resolve(1)
	if f.Done() != done || !isClosed(done) {
		t.Error("Done() of a settled future is another channel, or open")
	}
	for _, s := range []future.State{future.Succeeded, future.Failed, future.Cancelled} {
		if !isClosed(inState(s).Future().Done()) {
			t.Errorf("Done(), first asked for when %v, is open", s)
		}
	}
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// The channel that is asked for while the future settles is closed, whoever is
// first: otherwise the bubble ends in a deadlock.
func TestDoneRacesSettling(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for range 500 {
			p := future.NewPromise[int]()
			f := p.Future()
			var wg sync.WaitGroup
			wg.Go(func() { p.Resolve(1) })
			wg.Go(func() { <-f.Done() })
			<-f.Done()
			if s := f.State(); s != future.Succeeded {
				t.Errorf("the future is %v, and its channel is closed, want succeeded", s)
			}
			wg.Wait()
		}
	})
}

// Done works in a select with time, in virtual time too.
func TestDoneInSelect(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		f := future.Go(bg, func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil })
		start := time.Now()
		for range 2 {
			select {
			case <-f.Done():
			case <-time.After(40 * time.Second):
			}
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("the future was done after %v, want 1m", took)
		}
	})
}
