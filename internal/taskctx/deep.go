package taskctx

import "context"

// maxDepth is how many items deep a question may go up. A recursion that divides its work seldom
// goes deeper, and real contexts cost it more than the work. The next item is below a real
// context, which is told when one above ends. So a recursion of any depth costs each task
// the same.
const maxDepth = 64

// A deep is the real context of an item, for what is below it. It tells which item that is:
// a look for the tasks above must miss none.
type deep struct {
	context.Context
	item *Item
}

// Value implements context.Context.
func (d *deep) Value(key any) any {
	if _, ok := key.(taskKey); ok {
		return d.item.Value(key)
	}
	return d.Context.Value(key)
}

func (d *deep) String() string { return name }
