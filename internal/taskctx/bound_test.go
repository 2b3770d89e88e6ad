package taskctx_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// contexts returns the contexts of b, the innermost first.
func contexts(b *taskctx.Bound) (all []context.Context) {
	for ; b != nil; b = b.Outer {
		all = append(all, b.Ctx)
	}
	return all
}

// What is within another bound has the contexts of both, each of them once: its own first.
func TestWithinHasEachContextOnce(t *testing.T) {
	var ctxs []context.Context
	for i := range 6 {
		ctx, cancel := context.WithTimeout(bg, time.Duration(1+i)*time.Hour)
		defer cancel()
		ctxs = append(ctxs, ctx)
	}
	r := rand.New(rand.NewPCG(1, 2))
	bounds := []*taskctx.Bound{nil}
	for range 2000 {
		inner, outer := bounds[r.IntN(len(bounds))], bounds[r.IntN(len(bounds))]
		if ctx := ctxs[r.IntN(len(ctxs))]; r.IntN(2) == 0 && !inner.EndsWith(ctx.Done()) {
			inner = taskctx.NewBound(ctx, inner)
		}
		b := inner.Within(outer)
		bounds = append(bounds, b)
		got, want := contexts(b), contexts(outer)
		if !outer.Has(inner) {
			want = slices.DeleteFunc(contexts(inner), func(ctx context.Context) bool { return outer.EndsWith(ctx.Done()) })
			want = append(want, contexts(outer)...)
		}
		if inner.Has(outer) {
			want = contexts(inner)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v within %v = %v, want %v", contexts(inner), contexts(outer), got, want)
		}
		deadline, has := time.Time{}, false
		for _, ctx := range got {
			if d, _ := ctx.Deadline(); !has || d.Before(deadline) {
				deadline, has = d, true
			}
		}
		if d, ok := taskctx.NewBelow(bg, b, nil, false).Take().Deadline(); ok != has || !d.Equal(deadline) {
			t.Fatalf("the deadline of a task bounded by %v = %v, %v, want %v, %v", got, d, ok, deadline, has)
		}
	}
}

// What is nested shares the bounds around it.
func TestWithinShares(t *testing.T) {
	end, cancel := context.WithCancel(bg)
	defer cancel()
	outer := taskctx.NewBound(end, nil)
	inner := taskctx.NewBound(bg, outer)
	for name, got := range map[string]*taskctx.Bound{
		"within a part of it":         inner.Within(outer),
		"within nothing":              inner.Within(nil),
		"within what it is a part of": outer.Within(inner),
		"nothing within it":           (*taskctx.Bound)(nil).Within(inner),
		"within itself":               inner.Within(inner),
	} {
		if got != inner {
			t.Errorf("%s it is %p, want the same, %p", name, got, inner)
		}
	}
}
