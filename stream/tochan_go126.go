//go:build !go1.27

package stream

import (
	"context"

	"github.com/millrace-go/millrace/future"
)

// ToChan is the function [ToChan] as a method. A channel cannot carry items of 64 KB or
// more, so with Go 1.26 this method keeps a Stream of items that large from compiling;
// with Go 1.27 it is compiled only where it is called.
func (s Stream[T]) ToChan(ctx context.Context) <-chan future.Result[T] { return ToChan(ctx, s) }
