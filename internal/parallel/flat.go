package parallel

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace/internal/sched"
)

// flatAhead is how many items a sequence may be ahead of what was delivered.
const flatAhead = 16

// Flat yields the items of the sequences that fn returns, each sequence in the
// place of its item. A sequence that is too far ahead is held up, and lends its
// slot meanwhile.
func Flat[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn func(context.Context, A) iter.Seq2[B, error], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		f := newFlow[A, B](ctx, ex, cfg)
		f.do = func(h *sched.Hand, ctx context.Context, it *flowItem[A, B]) (failed bool) {
			for v, err := range fn(ctx, it.a) {
				f.put(it, v, err)
				if !f.holdUp(h, it) {
					return true
				}
			}
			return false
		}
		f.loop(in, yield)
	}
}

// holdUp blocks while a sequence is too far ahead. It reports false if the flow
// is over.
func (f *flow[A, B]) holdUp(h *sched.Hand, it *flowItem[A, B]) bool {
	for {
		f.mu.Lock()
		over, ahead := f.ended, len(it.parts) >= flatAhead
		if ahead && it.room == nil {
			it.room = make(chan struct{}, 1)
		}
		f.mu.Unlock()
		if over || !ahead {
			return !over
		}
		h.Block(it.room)
	}
}
