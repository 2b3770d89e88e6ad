package pool_test

import (
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Acquire on a full pool whose tasks then run beside the workers returns when it holds
// what it asked for: it does not wait for the end of what the caller is to end.
func TestAcquireBesideWorkers(t *testing.T) {
	for name, opts := range map[string][]millrace.TaskOption{
		"at once":          nil,
		"after its turn":   {millrace.WithKey("k")},
		"after its weight": {millrace.WithWeight(2)},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one, millrace.WithQueue(0), millrace.WithMaxWeight(2), millrace.WithOverflow(millrace.CallerRuns))
				defer p.Close()
				first, err := pool.Acquire(bg, p, millrace.WithKey("k"))
				if err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(time.Second, first)
				release, err := pool.Acquire(bg, p, opts...)
				if err != nil {
					t.Fatal(err)
				}
				release()
			})
		})
	}
}
