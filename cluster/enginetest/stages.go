package enginetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/stream"
)

// stage puts a task between stages of a stream.
func (h *Harness) stage(t *testing.T) {
	r := h.rig(t)
	r.serve(2, 2, square)
	c := r.client()
	in := stream.Transform(stream.FromSlice([]int{1, 2, 3, 4, 5}), func(n int) (int, error) {
		if n == 3 {
			return 0, errWanted
		}
		return n, nil
	})
	for _, opts := range [][]millrace.MapOption{nil, {cluster.WithChunk(2)}, {millrace.WithWindow(1)}} {
		s := square.Stage(in, c, opts...)
		var got []int
		for v, err := range stream.Transform(s, func(n int) (int, error) { return n + 1, nil }).All(r.ctx) {
			if err != nil && (!errors.Is(err, errWanted) || len(got) != 2) {
				t.Errorf("after %v: %v", got, err)
			}
			if err == nil {
				got = append(got, v)
			}
		}
		if !slices.Equal(got, []int{2, 5, 17, 26}) {
			t.Errorf("items %v", got)
		}
		if v, ok, err := s.Take(1).First(r.ctx); v != 1 || !ok || err != nil { // another run, cut short
			t.Errorf("First = %v, %v, %v", v, ok, err)
		}
	}
	ctx, cancel := context.WithCancelCause(r.ctx)
	cancel(errUnwanted)
	if _, err := square.Stage(in, c).Collect(ctx); !errors.Is(err, future.ErrNotDone) || !errors.Is(err, errUnwanted) {
		t.Errorf("Collect after the end of its context = %v", err)
	}
}
