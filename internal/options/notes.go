package options

// notes is the Note of a task with several observers: one for each. It is made when the
// first of them leaves something, for most observers never do. An only observer, as most pools
// have, has the Note for itself.
type notes struct{ of []any }

// noteOf returns the note of observer i, of those in all.
func (o *Observers) noteOf(all any, i int) any {
	if len(o.members) == 1 {
		return all
	}
	if each, ok := all.(*notes); ok {
		return each.of[i]
	}
	return nil
}

// withNote returns all with the note of observer i.
func (o *Observers) withNote(all any, i int, note any) any {
	if len(o.members) == 1 {
		return note
	}
	each, ok := all.(*notes)
	if !ok {
		if note == nil {
			return nil
		}
		each = &notes{of: make([]any, len(o.members))}
	}
	each.of[i] = note
	return each
}
