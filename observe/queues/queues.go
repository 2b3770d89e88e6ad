// Package queues has the words for what the queues of a cluster do. The engines of module
// cluster say it, and the page of package observe shows it; this package stands between
// them, so that neither brings the other into a program.
package queues

import "time"

// A Status is what an operator wants to know of a queue. What an engine cannot say is
// zero.
type Status struct {
	Engine  string // where the queue is: "jetstream", "temporal", "local"
	Queue   string
	Queued  int           // calls that no worker has
	Held    int           // calls that a worker has, pending there or running
	Oldest  time.Duration // since the oldest call that has not ended was submitted; 0: there is none
	Kept    int           // outcomes that can still be joined
	Unsure  int           // calls that this connection has aborted without knowing what became of them
	Lease   time.Duration // how long a worker may be silent before its calls are run elsewhere
	Workers []Worker      // in the order of their names
}

// A Worker is what a worker says of itself.
type Worker struct {
	Name    string
	Tasks   []string
	Slots   int
	Since   time.Time
	Beat    time.Time     // when it was heard of last
	Quiet   time.Duration // how long it may be unheard of, if that is longer than the lease
	Held    int
	Running []Call // the oldest first, at most 50

	// Since it began: outcomes by kind, calls that it gave back after an error (Retried)
	// or without having started them (Returned).
	Succeeded, Failed, Aborted, Lost, Refused, Retried, Returned int64
}

// A Call is one that a worker runs. ID is what its function gets from cluster.FromContext.
type Call struct {
	Task, ID string
	Attempt  int
	Since    time.Time
}

// unheard is how long a worker may be silent whatever the lease: workers write down what
// they do every few seconds.
const unheard = 6 * time.Second

// Silent reports whether the worker has not been heard of for longer than the lease, or
// than it may be: its calls are run elsewhere by now.
func (w *Worker) Silent(lease time.Duration) bool {
	return time.Since(w.Beat) > max(lease, unheard, w.Quiet)
}
