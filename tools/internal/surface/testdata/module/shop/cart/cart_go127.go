//go:build go1.27

package cart

func (c *Cart[K, V]) Map[T any](fn func(K) T) T { return fn(*new(K)) }
