package stream_test

import (
	"context"
	"iter"
	"testing"

	"github.com/millrace-go/millrace/stream"
)

// A source that dies as a break ends it goes on in the caller of the sink, whatever stage lies
// between: in the caller's goroutine it would, too.
func TestSourceDiesOfBreak(t *testing.T) {
	for way, die := range ways {
		for _, st := range stages {
			inRig(t, 2, func(r *rig) {
				s := st.over(r, stream.From(func(context.Context) iter.Seq2[int, error] {
					return func(yield func(int, error) bool) {
						defer r.call()()
						for yield(1, nil) {
						}
						die("source")
					}
				}))
				ending := r.ending(func() {
					for range s.All(bg) {
						break
					}
				})
				wantDeath(t, way+" in the source, "+st.name, ending, map[any]string{"source": way})
			})
		}
	}
}
