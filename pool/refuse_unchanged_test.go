package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A refusal leaves the pool as it was. Each test here makes a pool in which something has to wait,
// has all ways to submit refused there for a reason, and looks at the figures, and at whether the
// pool then still has room for all that it had room for.

func newRefusals(s shortage, group bool) *refusals {
	r := &refusals{release: func() {}}
	prepare := func(ctx context.Context) (context.Context, error) {
		if r.breaks {
			return nil, errBoom
		}
		return ctx, nil
	}
	r.p = pool.New(append([]millrace.PoolOption{millrace.WithWorkers(4), millrace.WithMaxWeight(4), millrace.WithInit(prepare)}, s.pool...)...)
	r.newGroup = func() *pool.Group {
		return pool.NewGroup(bg, r.p, append([]millrace.GroupOption{millrace.WithLimit(3), millrace.IgnoreErrors()}, s.group...)...)
	}
	r.g = r.newGroup()
	r.ex = r.p
	if group {
		r.ex = r.g
	}
	return r
}

// refusedAside returns figures without those that count refusals.
func refusedAside(s pool.Stats) pool.Stats {
	s.Submitted, s.Cancelled, s.Refused = s.Submitted-s.Cancelled, 0, 0
	s.Goroutines, s.OldestQueued = 0, 0
	return s
}

// wantWhole fails t unless r still has all its slots, weight, room in the group, keys and places.
func (r *refusals) wantWhole(t *testing.T, what string) {
	t.Helper()
	r.release()
	time.Sleep(time.Minute) // so that rates have filled up
	met := make(chan struct{}, 8)
	gate := make(chan struct{})
	at := func(context.Context) error { met <- struct{}{}; <-gate; return nil }
	for i := range 3 {
		pool.Go(bg, r.g, at, millrace.WithKey([]string{"k", "rich", "other"}[i]))
	}
	release, err := pool.Acquire(bg, r.p, millrace.WithFlow("f"))
	if err != nil {
		t.Errorf("%s: Acquire() = %v", what, err)
		return
	}
	time.Sleep(time.Minute)
	if s := r.p.Stats(); len(met) != 3 || s.Running != 4 || s.Weight != 4 || s.Queued+s.Deferred+s.Waiting+s.Blocked != 0 {
		t.Errorf("%s: %d members run, want 3; Stats() = %+v", what, len(met), s)
	}
	if s := r.p.Stats(); s.QueueLimit > 0 {
		places := submitMany(bg, r.p, s.QueueLimit+1, millrace.WithOverflow(millrace.Reject))
		for i, f := range places {
			if full := f.State() == future.Cancelled; full != (i == s.QueueLimit) {
				t.Errorf("%s: a queue of %d places is full after %d", what, s.QueueLimit, i)
			}
		}
	}
	close(gate)
	release()
	if err := r.g.Wait(); err != nil {
		t.Errorf("%s: Wait() = %v", what, err)
	}
	r.wantNothing(t, what)
}

// wantNothing closes r, and fails t unless nothing is left of it.
func (r *refusals) wantNothing(t *testing.T, what string) {
	t.Helper()
	r.p.Close()
	if s := stats(t, r.p); s.Running+s.Queued+s.Deferred+s.Waiting+s.Blocked+s.Goroutines != 0 || s.Weight != 0 || s.Failed != 0 {
		t.Errorf("%s: after Close Stats() = %+v, want nothing left", what, s)
	}
	if s := r.g.Stats(); s.Running+s.Queued+s.Deferred+s.Waiting+s.Blocked != 0 || s.Weight != 0 {
		t.Errorf("%s: after Wait Stats() of the group = %+v, want nothing left", what, s)
	}
}

// Nothing is left of what was refused, whatever it waited for. Of the variants each combination
// has one.
func TestRefusalChangesNothing(t *testing.T) {
	n := 0
	for _, waits := range names(shortages) {
		for _, reason := range names(refusalsOf) {
			for _, by := range names(refusers) {
				s, why, u := shortages[waits], refusalsOf[reason], refusers[by]
				if u.items && (s.tasks || why.tasks) || why.where != "" && why.where != waits || why.start && s.still {
					continue
				}
				if u.bare && (s.rich || why.rich()) || why.waits && !u.items && by != "Acquire" {
					continue
				}
				n++
				group := s.only || u.group || why.group || n%2 == 0
				variant := names(taskVariants)[n/2%len(taskVariants)]
				if waits == "weight" && variant == "light" || u.bare || why.waits {
					variant = "plain"
				}
				what := fmt.Sprintf("%s waits for %s, %s, in the group %v; %s", by, waits, variant, group, reason)
				bubble.Run(t, func(t *testing.T) { refuseAll(t, what, newRefusals(s, group), s, why, u, taskVariants[variant]) })
			}
		}
	}
}

// names returns the keys in order.
func names[T any](m map[string]T) (all []string) {
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func refuseAll(t *testing.T, what string, r *refusals, s shortage, why refusal, u refuser, opts []millrace.TaskOption) {
	s.make(r)
	if why.first != nil {
		why.first(r)
	}
	synctest.Wait()
	before, members := stats(t, r.p), r.g.Stats()
	ctx, cancel := context.WithCancelCause(bg)
	defer cancel(nil)
	all := slices.Concat(opts, r.opts)
	if why.how != nil {
		end, more := why.how()
		if all = append(all, more...); end != bg {
			ctx = end
		}
	}
	if r.ctx != nil {
		ctx = r.ctx
	}
	const n = 3
	errs := make(chan error, n)
	for range n {
		go func() { errs <- u.do(ctx, r, slices.Clone(all)) }()
	}
	synctest.Wait()
	if why.end != nil && len(errs) > 0 && opts == nil {
		t.Errorf("%s: it did not wait: %v", what, <-errs)
	}
	if why.end != nil {
		why.end(r, cancel)
	}
	synctest.Wait()
	if len(errs) < n && opts == nil {
		t.Errorf("%s: %d of %d have returned; %+v", what, len(errs), n, stats(t, r.p))
	}
	if opts == nil || len(errs) == n {
		for range len(errs) {
			if err := <-errs; !errors.Is(err, why.want) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if why.drops {
			before.Submitted -= uint64(before.Queued)
			before.Queued = 0
		}
		if after := stats(t, r.p); refusedAside(after) != refusedAside(before) {
			t.Errorf("%s: Stats() = %+v, then %+v", what, before, after)
		}
		if after := r.g.Stats(); !why.group && refusedAside(after) != refusedAside(members) {
			t.Errorf("%s: Stats() of the group = %+v, then %+v", what, members, after)
		}
	}
	cancel(nil)
	if why.over {
		r.release()
		r.wantNothing(t, what)
		return
	}
	r.wantWhole(t, what)
}
