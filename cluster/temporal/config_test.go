package temporal_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/millrace-go/millrace/cluster/temporal"
)

// Values out of range panic where they are written, before anything is connected.
func TestConfigPanics(t *testing.T) {
	for name, cfg := range map[string]temporal.Config{
		"queue with a space": {Queue: "a b"},
		"queue with a slash": {Queue: "a/b"},
		"short lease":        {Lease: time.Millisecond},
		"negative lease":     {Lease: -time.Second},
		"longest":            {Lease: time.Minute, Longest: time.Second},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Connect does not panic", name)
				}
			}()
			_, _ = temporal.Connect(t.Context(), cfg)
		}()
	}
}

// A server that cannot be reached is an error once ctx ends, not a hang.
func TestConnectEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("no longer wanted"))
	e, err := temporal.Connect(ctx, temporal.Config{Client: client.Options{HostPort: "127.0.0.1:1"}})
	if err == nil || e != nil {
		t.Errorf("Connect = %v, %v; want an error", e, err)
	}
}
