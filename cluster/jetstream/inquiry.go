package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

// An abort of a call asks the workers whether they hold it. If it is known which worker has begun the
// call, that one is asked. If it is not known, or that worker does not hold the call, all are asked, in
// rounds: a round is one message to each worker and one answer of each, about all calls that wait for
// it. With a round for each call, a thousand aborts beside a thousand workers would be millions of
// messages, and the answers would come too late. A round does not wait for long for a worker that is
// silent, and may be dead; what that says late still counts as a sign of life, see ask.

// A question is whether a worker holds a call. If it does, it ends the call. If it does not, it
// refuses the message that was deleted, should that still be on its way.
type question struct {
	Key     string // of the call
	Cause   string
	Deleted uint64 `json:",omitempty"` // 0: no message was deleted
}

// A vote is what a worker answers to questions. What is in neither list it does not have, and refuses.
type vote struct {
	Worker string // subject of its record
	Holds  []int  `json:",omitempty"` // numbers of questions
	Unsure []int  `json:",omitempty"` // of those where it cannot tell
}

// An inquiry is a question to all workers, and what they said.
type inquiry struct {
	question
	ticket   *ticket
	held     bool          // a worker holds the call
	denied   bool          // all workers on record say that they do not have it
	answered chan struct{} // closed when that is known
}

// The inquiries of an engine are those that wait for the next round.
type inquiries struct {
	sync.Mutex
	waiting []*inquiry
	round   chan struct{} // held by the one that makes a round
}

// inquire reports whether a worker says that it holds a call, and if none does, whether all workers on
// record say that they do not have it.
func (e *Engine) inquire(t *ticket, cause string, deleted uint64) (held, denied bool) {
	ctx, cancel := e.asking(t)
	defer cancel()
	q := question{key(t.id), cause, deleted}
	if name := t.runner.Load(); name != nil && e.askRunner(ctx, *name, q) {
		t.isHeld()
		return true, false
	}
	i := &inquiry{question: q, ticket: t, answered: make(chan struct{})}
	e.inquiries.Lock()
	e.inquiries.waiting = append(e.inquiries.waiting, i)
	e.inquiries.Unlock()
	for {
		select {
		case <-i.answered:
			return i.held, i.denied
		case <-t.over: // the id may be in use again by the next round
			e.inquiries.withdraw(i)
			return false, false
		case <-ctx.Done():
			e.inquiries.withdraw(i)
			return false, false
		case e.inquiries.round <- struct{}{}:
			e.askAll(ctx)
			<-e.inquiries.round
		}
	}
}

// isHeld notes that a worker says that it has the call.
func (t *ticket) isHeld() {
	now := time.Now()
	t.held.Store(&now)
}

// lastHeld returns when a worker last said so.
func (t *ticket) lastHeld() (at time.Time) {
	if held := t.held.Load(); held != nil {
		at = *held
	}
	return at
}

// withdraw takes back an inquiry that waits.
func (is *inquiries) withdraw(i *inquiry) {
	is.Lock()
	defer is.Unlock()
	is.waiting = slices.DeleteFunc(is.waiting, func(o *inquiry) bool { return o == i })
}

// askRunner reports whether a worker says that it holds a call.
func (e *Engine) askRunner(ctx context.Context, name string, q question) bool {
	ctx, cancel := context.WithTimeout(ctx, e.votesWithin)
	defer cancel()
	data, _ := json.Marshal([]question{q}) // texts and a number
	m, err := e.nc.RequestWithContext(ctx, e.cfg.inquirySubject(name), data)
	var v vote
	return err == nil && json.Unmarshal(m.Data, &v) == nil && len(v.Holds) > 0
}

// askAll makes a round of the inquiries that wait.
func (e *Engine) askAll(ctx context.Context) {
	round := e.nextRound()
	if len(round) == 0 {
		return
	}
	info, err := e.results.Info(ctx, jetstream.WithSubjectFilter(e.cfg.prefix()+"w.>"))
	var workers map[string]uint64
	if err == nil {
		workers = info.State.Subjects
	}
	doubted, all := e.gatherVotes(ctx, round, workers)
	for n, i := range round {
		i.denied = err == nil && all && !i.held && !doubted[n]
		close(i.answered)
	}
}

// nextRound takes the inquiries that fit into a message.
func (e *Engine) nextRound() []*inquiry {
	e.inquiries.Lock()
	defer e.inquiries.Unlock()
	waiting, n := e.inquiries.waiting, 0
	for size := 0; n < len(waiting); n++ {
		size += 6*len(waiting[n].Cause) + len(waiting[n].Key) + 64 // as JSON, at most
		if n > 0 && size > e.maxMessage() {
			break
		}
	}
	e.inquiries.waiting = slices.Clone(waiting[n:]) // withdraw writes to it
	return waiting[:n]
}

// gatherVotes asks all workers, and waits for those that are on record. It reports which questions
// a worker cannot answer, and whether all workers on record have answered.
func (e *Engine) gatherVotes(ctx context.Context, round []*inquiry, workers map[string]uint64) (doubted map[int]bool, all bool) {
	inbox := nats.NewInbox()
	sub, err := e.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, false
	}
	questions := make([]question, len(round))
	for n, i := range round {
		questions[n] = i.question
	}
	data, _ := json.Marshal(questions) // texts and numbers
	if e.nc.PublishRequest(e.cfg.prefix()+"d", inbox, data) != nil {
		_ = sub.Unsubscribe()
		return nil, false
	}
	doubted = make(map[int]bool)
	for first := true; first || len(workers) > 0; first = false { // one may be off the record
		v, err := e.nextVote(ctx, sub)
		if err != nil {
			e.run(func() { e.hearLate(sub, round, err) })
			return doubted, e.allEnded(ctx, workers)
		}
		for _, n := range v.Unsure {
			doubted[n] = true
		}
		for _, i := range v.noteHeld(round) {
			i.held = true
		}
		delete(workers, v.Worker)
	}
	_ = sub.Unsubscribe()
	return doubted, true
}

// noteHeld notes which calls of a round the worker holds, and returns the inquiries.
func (v *vote) noteHeld(round []*inquiry) (held []*inquiry) {
	for _, n := range v.Holds {
		if n >= 0 && n < len(round) {
			round[n].ticket.isHeld()
			held = append(held, round[n])
		}
	}
	return held
}

// nextVote waits for a vote for a moment: with many workers, the last votes come long after the
// question. If no worker is there, the server says so.
func (e *Engine) nextVote(ctx context.Context, sub *nats.Subscription) (v vote, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.votesWithin)
	defer cancel()
	m, err := sub.NextMsgWithContext(ctx)
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(m.Data, &v)
}

// hearLate listens to votes that come after the end of their round, unless that ended because no worker
// is there.
func (e *Engine) hearLate(sub *nats.Subscription, round []*inquiry, end error) {
	defer func() { _ = sub.Unsubscribe() }()
	if errors.Is(end, nats.ErrNoResponders) {
		return
	}
	ctx, cancel := context.WithTimeout(e.ctx, min(e.lease, abortTimeout))
	defer cancel()
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return // it is over, or the connection is closed
		}
		var v vote
		_ = json.Unmarshal(m.Data, &v) // or it says nothing
		v.noteHeld(round)
	}
}

// allEnded reports whether the records of workers that do not answer are gone: what the server
// says of a stream may have subjects whose messages were deleted just before.
func (e *Engine) allEnded(ctx context.Context, workers map[string]uint64) bool {
	for subject := range workers {
		if _, err := e.results.GetLastMsgForSubject(ctx, subject); !gone(err) {
			return false
		}
	}
	return true
}

// vote answers questions, and ends the calls that it holds.
func (w *worker) vote(m *nats.Msg) {
	v := vote{Worker: w.statusSubject()}
	var questions []question
	if json.Unmarshal(m.Data, &questions) != nil {
		return
	}
	var ended []*lease
	for n, q := range questions {
		switch l, unsure := w.heldOrDenied(q); {
		case unsure, l != nil && !l.end(cluster.AbortError(q.Cause)), l != nil && l.isLost():
			v.Unsure = append(v.Unsure, n)
		case l != nil:
			v.Holds = append(v.Holds, n)
			ended = append(ended, l)
		}
	}
	b, _ := json.Marshal(v) // a text and numbers
	_ = m.Respond(b)
	for _, l := range ended {
		w.unqueue(l)
	}
}

// heldOrDenied returns the lease of a call. If there is none, and a message was deleted, the worker
// refuses that from now on, unless it is unsure whether it has begun the call.
func (w *worker) heldOrDenied(q question) (l *lease, unsure bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l = w.mu.held[q.Key]; l != nil || q.Deleted == 0 {
		return l, false
	}
	return nil, !w.mu.memory.deny(q.Key, q.Deleted, time.Now(), w.e.lease)
}

// unqueue gives back a call that the worker has not taken: it would wait until the worker has room.
func (w *worker) unqueue(l *lease) {
	for _, p := range w.pulls {
		if p.remove(l) {
			l.GiveBack(0)
		}
	}
}
