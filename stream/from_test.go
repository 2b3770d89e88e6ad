package stream_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// Each run has a sequence of its own, with the values of the run's context.
func TestFromMakesASequenceForEachRun(t *testing.T) {
	type key struct{}
	opened, closed := 0, 0
	s := stream.From(func(ctx context.Context) iter.Seq2[int, error] {
		opened++
		return func(yield func(int, error) bool) {
			defer func() { closed++ }()
			for i := range ctx.Value(key{}).(int) {
				if !yield(i, nil) {
					return
				}
			}
		}
	})
	for n := range 4 {
		ctx := context.WithValue(bg, key{}, n)
		want(t, "Collect()", must(s.Collect(ctx)), upTo(n), false)
		want(t, "Take(2)", must(s.Take(2).Collect(ctx)), upTo(min(n, 2)), false)
	}
	if opened != 8 || closed != 8 {
		t.Errorf("8 runs open %d sequences and close %d, want 8 and 8", opened, closed)
	}
}

// Errors that the sequence yields are items.
func TestFromPassesErrors(t *testing.T) {
	wantItems(t, "From()", stream.From(func(ctx context.Context) iter.Seq2[int, error] { return mixed().All(ctx) }),
		gather(mixed().All(bg))...)
}

// With a context that has ended nothing is opened.
func TestFromWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(bg)
	cancel(fault(1))
	_, err := stream.From(func(context.Context) iter.Seq2[int, error] {
		t.Error("the source is called with an ended context")
		return mixed().All(bg)
	}).Count(ctx)
	wantNotDone(t, "Count()", err, fault(1))
}

// A sequence that ends because its context has is a run that was cut short,
// whether it yields an error or just ends.
func TestFromThatEndsWithItsContext(t *testing.T) {
	for _, how := range []string{"an error", "an item", "nothing"} {
		inRig(t, 1, func(r *rig) {
			ctx, cancel := context.WithCancelCause(bg)
			time.AfterFunc(time.Second, func() { cancel(fault(1)) })
			s := stream.From(func(ctx context.Context) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) {
					defer r.call()()
					if !yield(0, nil) {
						return
					}
					<-ctx.Done()
					switch how {
					case "an error":
						yield(0, context.Cause(ctx))
					case "an item":
						yield(1, nil)
					}
				}
			})
			var got []item[int]
			r.run(func() { got = gather(s.All(ctx)) })
			if len(got) != 2 || got[0] != (item[int]{v: 0}) {
				t.Fatalf("a sequence that ends with %s yields %v, want 0 and an error", how, got)
			}
			wantNotDone(t, "All()", got[1].err, fault(1))
		})
	}
}

// contextSources are the sources that are given a context: here they yield 0, 1,
// … and pass their context on.
var contextSources = map[string]func(r *rig, got func(context.Context)) ints{
	"FromFunc": func(r *rig, got func(context.Context)) ints {
		i := -1
		return stream.FromFunc(func(ctx context.Context) (int, error) {
			defer r.call()()
			got(ctx)
			i++
			return i, nil
		})
	},
	"From": func(r *rig, got func(context.Context)) ints {
		return stream.From(func(ctx context.Context) iter.Seq2[int, error] {
			got(ctx)
			return stream.FromSeq(numbers).All(ctx)
		})
	},
}

// The context of a source ends with the run, under every stage, also where all
// of the pipeline is inline, and however the run ends.
func TestContextOfASourceEndsWithTheRun(t *testing.T) {
	ends := map[string]func(s ints){
		"Take":   func(s ints) { must(s.Take(1).Count(bg)) },
		"First":  func(s ints) { _, _, _ = s.First(bg) },
		"break":  func(s ints) { s.All(bg)(func(int, error) bool { return false }) },
		"error":  func(s ints) { _ = s.ForEach(bg, func(int) error { return fault(1) }) },
		"panic":  func(s ints) { _ = s.ForEach(bg, func(v int) error { panic(fault(v)) }) },
		"Goexit": func(s ints) { _ = s.Tap(func(v int) { goexitAtThree(v + 3) }).Drain(bg) },
	}
	all := append(slices.Clone(stages), stage{"none", false, false, func(_ *rig, s ints) ints { return s }})
	for source, from := range contextSources {
		for _, st := range all {
			for end, sink := range ends {
				inRig(t, 2, func(r *rig) {
					var of context.Context
					r.ending(func() { sink(st.over(r, from(r, func(ctx context.Context) { of = ctx }))) })
					if of.Err() == nil {
						t.Errorf("%s under %s: after %s the context of the source goes on, want it to have ended", source, st.name, end)
					}
				})
			}
		}
	}
}
