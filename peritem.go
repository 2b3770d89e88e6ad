package millrace

import "github.com/millrace-go/millrace/internal/options"

// PerItem gives each item of a map options of its own, in addition to those of the map: a
// weight, a key, a priority, a timeout. It is for items that differ: without it the items
// of a map are much cheaper than tasks.
//
// With PerItem each item is a task of its own, which waits in the pool as its options
// say. So the pool decides in which order items start, and an item that waits for its key
// holds back no other. The window, the concurrency and the order of the results are still
// those of the map.
//
// The function is called once for each item, after the item was pulled from the input. A
// panic of the function is the item's error. A Goexit ends the map and goes on in the
// map's caller, like a Goexit of the input.
//
// A map over items of another type than In panics when it is called, and so does
// pool.Reduce, which combines items in runs. PerItem panics if the function is nil.
func PerItem[In any](of func(In) []TaskOption) MapOption {
	if of == nil {
		panic("millrace: PerItem(nil): want a function")
	}
	return options.MapFunc(func(m *options.Map) { m.PerItem = of })
}
