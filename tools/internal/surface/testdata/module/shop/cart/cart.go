package cart

import (
	"context"
	"iter"

	"example.com/module"
)

type Cart[K comparable, V any] struct {
	Name   string
	hidden int
	base
}

type base struct{}

func (base) Promoted(n int) error { return nil }

func (c *Cart[K, V]) Add(ctx context.Context, fns ...func(k K) (v V, err error)) *Cart[K, V] {
	return c
}

func (c *Cart[K, V]) hiddenToo() {}

func All[T any](items []T) iter.Seq[T] { return nil }

func Watch(w module.Watcher) {}

func local() {}
