package options

// notes is the Note of a task with several observers: one for each. It is made when the
// first of them leaves something, for most observers never do.
type notes struct{ of []any }

// noteOf returns the ith of the notes that n has.
func noteOf(n any, i int) any {
	if all, ok := n.(*notes); ok {
		return all.of[i]
	}
	return nil
}

// withNote returns the notes n of so many observers, with the ith one set.
func withNote(n any, i, observers int, note any) any {
	all, ok := n.(*notes)
	if !ok {
		if note == nil {
			return nil
		}
		all = &notes{of: make([]any, observers)}
	}
	all.of[i] = note
	return all
}
