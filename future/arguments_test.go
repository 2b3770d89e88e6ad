package future_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// A condition that is none of the constants is a mistake, whatever the futures.
func TestUnknownCondition(t *testing.T) {
	for _, until := range []future.Until{3, 100, 255} {
		value := fmt.Sprintf("unknown condition %d", until)
		wantPanic(t, "Wait", value, func() { future.Wait(bg, until, future.Resolved(1)) })
		wantPanic(t, "Wait", value, func() { future.Wait[int](bg, until) })
	}
}

// A nil future is found at any place among the arguments, settled or not, and before
// anything is waited for.
func TestNilAmongMany(t *testing.T) {
	for _, at := range []int{0, 1, 999} {
		_, fs := promises(1000)
		fs[at] = nil
		for call, fn := range map[string]func(){
			"Wait":        func() { future.Wait(bg, future.AllCompleted, fs...) },
			"All":         func() { future.All(bg, fs...) },
			"AllSettled":  func() { future.AllSettled(bg, fs...) },
			"Any":         func() { future.Any(bg, fs...) },
			"Race":        func() { future.Race(bg, fs...) },
			"AsCompleted": func() { future.AsCompleted(bg, fs...) },
		} {
			wantPanic(t, call, "nil future", fn)
		}
	}
}

// No futures, as no arguments, a nil slice or an empty one, need no context that goes
// on, but they need one.
func TestNoFutures(t *testing.T) {
	var none context.Context
	for name, fs := range map[string][]*intFuture{"nil": nil, "empty": {}} {
		for call, fn := range map[string]func(){
			"Wait":        func() { future.Wait(none, future.AllCompleted, fs...) },
			"All":         func() { future.All(none, fs...) },
			"AllSettled":  func() { future.AllSettled(none, fs...) },
			"Any":         func() { future.Any(none, fs...) },
			"Race":        func() { future.Race(none, fs...) },
			"AsCompleted": func() { future.AsCompleted(none, fs...) },
		} {
			wantPanic(t, call, "nil context", fn)
		}
		vs, err := future.All(bg, fs...)
		rs, err2 := future.AllSettled(bg, fs...)
		if len(vs) != 0 || len(rs) != 0 || err != nil || err2 != nil {
			t.Errorf("All() and AllSettled() of a slice that is %s: %v, %v, %v, %v, want nothing and nil", name, vs, err, rs, err2)
		}
	}
}

// One future many times over is one future.
func TestOneFutureManyTimes(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		const n = 10_000
		p := future.NewPromise[int]()
		fs := slices.Repeat([]*intFuture{p.Future()}, n)
		time.AfterFunc(time.Second, func() { p.Resolve(7) })
		yielded := 0
		for range future.AsCompleted(bg, fs...) {
			yielded++
		}
		vs, err := future.All(bg, fs...)
		if yielded != 1 || err != nil || len(vs) != n || slices.ContainsFunc(vs, func(v int) bool { return v != 7 }) {
			t.Errorf("AsCompleted yielded %d futures, All() = %d values, %v, want 1, %d of 7", yielded, len(vs), err, n)
		}
	})
}

// The argument slices belong to the caller: nothing is written to them, and what the
// caller writes later changes nothing.
func TestArgumentsStayTheCallers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ps, fs := promises(3)
		args := slices.Clone(fs)
		seq := future.AsCompleted(bg, args...)
		for i, p := range ps {
			time.AfterFunc(time.Duration(i+1)*time.Second, func() { p.Resolve(i) })
		}
		var got []int
		for f := range seq {
			got = append(got, value(f))
			clear(args)
		}
		if !slices.Equal(got, []int{0, 1, 2}) {
			t.Errorf("AsCompleted yielded %v while its arguments were cleared, want all three", got)
		}
	})
}
