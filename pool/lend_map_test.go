package pool_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// An item whose wait was ended by its context, and that has not got its slot back, ends at
// once, as a task does. Only the next item needs a slot.
func TestItemEndsWithoutItsSlot(t *testing.T) {
	for name, loop := range map[string]func(p *pool.Pool, fn func(context.Context) (int, error)) error{
		"Map": func(p *pool.Pool, fn func(context.Context) (int, error)) error {
			for range pool.Map(bg, p, slices.Values(numbers(1)), func(ctx context.Context, _ int) (int, error) { return fn(ctx) }) {
			}
			return nil
		},
		"Map, of which the loop ends early": func(p *pool.Pool, fn func(context.Context) (int, error)) error {
			for range pool.Map(bg, p, slices.Values(numbers(3)), func(ctx context.Context, _ int) (int, error) { return fn(ctx) }) {
				break
			}
			return nil
		},
		"MapSlice": func(p *pool.Pool, fn func(context.Context) (int, error)) error {
			_, err := pool.MapSlice(bg, p, numbers(1), func(ctx context.Context, _ int) (int, error) { return fn(ctx) })
			return err
		},
		"ForN": func(p *pool.Pool, fn func(context.Context) (int, error)) error {
			return pool.ForN(bg, p, 1, func(ctx context.Context, _ int) error { _, err := fn(ctx); return err })
		},
		"First": func(p *pool.Pool, fn func(context.Context) (int, error)) error {
			_, err := pool.First(bg, p, fn)
			return err
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, begun := pool.New(one), time.Now()
			err := loop(p, func(ctx context.Context) (int, error) { return lendsForAnHour(ctx, p) })
			if d := time.Since(begun); d != time.Second || err != nil {
				t.Errorf("%s with an item that takes a second ends after %v, error %v", name, d, err)
			}
			p.Close()
		})
	}
}

// The next item starts when there is a slot.
func TestNextItemNeedsASlot(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		bubble.Run(t, func(t *testing.T) {
			p, begun := pool.New(one), time.Now()
			err := pool.ForN(bg, p, 10, func(ctx context.Context, i int) error {
				if i == 0 {
					_, err := lendsForAnHour(ctx, p)
					return err
				}
				if d := time.Since(begun); d > time.Second && d < time.Hour {
					t.Errorf("item %d starts after %v, beside the task that has the slot", i, d)
				}
				return nil
			}, millrace.WithConcurrency(concurrency))
			if d := time.Since(begun); d != time.Hour || err != nil {
				t.Errorf("ForN ends after %v, error %v, want an hour", d, err)
			}
			p.Close()
		})
	}
}

// It starts in its turn: not before a more urgent task that comes while there is none, as the item
// that has lent the slot would have gone on.
func TestNextItemWaitsForItsTurn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, ended := pool.New(one), make(chan error, 1)
		var order []string
		go func() {
			ended <- pool.ForN(bg, p, 2, func(ctx context.Context, i int) error {
				order = append(order, fmt.Sprint("item ", i))
				if i == 0 { // it takes no time: the turn of what runs the items is not over
					ctx, cancel := context.WithCancel(ctx)
					pool.Submit(bg, p, func(context.Context) (int, error) {
						cancel()
						time.Sleep(time.Hour)
						return 1, nil
					}).Await(ctx)
				}
				return nil
			})
		}()
		time.Sleep(time.Minute)
		urgent := pool.Submit(bg, p, func(context.Context) (int, error) {
			order = append(order, "urgent")
			return 1, nil
		}, millrace.WithPriority(1))
		wantValue(t, "the urgent task", urgent, 1)
		if err := <-ended; err != nil || fmt.Sprint(order) != "[item 0 urgent item 1]" {
			t.Errorf("ForN() = %v, and it ran: %v, want the urgent task before item 1", err, order)
		}
		p.Close()
	})
}

// lendsForAnHour lends the slot of an item to a task that takes an hour, and waits for a second.
func lendsForAnHour(ctx context.Context, p *pool.Pool) (int, error) {
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	pool.Submit(bg, p, func(context.Context) (int, error) {
		time.Sleep(time.Hour)
		return 1, nil
	}).Await(short)
	return 1, nil
}
