package stream_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A pipeline inside of a task of the pool its stages run on completes, with one
// worker, whatever its stages are.
func TestPipelineInsideATask(t *testing.T) {
	overPairs(t, 1, func(r *rig, name string, unordered bool, over func(s ints) ints) {
		r.run(func() {
			task := pool.Submit(bg, r.pool, func(ctx context.Context) ([]int, error) {
				return over(stream.FromSeq(r.first(10))).Collect(ctx)
			})
			got, err := task.Await(bg)
			if want(r, name, got, upTo(10), unordered); err != nil {
				r.Errorf("%s inside a task: %v, want nil", name, err)
			}
		})
	})
}

// Several tasks with pipelines fill the pool, and all complete.
func TestPipelinesInsideManyTasks(t *testing.T) {
	for _, workers := range []int{1, 3} {
		for name, over := range parallelStagesWith(tuning{}, func(context.Context, int) error { return nil }) {
			inRig(t, workers, func(r *rig) {
				tasks := stream.Map(stream.FromSlice(upTo(20)), r.pool, func(ctx context.Context, n int) (int, error) {
					return over(r, stream.FromSeq(r.first(n))).Count(ctx)
				})
				want(t, name+" inside Map", must(tasks.Collect(bg)), upTo(20), false)
			})
		}
	}
}

// Pipelines nest: every item of a stage runs a pipeline on the same pool, of
// which every item does, and so on.
func TestPipelinesNest(t *testing.T) {
	const depth, width = 6, 3
	for _, workers := range []int{1, 2} {
		for _, unordered := range []bool{false, true} {
			inRig(t, workers, func(r *rig) {
				opts := tuning{unordered: unordered}.options()
				var leaves func(ctx context.Context, depth int) (int, error)
				leaves = func(ctx context.Context, depth int) (int, error) {
					if depth == 0 {
						return 1, nil
					}
					s := stream.Map(stream.FromSlice(upTo(width)), r.pool, func(ctx context.Context, _ int) (int, error) {
						return leaves(ctx, depth-1)
					}, opts...)
					return stream.Reduce(ctx, s, 0, func(sum, n int) (int, error) { return sum + n, nil })
				}
				if n, err := leaves(bg, depth); n != 729 || err != nil {
					t.Errorf("a pipeline nested %d deep, %d wide = %d, %v, want 729, nil", depth, width, n, err)
				}
			})
		}
	}
}

// A narrow pipeline nests deep, on one worker.
func TestPipelinesNestDeep(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		var down func(ctx context.Context, depth int) (int, error)
		down = func(ctx context.Context, depth int) (int, error) {
			if depth == 0 {
				return 0, nil
			}
			v, _, err := stream.Map(stream.FromSlice([]int{depth - 1}), r.pool, down).First(ctx)
			return v + 1, err
		}
		if n, err := down(bg, 100); n != 100 || err != nil {
			t.Errorf("a pipeline nested 100 deep = %d, %v, want 100, nil", n, err)
		}
	})
}

// An error deep down surfaces at the top, and ends all others.
func TestErrorOfANestedPipeline(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		inner := func(ctx context.Context, v int) (int, error) {
			return stream.Map(stream.FromSeq(r.first(10)), r.pool, func(_ context.Context, w int) (int, error) {
				defer r.call()()
				if v == 2 && w == 5 {
					return 0, fault(25)
				}
				return w, nil
			}).Count(ctx)
		}
		r.run(func() {
			got, err := stream.Map(stream.FromSeq(numbers), r.pool, inner).Collect(bg)
			if want(t, "Collect()", got, []int{10, 10}, false); err != fault(25) {
				t.Errorf("Collect() = %v, want fault 25", err)
			}
		})
	})
}

// A pipeline inside of a task ends with the task's context.
func TestAbortEndsAPipelineInsideATask(t *testing.T) {
	for name, over := range parallelStagesWith(tuning{}, func(ctx context.Context, _ int) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}) {
		inRig(t, 1, func(r *rig) {
			r.run(func() {
				started := make(chan struct{})
				task := pool.Submit(bg, r.pool, func(ctx context.Context) (int, error) {
					close(started)
					return over(r, stream.FromSeq(numbers)).Count(ctx)
				})
				<-started
				if !task.Abort(fault(7)) {
					t.Errorf("%s: Abort() of a running task = false, want true", name)
				}
				_, err := task.Await(bg)
				wantNotDone(t, name, err, fault(7))
			})
		})
	}
}
