package options

// Any reports whether r sets anything.
func Any(r *Rest) bool { return r.any() }
