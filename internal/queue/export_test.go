package queue

// Flows returns how many flows r knows, but for the nil one.
func (r *Ready[T]) Flows() (n int) {
	for _, l := range r.byNum.Of {
		n += len(l.byFlow.Of)
	}
	if r.plain != nil {
		n += len(r.plain.byFlow.Of)
	}
	return n
}
