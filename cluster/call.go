package cluster

import (
	"math"
	"time"
)

// A Call is one call of a task, as it travels. Engines carry it and look at its ID,
// Priority and Policy alone.
type Call struct {
	// ID is unique in a queue. It is the client's name, a dot and a number; or, for an
	// id that the submitter chose (see [WithID]), "x." and that id.
	ID       string
	Task     string            // name
	Sig      string            // types and codec, against version skew
	Chunk    bool              `json:",omitempty"` // Body is a list of inputs
	Priority int               `json:",omitempty"` // -1, 0 or 1
	Policy                     // how often it is tried
	Header   map[string]string `json:",omitempty"` // trace context
	Body     []byte            `json:"-"`
}

// Named reports whether the submitter chose the id, so that others may ask for the
// call.
func (c *Call) Named() bool { return len(c.ID) > len(named) && c.ID[:len(named)] == named }

// named is what the id of a named call begins with. A client's name is longer.
const named = "x."

// A Policy says how often a call is tried.
type Policy struct {
	Attempts int           // starts, at most, whatever ended the ones before; 1: at most once
	Retry    bool          `json:",omitempty"` // an error of the function is tried again, too
	Backoff  time.Duration `json:",omitempty"` // before the second attempt; it doubles
	Timeout  time.Duration `json:",omitempty"` // of one run; 0: none
}

// maxDoublings bounds the delay between attempts to 64 times the first one.
const maxDoublings = 6

// backoff returns the delay after an attempt that has failed.
func (p *Policy) backoff(attempt int) time.Duration {
	n := min(max(attempt, 1)-1, maxDoublings)
	return min(p.Backoff, math.MaxInt64>>n) << n
}

// An Outcome says how a call ended, as it travels.
type Outcome struct {
	ID      string
	Kind    Kind
	Fault   *Fault `json:",omitempty"`
	Worker  string `json:",omitempty"` // name
	Attempt int    `json:",omitempty"`
	Body    []byte `json:"-"` // the output
}

// A Kind says what an outcome is.
type Kind uint8

// The kinds of outcomes. Those from Begun on are news of a call that goes on.
const (
	Succeeded  Kind = iota + 1
	Failed          // the function returned an error, panicked or exited
	Aborted         // ended by an abort, after it had been started
	NeverRan        // it was not started, and never will be
	Lost            // started as often as the policy allows; each time the worker died, or lost its lease
	Unknown         // no worker has the task, or not with these types: it never ran
	Unsure          // aborted, and it is not known what became of it
	Missing         // there is no call of this id
	Detached        // the engine, or the client, was closed: the call may still run
	Begun           // a worker has begun
	Progressed      // Body is what the function has reported
)

// Final reports whether k is an outcome, and not news of a call that goes on.
func (k Kind) Final() bool { return k < Begun }
