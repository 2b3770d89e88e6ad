package parallel_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// lateFirst is a run of sequences of 100 items, the first of which begins after an hour. The
// others begin at once, and are held up by full mailboxes.
func lateFirst(ex sched.Executor, in iter.Seq2[int, error]) (vs []int, errs []error) {
	cfg := newConfig()
	cfg.PerItem = func(v int) []options.TaskOption {
		if v > 0 {
			return nil
		}
		return []options.TaskOption{options.TaskSetting{Field: options.Delay, N: int64(time.Hour)}}
	}
	return collect(parallel.Flat(bg, ex, in, func(context.Context, int) iter.Seq2[int, error] { return upTo(100) }, cfg))
}

// Sequences that are held up do not keep a run from its end when the one before them will
// never begin.
func TestFlatEndsBeforeAHeldUpSequence(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
		errEnd := errors.New("end")
		g := sched.NewGroup(bg, bg, p, options.Group{}, nil)
		time.AfterFunc(time.Minute, func() { g.Cancel(errEnd) })
		begin := time.Now()
		vs, errs := lateFirst(g, upTo(3))
		if len(vs) != 0 || len(errs) != 1 || !errors.Is(errs[0], errEnd) {
			t.Errorf("yields %v, %v, want why the group has ended", vs, errs)
		}
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("ends after %v, want 1m", took)
		}
		_ = g.Wait()
	})
}

// What a pool that is closed has taken is delivered, also if it begins after the pool has
// refused an item behind it.
func TestFlatDeliversWhatWasTaken(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
		vs, errs := lateFirst(p, func(yield func(int, error) bool) {
			_ = yield(0, nil) && yield(1, nil) && yield(2, nil)
			p.Seal()
			_ = yield(3, nil)
		})
		if len(vs) != 300 || len(errs) != 1 || !errors.Is(errs[0], sched.ErrClosed) {
			t.Errorf("yields %d items, %v, want three sequences of 100, and ErrClosed", len(vs), errs)
		}
	})
}

// In order, sequences start in order if they have a key in common, whatever their delays are
// and however many keys there are: a later one would be held up, and keep the key.
func TestFlatInOrderOfKeys(t *testing.T) {
	for _, keys := range []int{1, 3, 200} {
		inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
			const items = 450
			cfg := newConfig()
			cfg.Window = items
			cfg.PerItem = func(v int) []options.TaskOption {
				return []options.TaskOption{
					options.TaskSetting{Field: options.Key, Value: v % keys},
					options.TaskSetting{Field: options.Delay, N: int64(time.Duration(v*7%23) * ms)},
				}
			}
			last := make([]int, keys)
			fn := func(_ context.Context, v int) iter.Seq2[int, error] {
				if k := v % keys; v < last[k] {
					t.Errorf("%d keys: item %d starts after item %d", keys, v, last[k])
				} else {
					last[k] = v
				}
				return upTo(20)
			}
			if vs, errs := collect(parallel.Flat(bg, p, upTo(items), fn, cfg)); len(vs) != 20*items || errs != nil {
				t.Errorf("%d keys: yields %d items, %v, want %d", keys, len(vs), errs, 20*items)
			}
		})
	}
}
