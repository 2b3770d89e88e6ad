package temporal

// A record is what the heartbeats of a call carry from one delivery to the next, and to
// the submitter. The server numbers deliveries from 1, and calls them attempts.
type record struct {
	// Back is how many deliveries were given back before the function was called. The
	// others count as starts, also one whose worker died before it began: to note each
	// start would cost a request.
	Back int `json:",omitempty"`

	// Exact says that each start is noted before it happens, in Starts: of calls that may
	// start only once.
	Exact  bool `json:",omitempty"`
	Starts int  `json:",omitempty"`

	Begun  int32  `json:",omitempty"` // the last delivery of which the function was called
	Report []byte `json:",omitempty"` // the last progress
}

// attempt returns which start a delivery is, or would be.
func (r *record) attempt(delivery int32) int {
	switch {
	case r.Exact && r.Begun == delivery:
		return r.Starts
	case r.Exact:
		return r.Starts + 1
	}
	return int(delivery) - r.Back
}
