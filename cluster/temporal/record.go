package temporal

// A record is what the heartbeats of a call carry from one delivery to the next, and to
// the submitter. The server numbers deliveries from 1, calls them attempts, and counts also
// those that came to nothing: of calls that were given back, and those to a worker which was
// dead or suspended by then and still had a request open. A policy counts
// starts. So starts are on record, where the two may differ:
//
//   - The first delivery notes nothing before it starts, since most calls have only that;
//     unless the call may start only once. So it counts as a start, unless it is given back.
//   - Each later delivery notes its start before it starts.
type record struct {
	Starts int    // with that of this delivery, if it starts without a note
	Begun  int32  `json:",omitempty"` // the last delivery of which the function was called
	Report []byte `json:",omitempty"` // the last progress
}

// exact reports whether a delivery notes its start before it starts.
func exact(delivery int32, attempts int) bool { return delivery > 1 || attempts == 1 }

// unrecorded returns how often a call was started before a delivery that comes without a
// record.
func unrecorded(delivery int32, attempts int) int {
	if delivery == 1 || attempts == 1 {
		return 0
	}
	return 1
}
