package embedded_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/pool"
)

// A queue works with the least payload, and refuses what does not fit.
func TestLeastPayload(t *testing.T) {
	length := cluster.Define("length", func(_ context.Context, s string) (int, error) { return len(s), nil })
	s, err := embedded.Start("", 0, embedded.MaxPayload(16<<10))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e, err := jetstream.Connect(t.Context(), s.URL(), jetstream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	p := pool.New(millrace.WithQueue(1))
	defer p.Close()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(ctx, e, p, length) }()
	c := cluster.NewClient(e)
	for n, want := range map[int]error{14 << 10: nil, 16 << 10: cluster.ErrTooLarge} {
		v, err := length.Submit(t.Context(), c, strings.Repeat("x", n)).Await(t.Context())
		if !errors.Is(err, want) || err == nil && v != n {
			t.Errorf("%d bytes: %v, %v, want %v", n, v, err, want)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
