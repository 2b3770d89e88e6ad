package future_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"unsafe"

	"github.com/millrace-go/millrace/future"
)

// sources are the ways to a future that succeeds with v.
func sources[T any](v T) map[string]*future.Future[T] {
	p := future.NewPromise[T]()
	p.Start()
	p.Resolve(v)
	return map[string]*future.Future[T]{
		"Go":       future.Go(bg, func(context.Context) (T, error) { return v, nil }),
		"Promise":  p.Future(),
		"Resolved": future.Resolved(v),
	}
}

// readings are the ways to the value of a future that is going to succeed.
func readings[T any](f *future.Future[T]) map[string]func() (T, error) {
	return map[string]func() (T, error){
		"Await": func() (T, error) { return f.Await(bg) },
		"Poll": func() (T, error) {
			<-f.Done()
			r, _ := f.Poll()
			return r.Value, r.Err
		},
		"Any":  func() (T, error) { return future.Any(bg, f) },
		"Race": func() (T, error) { return future.Race(bg, f) },
		"All": func() (T, error) {
			vs, err := future.All(bg, f, f)
			return vs[1], err
		},
		"AllSettled": func() (T, error) {
			rs, err := future.AllSettled(bg, f, f)
			if err != nil {
				return rs[1].Value, err
			}
			return rs[1].Value, rs[1].Err
		},
		"OnDone": func() (T, error) {
			got := make(chan *future.Future[T], 1)
			f.OnDone(func(f *future.Future[T]) { got <- f })
			r, _ := (<-got).Poll()
			return r.Value, r.Err
		},
	}
}

// wantThrough fails t unless v comes out of every kind of future as it went in.
func wantThrough[T any](t *testing.T, v T) {
	t.Helper()
	for source, f := range sources(v) {
		for reading, read := range readings(f) {
			if got, err := read(); !reflect.DeepEqual(got, v) || err != nil {
				t.Errorf("%T from %s by %s: the value has changed, or %v", v, source, reading, err)
			}
		}
	}
	failed := future.Rejected[T](errBoom)
	var zero T
	for _, reading := range []string{"Await", "Poll", "Race", "OnDone"} {
		if got, err := readings(failed)[reading](); !reflect.DeepEqual(got, zero) || err != errBoom {
			t.Errorf("%T of a rejected future by %s: %v, want the zero value and boom", v, reading, err)
		}
	}
	if all := fmt.Sprintf("%d %v", len(settledOf(failed, future.Resolved(v))), failed.State()); all != "2 failed" {
		t.Errorf("%T: AsCompleted and State say %s, want 2 failed", v, all)
	}
}

func settledOf[T any](fs ...*future.Future[T]) (out []*future.Future[T]) {
	for f := range future.AsCompleted(bg, fs...) {
		out = append(out, f)
	}
	return out
}

// Values of any size and kind are kept as they are: nothing, a page, pointers, and
// interfaces that hold nil or a nil pointer.
func TestValuesOfAnyType(t *testing.T) {
	wantThrough(t, struct{}{})
	wantThrough(t, [0]int{})
	wantThrough(t, true)
	wantThrough(t, byte(255))
	var page [1 << 16]byte
	page[0], page[len(page)-1] = 1, 2
	wantThrough(t, page)
	wantThrough(t, struct {
		a byte
		b [3]uint64
		c byte
	}{1, [3]uint64{2, 3, 4}, 5})
	n := 7
	wantThrough(t, &n)
	wantThrough(t, (*int)(nil))
	wantThrough(t, any(nil))
	wantThrough(t, any((*int)(nil)))
	wantThrough(t, error(nil))
	wantThrough(t, error((*pointerError)(nil)))
	wantThrough(t, []string(nil))
	wantThrough(t, []string{"a", "b"})
	wantThrough(t, map[string]int{"a": 1})
	wantThrough(t, (func())(nil))
	wantThrough(t, (chan int)(nil))
	wantThrough(t, unsafe.Pointer(&n))
	wantThrough(t, future.Result[any]{})
}

// An error as a value is not the error of the task.
func TestErrorAsValue(t *testing.T) {
	f := future.Go(bg, func(context.Context) (error, error) { return errBoom, nil })
	if v, err := f.Await(bg); v != errBoom || err != nil || f.State() != future.Succeeded {
		t.Errorf("Await() = %v, %v, then %v, want boom as the value, succeeded", v, err, f.State())
	}
}

// A future of futures is settled when the outer one is.
func TestFutureOfFutures(t *testing.T) {
	inner := future.NewPromise[int]()
	outer := future.Resolved(inner.Future())
	f, err := outer.Await(bg)
	if err != nil || f.State() != future.Pending {
		t.Fatalf("Await() = %v, %v, want the inner future, pending", f, err)
	}
	inner.Resolve(7)
	if v, err := f.Await(bg); v != 7 || err != nil {
		t.Errorf("Await() of the inner one = %v, %v, want 7", v, err)
	}
}

// The reading half does not convert to the writing half.
func TestFutureIsNoPromise(t *testing.T) {
	if reflect.TypeFor[*intFuture]().ConvertibleTo(reflect.TypeFor[*intPromise]()) {
		t.Error("a *Future[int] converts to a *Promise[int]")
	}
}
