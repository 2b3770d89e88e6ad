package pool_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Its values reach the tasks, beneath those of the submit context; its end does
// not end them.
func TestInitValues(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			ctx = context.WithValue(context.WithValue(ctx, conn{}, "conn"), key{}, "init's")
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, nil
		}))
		look := func(want string) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				if ctx.Value(conn{}) != "conn" || ctx.Value(key{}) != want || ctx.Err() != nil {
					t.Errorf("a task's values: %v, %v, Err() = %v, want conn, %s, nil", ctx.Value(conn{}), ctx.Value(key{}), ctx.Err(), want)
				}
				derived, cancel := context.WithCancel(ctx)
				defer cancel()
				if derived.Value(conn{}) != "conn" {
					t.Errorf("a derived context's value = %v, want conn", derived.Value(conn{}))
				}
				return 1, nil
			}
		}
		wantValue(t, "a task", pool.Submit(bg, p, look("init's")), 1)
		wantValue(t, "a task", pool.Submit(context.WithValue(bg, key{}, "submit's"), p, look("submit's")), 1)
		out, err := pool.MapSlice(bg, p, []int{1, 2}, func(ctx context.Context, _ int) (int, error) { return look("init's")(ctx) })
		if len(out) != 2 || err != nil {
			t.Errorf("MapSlice() = %v, %v, want two values", out, err)
		}
		p.Close()
	})
}

// Of two tasks that run at once each has the values of its own worker, also if one has
// submitted the other with its context.
func TestChildHasItsOwnWorkersValues(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		prepared := 0
		p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			prepared++
			return context.WithValue(ctx, key{}, prepared), nil
		}))
		value := func(ctx context.Context) (int, error) { return ctx.Value(key{}).(int), nil }
		children := map[string]func(ctx context.Context) (int, error){
			"a child": func(ctx context.Context) (int, error) {
				f := pool.Submit(ctx, p, value)
				<-f.Done()
				return f.Await(ctx)
			},
			"an item": func(ctx context.Context) (int, error) {
				all, err := pool.MapSlice(ctx, p, []int{0}, func(ctx context.Context, _ int) (int, error) { return value(ctx) })
				return append(all, 0)[0], err
			},
		}
		for name, child := range children {
			_, err := pool.Go(bg, p, func(ctx context.Context) error {
				own, _ := value(ctx)
				if v, err := child(ctx); v == own || err != nil {
					t.Errorf("%s beside its parent: value %d, %v, want another than the parent's, %d", name, v, err, own)
				}
				return nil
			}).Await(bg)
			if err != nil {
				t.Errorf("the parent of %s = %v, want nil", name, err)
			}
		}
		p.Close()
	})
}

// A task that outlives one of another pool has the values that the worker of that had.
func TestInitValuesInAnotherPool(t *testing.T) {
	type name struct{}
	with := func(v string) millrace.PoolOption {
		return millrace.WithInit(func(ctx context.Context) (context.Context, error) { return context.WithValue(ctx, name{}, v), nil })
	}
	first, second := pool.New(one, with("first")), pool.New(one, millrace.WithName("second"))
	f := pool.Submit(bg, first, func(ctx context.Context) (int, error) {
		child := pool.Submit(context.WithoutCancel(ctx), second, func(ctx context.Context) (int, error) {
			if v := ctx.Value(name{}); v != "first" {
				t.Errorf("Value() in the other pool = %v, want first", v)
			}
			return 1, nil
		})
		return child.Await(ctx)
	})
	wantValue(t, "the task", f, 1)
	first.Close()
	second.Close()
}
