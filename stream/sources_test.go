package stream_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// first yields 0, 1, … n-1.
func (r *rig) first(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer r.call()()
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// next returns a function for FromFunc that returns 0, 1, … n-1. It makes one run.
func (r *rig) next(n int) func(context.Context) (int, error) {
	i := -1
	return func(context.Context) (int, error) {
		defer r.call()()
		if i++; i >= n {
			return 0, io.EOF
		}
		return i, nil
	}
}

func TestSources(t *testing.T) {
	for _, src := range sources {
		t.Run(src.name, func(t *testing.T) {
			for n := range 4 {
				inRig(t, 2, func(r *rig) {
					r.run(func() {
						got, err := src.make(r, n).Collect(bg)
						if want(t, "Collect()", got, upTo(n), false); err != nil {
							t.Errorf("Collect() = %v, want nil", err)
						}
					})
				})
			}
		})
	}
}

func TestFromSeq2PassesErrors(t *testing.T) {
	in := []item[int]{{v: 1}, {err: fault(1)}, {v: 2}, {err: fault(2)}}
	s := stream.FromSeq2(func(yield func(int, error) bool) {
		for _, it := range in {
			if !yield(it.v, it.err) {
				return
			}
		}
	})
	if got := gather(s.All(bg)); !slices.Equal(got, in) {
		t.Errorf("All() yields %v, want %v", got, in)
	}
}

// An error other than io.EOF is an item, and so is one that wraps it.
func TestFromFuncErrors(t *testing.T) {
	wrapped := errors.Join(io.EOF)
	in := []item[int]{{v: 1}, {err: fault(1)}, {err: wrapped}, {v: 2}}
	i := 0
	s := stream.FromFunc(func(context.Context) (int, error) {
		if i == len(in) {
			return 0, io.EOF
		}
		i++
		return in[i-1].v, in[i-1].err
	})
	if got := gather(s.All(bg)); !slices.Equal(got, in) {
		t.Errorf("All() yields %v, want %v", got, in)
	}
}

// The context of a FromFunc ends with the run, also if a stage below ends it
// while the function blocks.
func TestFromFuncMayBlockOnItsContext(t *testing.T) {
	for _, st := range stages {
		if !st.crosses {
			continue
		}
		t.Run(st.name, func(t *testing.T) {
			inRig(t, 2, func(r *rig) {
				i := 0
				s := st.over(r, stream.FromFunc(func(ctx context.Context) (int, error) {
					defer r.call()()
					if i++; i > 3 {
						<-ctx.Done()
						return 0, ctx.Err()
					}
					return i, nil
				}))
				start := time.Now()
				r.run(func() { want(t, "Take(3)", must(s.Take(3).Collect(bg)), []int{1, 2, 3}, st.unordered) })
				if took := time.Since(start); took > 10*time.Millisecond {
					t.Errorf("Take(3) of a source that then blocks took %v, want no wait for it", took)
				}
			})
		})
	}
}

// What a function returns after the end of the context is not an item, not even for the
// stages, nor the end of the items; and then it is not called again.
func TestFromFuncAfterTheEnd(t *testing.T) {
	for _, err := range []error{nil, fault(2), io.EOF} {
		inRig(t, 1, func(r *rig) {
			ctx, cancel := context.WithCancelCause(bg)
			time.AfterFunc(time.Second, func() { cancel(fault(1)) })
			calls, items := 0, 0
			s := stream.FromFunc(func(ctx context.Context) (int, error) {
				calls++
				<-ctx.Done()
				return 7, err
			}).Tap(func(int) { items++ })
			for range 2 { // the second time with a context that has ended
				got := gather(s.All(ctx))
				if len(got) != 1 {
					t.Fatalf("the function returns %v: All() yields %v, want one error", err, got)
				}
				wantNotDone(t, "All()", got[0].err, fault(1))
			}
			if calls != 1 || items != 0 {
				t.Errorf("the function returns %v: it is called %d times, and makes %d items; want 1, 0", err, calls, items)
			}
		})
	}
}

// Runs of one FromChan share the channel; nothing of it is lost to an end
// between two items.
func TestFromChanIsShared(t *testing.T) {
	ch := make(chan int, 4)
	s := stream.FromChan(ch)
	for v := range 4 {
		ch <- v
	}
	want(t, "Take(1)", must(s.Take(1).Collect(bg)), []int{0}, false)
	want(t, "Take(2)", must(s.Take(2).Collect(bg)), []int{1, 2}, false)
	ch <- 4
	close(ch)
	want(t, "Collect()", must(s.Collect(bg)), []int{3, 4}, false)
}

// An item that is there does not hide the end of the context: the next one is not received.
func TestFromChanSeesTheEnd(t *testing.T) {
	for range 20 {
		ch := make(chan int, 100)
		for v := range cap(ch) {
			ch <- v
		}
		ctx, cancel := context.WithCancel(bg)
		err := stream.FromChan(ch).ForEach(ctx, func(int) error {
			cancel()
			return nil
		})
		if len(ch) != cap(ch)-1 {
			t.Errorf("a loop that ends its context at the first item takes %d", cap(ch)-len(ch))
		}
		wantNotDone(t, "ForEach()", err, context.Canceled)
	}
}

// must returns the items of a sink without an error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// With a context that has ended no source is asked for an item, under whatever stage.
func TestSourcesWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(bg)
	cancel(fault(1))
	for _, src := range sources {
		overPairs(t, 1, func(r *rig, name string, _ bool, over func(ints) ints) {
			r.run(func() {
				_, err := over(src.make(r, 3)).Count(ctx)
				wantNotDone(t, src.name+" under "+name+": Count()", err, fault(1))
			})
			if n := r.calls.Load(); n != 0 {
				t.Errorf("%s under %s: %d calls with an ended context, want none", src.name, name, n)
			}
		})
	}
}
