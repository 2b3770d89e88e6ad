package pool_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Workers do not keep the pprof labels of whoever made them start, and have their
// pool's name.
func TestLabelsOfWorkers(t *testing.T) {
	p := pool.New(one, millrace.WithName("labelled"))
	gate := make(chan struct{})
	started := make(chan struct{})
	pprof.Do(bg, pprof.Labels("starter", "somebody"), func(ctx context.Context) {
		pool.Submit(ctx, p, func(context.Context) (int, error) { close(started); <-gate; return 1, nil })
	})
	<-started
	var out bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&out, 1); err != nil {
		t.Fatal(err)
	}
	close(gate)
	p.Close()
	if strings.Contains(out.String(), "somebody") {
		t.Error("a worker has the label of the submitter")
	}
	if !strings.Contains(out.String(), `"millrace.pool":"labelled"`) {
		t.Error("no worker has the label of its pool")
	}
}
