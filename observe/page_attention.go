package observe

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// From these bounds on something needs attention.
const (
	longWait     seconds = 1    // of the oldest pending task, if all slots are busy
	tooLong      seconds = 30   // of it, whatever it waits for; as the alert MillraceQueueOld
	recently     seconds = 300  // that a panic was
	failingShare         = 0.05 // as the alert MillraceFailing
	lastMinute           = 12   // steps of the history
	mostNotes            = 20
)

// A note says what needs attention; the rest of the page helps to find out why.
type note struct {
	Where string `json:"where"` // the section of the page that has more
	About string `json:"about"` // the pool or the queue
	Text  string `json:"text"`
	At    string `json:"-"` // the element of the page that has more
}

// attention returns what needs it, the pools first, and how many notes there are in all. It marks
// the pools that do. If there are too many notes, pools leave room for the others: a panic in
// one of them counts more than that many are busy.
func attention(s *snapshot) (notes []note, n int) {
	ofPools, others := poolNotes(s.Pools), append(queueNotes(s.Queues), panicNotes(s.Failures)...)
	n = len(ofPools) + len(others)
	ofPools = ofPools[:min(len(ofPools), max(mostNotes/2, mostNotes-len(others)))]
	others = others[:min(len(others), mostNotes-len(ofPools))]
	return append(ofPools, others...), n
}

func newNote(where, at, about, format string, args ...any) note {
	return note{where, cmp.Or(about, "(no name)"), fmt.Sprintf(format, args...), at}
}

func poolNotes(pools []poolView) (notes []note) {
	for i := range pools {
		p := &pools[i]
		for _, text := range p.notes() {
			p.Alarm = true
			notes = append(notes, newNote("pools", p.Element(), p.Name, "%s", text))
		}
	}
	return notes
}

func queueNotes(queues []queueView) (notes []note) {
	for _, q := range queues {
		if q.Error != "" {
			notes = append(notes, newNote("queues", "queues", q.Queue, "does not answer: %s", q.Error))
		}
		if q.Totals.Silent > 0 {
			notes = append(notes, newNote("queues", "queues", q.Queue, "has heard nothing of %d of its %d workers", q.Totals.Silent, q.Totals.Workers))
		}
	}
	return notes
}

func panicNotes(failures []failureView) (notes []note) {
	for _, f := range failures {
		if f.Kind == "panic" && f.Ago < recently {
			notes = append(notes, newNote("failures", f.Element(), f.Pool, "%s has panicked, the last time %s ago: %s", f.Task, duration(f.Ago), f.Error))
		}
	}
	return notes
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
		add("holds up %s for want of a place in the queue", several(p.Blocked, "submitter"))
	}
	if p.DroppedObservers > 0 {
		add("does not call %s any more after a panic", several(p.DroppedObservers, "observer"))
	}
	if n := p.History.turnedAway(); n > 0 {
		add("has turned away %s in the last minute", several(n, "task"))
	}
	if share := p.History.failing(); share >= failingShare {
		add("has failed in %.0f%% of the tasks of the last minute", 100*share)
	}
	return all
}

// foremost returns at most n of the pools. If there are more, those that need attention come
// before the others.
func foremost(pools []poolView, n int) []poolView {
	if len(pools) <= n {
		return pools
	}
	slices.SortStableFunc(pools, func(a, b poolView) int { return cmp.Compare(count(b.Alarm), count(a.Alarm)) })
	return pools[:n]
}

// failing returns the share of the tasks of the last minute that have failed.
func (h *historyView) failing() float64 {
	if h == nil {
		return 0
	}
	return sumOfLast(h.Failed) / max(sumOfLast(h.Ended), 1)
}

// turnedAway returns how many tasks were in the last minute.
func (h *historyView) turnedAway() int {
	if h == nil {
		return 0
	}
	return int(math.Round(sumOfLast(h.TurnedAway) * float64(h.Step)))
}

// sumOfLast adds up the last minute.
func sumOfLast(steps []float64) (sum float64) {
	for _, f := range steps[max(0, len(steps)-lastMinute):] {
		sum += f
	}
	return sum
}
