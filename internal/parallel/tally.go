package parallel

// A tally is the sink of a run that ends with its first error, and whose results are
// wanted all together or not at all: it counts.
type tally[B any] struct {
	*loop
	out []B // nil: not wanted
}

// put implements sink.
func (t *tally[B]) put(n uint64, v B, err error) {
	if err != nil {
		t.fail(n, err)
		return
	}
	if t.out != nil {
		t.out[n] = v
	}
	t.count(1)
}

// count counts items that have succeeded.
func (t *tally[B]) count(n uint64) {
	all := t.delivered.Add(n)
	t.feeder.Open(noRoom)
	if t.input.over.Load() && all == t.input.total {
		t.consumer.Open(outflow)
	}
}

// room implements sink.
func (t *tally[B]) room(_, _, limit uint64) uint64 { return limit }

// run waits until all items have ended.
func (t *tally[B]) run() error {
	complete := func() bool { return t.input.over.Load() && t.delivered.Load() == t.input.total }
	return t.drive(func() bool {
		if t.outer.Err() == nil {
			t.await(noItem, outflow, complete)
		}
		return true
	})
}
