package observe

import (
	"cmp"
	"fmt"
)

// From these bounds on something needs attention.
const (
	longWait     seconds = 1    // of the oldest pending task, if all slots are busy
	tooLong      seconds = 30   // of it, whatever it waits for; as the alert MillraceQueueOld
	recently     seconds = 300  // that a panic was
	failingShare         = 0.05 // as the alert MillraceFailing
	failingSteps         = 12   // of the history: a minute
	mostNotes            = 20
)

// A note says what needs the attention of whoever looks at the page; the rest is there to
// find out why.
type note struct {
	Where string `json:"where"` // the section of the page that has more
	About string `json:"about"` // the pool or the queue
	Text  string `json:"text"`
}

// attention returns what needs it, the pools first, and how many notes there are in all.
func attention(s *snapshot) (notes []note, n int) {
	add := func(where, about, format string, args ...any) {
		if n++; n <= mostNotes {
			notes = append(notes, note{where, cmp.Or(about, "(no name)"), fmt.Sprintf(format, args...)})
		}
	}
	for _, p := range s.Pools {
		for _, text := range p.notes() {
			add("pools", p.Name, "%s", text)
		}
	}
	for _, q := range s.Queues {
		if q.Error != "" {
			add("queues", q.Queue, "does not answer: %s", q.Error)
		}
		if q.Totals.Silent > 0 {
			add("queues", q.Queue, "has heard nothing of %d of its %d workers", q.Totals.Silent, q.Totals.Workers)
		}
	}
	for _, f := range s.Failures {
		if f.Kind == "panic" && f.Ago < recently {
			add("failures", f.Pool, "%s has panicked, the last time %s ago: %s", f.Task, duration(f.Ago), f.Error)
		}
	}
	return notes, n
}

// notes returns what needs attention of a pool.
func (p poolView) notes() (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	waited := oldest(p.Stats)
	if p.Error != "" {
		add("takes no more work: %s", p.Error)
	}
	switch {
	case p.Queued > 0 && p.QueueLimit > 0 && p.Queued >= p.QueueLimit:
		add("has a full queue, whose oldest task has waited for %s", duration(waited))
	case p.Running >= p.Workers && waited >= longWait:
		add("has no free slot, and its oldest task has waited for %s", duration(waited))
	case waited >= tooLong:
		add("has free slots, and yet its oldest task has waited for %s", duration(waited))
	}
	if p.Blocked > 0 {
		add("holds up %s submitters, which wait for a place in the queue", whole(p.Blocked))
	}
	if p.DroppedObservers > 0 {
		add("does not call %s of its observers any more: they have panicked", whole(p.DroppedObservers))
	}
	if share := p.History.failing(); share >= failingShare {
		add("has failed in %.0f%% of the tasks of the last minute", 100*share)
	}
	return all
}

// failing returns the share of the tasks of the last minute that have failed.
func (h *historyView) failing() float64 {
	if h == nil {
		return 0
	}
	var ended, failed float64
	for i := max(0, len(h.Ended)-failingSteps); i < len(h.Ended); i++ {
		ended += h.Ended[i]
		failed += h.Failed[i]
	}
	return failed / max(ended, 1)
}
