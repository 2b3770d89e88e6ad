package options

// More reports whether t sets more than what is common.
func More(t *Task) bool { return t.more() }
