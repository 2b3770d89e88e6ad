package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Between two items of its map a task wants back what it has lent. If it has to wait for that, and
// the next item starts meanwhile and lends in its turn, the task does not want it any more: the
// item needs it to go on.
func TestLendToItemsOneByOne(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(3), millrace.WithMaxWeight(2))
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		mapping := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			_, err := pool.MapSlice(ctx, p, []int{0, 1}, func(ctx context.Context, i int) (int, error) {
				time.Sleep(time.Second)
				if i == 1 {
					pool.Submit(ctx, p, func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil }).Await(ctx)
				}
				return i, nil
			}, millrace.WithWindow(1), millrace.WithWeight(2), millrace.PerItem(func(int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithKey("k")} }))
			return 1, err
		})
		// It has the room of the group until the second item waits for its child.
		pool.Submit(bg, g, func(context.Context) (int, error) { time.Sleep(10 * time.Second); return 1, nil }, millrace.WithWeight(0))
		time.Sleep(time.Hour)
		if s := mapping.State(); !s.Settled() {
			t.Fatalf("the task with the map is %v: %v", s, p)
		}
		g.Wait()
		p.Close()
	})
}
