package stream_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// The stages above a buffer run n items ahead, and no further.
func TestBufferRunsAhead(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inRig(t, 1, func(r *rig) {
				var l ledger
				for range l.count(stream.FromSeq(numbers)).Buffer(n).Take(5).All(bg) {
					l.delivered++
					time.Sleep(ms)
					if got := l.ahead(); got != n {
						t.Errorf("the source of Buffer(%d) is %d items ahead, want %d", n, got, n)
					}
				}
			})
		})
	}
}

// A buffer takes the edge off a source and a body that are uneven.
func TestBufferOverlaps(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		slow := func(v int) (int, error) { time.Sleep(10 * ms); return v, nil }
		r.run(func() {
			got := record(bg, stream.Transform(stream.FromSlice(upTo(3)), slow).Buffer(1), 10*ms)
			wantJournal(t, "Buffer(1)", got, "0@10ms", "1@20ms", "2@30ms", "end@40ms")
		})
		r.run(func() {
			got := record(bg, stream.Transform(stream.FromSlice(upTo(3)), slow), 10*ms)
			wantJournal(t, "no buffer", got, "0@10ms", "1@30ms", "2@50ms", "end@60ms")
		})
	})
}
