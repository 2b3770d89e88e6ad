package options

// With returns t with opts applied in order. Nil ones are skipped.
func (t Task) With(opts []TaskOption) Task {
	for _, o := range opts {
		if o != nil {
			o.applyTask(&t)
		}
	}
	return t
}
