package millrace

import "github.com/millrace-go/millrace/internal/options"

// PerItem gives each item of a map options of its own, in addition to those of the map: a
// weight, a key, a priority, a timeout. The function is called once for each item, when the
// item has been pulled from the input; a panic of it is the item's error. A Goexit of it ends
// the map and goes on in its caller, like a Goexit of the input.
//
// Each item is then a task of its own, which waits in the pool as its options say. The order in
// which items start is the pool's, and an item that waits for its key holds back nobody; the
// window, the concurrency and the order of the results are those of the map. Without PerItem
// the items of a map are much cheaper than tasks, so it is for items that differ.
//
// The items of the map must be of type In: a map of others panics when it is called, and so
// does pool.Reduce, which combines items in runs. PerItem panics if the function is nil.
func PerItem[In any](of func(In) []TaskOption) MapOption {
	if of == nil {
		panic("millrace: PerItem(nil): want a function")
	}
	return options.MapFunc(func(m *options.Map) { m.PerItem = of })
}
