package cluster_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/pool"
)

// A roll is an engine that notes the names of its workers, which have nothing to do.
type roll struct {
	cluster.Engine
	names map[string]bool
}

func (r roll) Serve(_ context.Context, w cluster.Worker, _ func(cluster.Lease)) error {
	r.names[w.Name] = true
	return nil
}

// No two workers have the same name, also if thousands are in processes with the same host and
// number, as in containers: an engine takes two of one name for one, and asks only one of them
// whether it has a call.
func TestWorkerNames(t *testing.T) {
	const workers = 5000
	r := roll{names: make(map[string]bool)}
	p := pool.New(millrace.WithQueue(0))
	defer p.Close()
	for range workers {
		if err := cluster.Serve(t.Context(), r, p, Square); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.names); n != workers {
		t.Errorf("%d workers have %d names", workers, n)
	}
}
