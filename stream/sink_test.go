package stream_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/stream"
)

// from yields items that are there already.
func from[T any](items []item[T]) stream.Stream[T] {
	return stream.FromSeq2(func(yield func(T, error) bool) {
		for _, it := range items {
			if !yield(it.v, it.err) {
				return
			}
		}
	})
}

// faultAt returns the numbers up to n, with an error in place of one of them.
func faultAt(n, at int) []item[int] {
	items := good(upTo(n)...)
	if at < n {
		items[at] = item[int]{err: fault(at)}
	}
	return items
}

func TestAllGoesOnAfterErrors(t *testing.T) {
	for at := range 4 {
		in := faultAt(3, at)
		if got := gather(from(in).All(bg)); !slices.Equal(got, in) {
			t.Errorf("All() yields %v, want %v", got, in)
		}
	}
}

// Every sink but All stops at the first error, with what it has until there, and
// pulls nothing more.
func TestSinksStopAtTheFirstError(t *testing.T) {
	for at := range 5 {
		pulled := 0
		s := from(faultAt(4, at)).Tap(func(int) { pulled++ })
		var wantErr error
		if at < 4 {
			wantErr = fault(at)
		}
		check := func(sink string, got, want any, err error) {
			t.Helper()
			if got != want || err != wantErr {
				t.Errorf("%s of an error at %d = %v, %v, want %v, %v", sink, at, got, err, want, wantErr)
			}
			if pulled != at {
				t.Errorf("%s of an error at %d pulls %d items, want %d", sink, at, pulled, at)
			}
			pulled = 0
		}
		all, err := s.Collect(bg)
		check("Collect()", len(all), at, err)
		n, err := s.Count(bg)
		check("Count()", n, at, err)
		check("Drain()", nil, nil, s.Drain(bg))
		calls := 0
		err = s.ForEach(bg, func(int) error { calls++; return nil })
		check("ForEach()", calls, at, err)
		sum, err := stream.Reduce(bg, s, 100, func(acc, v int) (int, error) { return acc + v, nil })
		check("Reduce()", sum, 100+at*(at-1)/2, err)
	}
}

func TestSinkFunctionsEndTheRun(t *testing.T) {
	pulled := 0
	s := stream.FromSeq(numbers).Tap(func(int) { pulled++ })
	err := s.ForEach(bg, func(v int) error {
		if v == 3 {
			return fault(3)
		}
		return nil
	})
	if err != fault(3) || pulled != 4 {
		t.Errorf("ForEach() = %v after %d items, want fault 3 after 4", err, pulled)
	}
	sum, err := stream.Reduce(bg, s, 0, func(acc, v int) (int, error) {
		if v == 3 {
			return -1, fault(3)
		}
		return acc + v, nil
	})
	if sum != 3 || err != fault(3) {
		t.Errorf("Reduce() = %d, %v, want 3 (the last result before the error), fault 3", sum, err)
	}
}

func TestFirst(t *testing.T) {
	pulled := 0
	s := stream.FromSeq(numbers).Tap(func(int) { pulled++ }).Skip(2)
	if v, ok, err := s.First(bg); v != 2 || !ok || err != nil || pulled != 3 {
		t.Errorf("First() = %d, %v, %v after %d items, want 2, true, nil after 3", v, ok, err, pulled)
	}
	if v, ok, err := (ints{}).First(bg); v != 0 || ok || err != nil {
		t.Errorf("First() of nothing = %d, %v, %v, want 0, false, nil", v, ok, err)
	}
	if v, ok, err := from(faultAt(2, 0)).First(bg); v != 0 || ok || err != fault(0) {
		t.Errorf("First() of an error = %d, %v, %v, want 0, false, fault 0", v, ok, err)
	}
	if v, ok, err := from(faultAt(2, 1)).First(bg); v != 0 || !ok || err != nil {
		t.Errorf("First() of an item before an error = %d, %v, %v, want 0, true, nil", v, ok, err)
	}
}

// everySink has each sink, reduced to its error.
var everySink = map[string]func(context.Context, ints) error{
	"All": func(ctx context.Context, s ints) error {
		_, errs := values(gather(s.All(ctx)))
		return errors.Join(errs...)
	},
	"Collect": func(ctx context.Context, s ints) error {
		_, err := s.Collect(ctx)
		return err
	},
	"Count": func(ctx context.Context, s ints) error {
		_, err := s.Count(ctx)
		return err
	},
	"Drain": func(ctx context.Context, s ints) error { return s.Drain(ctx) },
	"ForEach": func(ctx context.Context, s ints) error {
		return s.ForEach(ctx, func(int) error { return nil })
	},
	"Reduce": func(ctx context.Context, s ints) error {
		_, err := stream.Reduce(ctx, s, 0, func(int, int) (int, error) { return 0, nil })
		return err
	},
}

// A run that is complete when its context ends has no error; one that is not
// has that of the context.
func TestSinksAtTheEndOfTheContext(t *testing.T) {
	for sink, run := range everySink {
		for _, complete := range []bool{true, false} {
			ctx, cancel := context.WithCancelCause(bg)
			err := run(ctx, stream.FromSeq(func(yield func(int) bool) {
				if !yield(0) {
					return
				}
				cancel(fault(1))
				if !complete {
					yield(1)
				}
			}))
			switch {
			case !complete:
				wantNotDone(t, sink+"()", err, fault(1))
			case err != nil:
				t.Errorf("%s() of a run that was complete = %v, want nil", sink, err)
			}
		}
	}
}

// A stage that has many items at the end of the context makes no more than one of them.
func TestStagesSeeTheEndOfTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(bg)
	made := 0
	s := stream.Flatten(stream.FromSlice([][]int{upTo(1000)})).Tap(func(int) { made++ })
	err := s.ForEach(ctx, func(int) error { cancel(fault(1)); return nil })
	wantNotDone(t, "ForEach()", err, fault(1))
	if made != 2 {
		t.Errorf("%d items are made, want that of the loop body and the next", made)
	}
}

// With a context that has ended before the run, no item is delivered.
func TestSinksWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(bg)
	cancel(fault(1))
	for sink, run := range everySink {
		delivered := 0
		err := run(ctx, stream.FromSlice(upTo(3)).Tap(func(int) { delivered++ }))
		wantNotDone(t, sink+"()", err, fault(1))
		if delivered != 0 {
			t.Errorf("%s() with an ended context is passed %d items, want none", sink, delivered)
		}
		if err := run(ctx, ints{}); err != nil {
			t.Errorf("%s() of nothing with an ended context = %v, want nil", sink, err)
		}
	}
}

func TestFirstWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(bg)
	cancel(fault(1))
	_, ok, err := stream.FromSlice(upTo(1)).First(ctx)
	if ok {
		t.Error("First() with an ended context has an item, want none")
	}
	wantNotDone(t, "First()", err, fault(1))
}
