package stream_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/stream"
)

// received returns what comes out of a channel until it is closed.
func received[T any](ch <-chan future.Result[T]) (all []item[T]) {
	for r := range ch {
		all = append(all, item[T]{r.Value, r.Err})
	}
	return all
}

// The channel carries what All yields: all items, and errors in their places.
func TestToChan(t *testing.T) {
	for _, st := range stages {
		inRig(t, 2, func(r *rig) {
			r.run(func() {
				got := received(stream.ToChan(bg, st.over(r, mixed())))
				wantVs, wantErrs := values(gather(mixed().All(bg)))
				vs, errs := values(got)
				if want(t, st.name, vs, wantVs, st.unordered); !slices.Equal(errs, wantErrs) {
					t.Errorf("%s: the channel has errors %v, want %v", st.name, errs, wantErrs)
				}
			})
		})
	}
	if got := received(stream.ToChan(bg, ints{})); got != nil {
		t.Errorf("the channel of an empty stream has %v, want nothing", got)
	}
}

// The channel is closed when all stages have ended, not before.
func TestToChanClosesAfterTheRun(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		for n := range 4 {
			r.run(func() {
				s := stream.Map(stream.FromSeq(r.first(1000)), r.pool, r.same).Take(n)
				if got := received(stream.ToChan(bg, s)); len(got) != n {
					t.Errorf("the channel of Take(%d) has %v, want as many items", n, got)
				}
			})
		}
	})
}

// A run is at most two items ahead of what was received.
func TestToChanRunsTwoItemsAhead(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		var l ledger
		ctx, cancel := context.WithCancel(bg)
		ch := stream.ToChan(ctx, l.count(stream.FromSeq(numbers)))
		for range 5 {
			bubble.Left()
			if got := l.ahead(); got != 2 {
				t.Errorf("the run is %d items ahead of what was received, want 2", got)
			}
			<-ch
			l.delivered++
		}
		cancel()
	})
}

// When ctx ends the last thing to be received is its error, and the run ends
// whether anybody receives or not.
func TestToChanAtTheEndOfTheContext(t *testing.T) {
	for _, st := range stages {
		inRig(t, 2, func(r *rig) {
			for n := range 3 {
				ctx, cancel := context.WithCancelCause(bg)
				if n == 0 {
					cancel(fault(9))
				}
				var ch <-chan future.Result[int]
				r.run(func() {
					ch = stream.ToChan(ctx, st.over(r, stream.FromSeq(r.first(100))))
					for range n {
						<-ch
					}
					cancel(fault(9))
					time.Sleep(time.Second) // the run ends
				})
				got := received(ch)
				if len(got) != 1 {
					t.Errorf("%s: after the end of ctx the channel has %v, want one error", st.name, got)
					continue
				}
				wantNotDone(t, st.name, got[0].err, fault(9))
			}
		})
	}
}

// A run that blocks in its source ends with ctx.
func TestToChanOfASilentSource(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		ctx, cancel := context.WithTimeout(bg, time.Second)
		defer cancel()
		start := time.Now()
		got := received(stream.ToChan(ctx, r.onTime(0, never)))
		if took := time.Since(start); len(got) != 2 || got[0] != (item[int]{v: 0}) || took != time.Second {
			t.Fatalf("the channel has %v and is closed after %v, want 0 and an error after 1s", got, took)
		}
		wantNotDone(t, "ToChan()", got[1].err, context.DeadlineExceeded)
	})
}

// A run that is complete when ctx ends has no error.
func TestToChanOfACompleteRun(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		ctx, cancel := context.WithCancel(bg)
		ch := stream.ToChan(ctx, stream.FromSlice(upTo(1)))
		bubble.Left()
		cancel()
		if got := received(ch); !slices.Equal(got, good(0)) {
			t.Errorf("the channel of a run that was complete has %v, want its item", got)
		}
	})
}

// A panic or Goexit of the run is its last error: there is no caller to go on in.
func TestToChanPanics(t *testing.T) {
	for _, st := range stages {
		inRig(t, 2, func(r *rig) {
			r.run(func() {
				got := received(stream.ToChan(bg, st.over(r, stream.FromSeq(numbers).Tap(panicAtThree))))
				last := got[len(got)-1].err
				var p *future.PanicError
				if !errors.As(last, &p) || p.Value != fault(3) {
					t.Errorf("%s: the last error is %v, want the panic", st.name, last)
				}
			})
			r.run(func() {
				got := received(stream.ToChan(bg, st.over(r, stream.FromSeq(numbers).Tap(goexitAtThree))))
				if last := got[len(got)-1].err; !errors.Is(last, future.ErrGoexit) {
					t.Errorf("%s: the last error is %v, want ErrGoexit", st.name, last)
				}
			})
		})
	}
}

// A panic is not lost where nobody receives for a while, and does not wait for a
// receiver when ctx has ended.
func TestToChanPanicsUnheard(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		for _, wait := range []bool{true, false} {
			ctx, cancel := context.WithCancel(bg)
			ch := stream.ToChan(ctx, stream.FromSeq(numbers).Tap(func(v int) {
				if v == 1 {
					panic(fault(1))
				}
			}))
			bubble.Left() // one item and the panic wait for a receiver
			if !wait {
				cancel()
				bubble.Left()
			}
			got := received(ch)
			var p *future.PanicError
			if last := got[len(got)-1].err; !errors.As(last, &p) || p.Value != fault(1) {
				t.Errorf("the channel has %v, want the panic at the end", got)
			}
			if wait && (len(got) != 2 || got[0] != item[int]{v: 0}) {
				t.Errorf("the channel has %v, want the item before the panic, too", got)
			}
			cancel()
		}
	})
}

// Nothing is held by a channel that was not read to its end, once ctx has ended.
func TestToChanLeavesNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for range 10 {
			ctx, cancel := context.WithCancel(bg)
			<-stream.ToChan(ctx, stream.FromSeq(numbers).Buffer(4))
			cancel()
		}
	})
}

// A receiver that goes on at once gets no more than what was on its way when ctx
// ended, even if the stages above have many items ready.
func TestToChanSeesTheEnd(t *testing.T) {
	for range 100 {
		ctx, cancel := context.WithCancel(bg)
		ch := stream.ToChan(ctx, stream.Flatten(stream.FromSlice([][]int{upTo(1000)})))
		<-ch
		cancel()
		if got := received(ch); len(got) > 3 {
			t.Fatalf("after the end of ctx %d items are received, want at most 2 and the error", len(got)-1)
		}
	}
}
