package jetstream

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// A pull asks the server for calls of one priority, a number at a time, and keeps those that
// the worker has not taken yet. At most one request is open.
//
// No other worker can take a call that waits here. So a pull asks for as many calls as the
// worker has ended in the last moments, which are dozens if calls take milliseconds. If the
// worker has ended none, the pull asks for one, but only while the worker waits for a call; such
// a request is open for long, so that idle workers cost the server little. A call that is not
// taken for a while goes back: the worker is busy with calls that take longer than those before.
//
// The iterators of the server's client are not used: when they are stopped they drop the calls
// that have arrived, and no worker gets these before their leases have ended.
type pull struct {
	w       *worker
	line    int
	subject string // of requests
	inbox   string
	sub     *nats.Subscription
	timer   *time.Timer
	idle    chan struct{} // closed when the pull has ended and no request is open

	mu struct {
		sync.Mutex
		ended   bool
		drained bool          // what comes yet is given back
		asked   int           // calls of the request that have not arrived
		expires time.Duration // of the next request for one call
		hot     bool          // calls arrived since a request last ended by time
		at      time.Time
		queue   []*lease
	}
}

const (
	pullExpires = time.Second           // a request for several calls ends after that, and another is made
	oneExpires  = 30 * time.Second      // one for a single call
	farExpires  = 4 * time.Second       // the same, at most, if a drain has to wait for the end of the request
	pullLate    = 2 * time.Second       // nothing was heard of a request so long after its end: it is lost
	maxWant     = 64                    // a request of more saves nothing
	onItsWay    = 20 * time.Millisecond // the answer to a request, if there are calls
	patiently   = 50 * time.Millisecond // before the next request, if no server knows the consumer
	longWait    = time.Second           // of a call that another worker may have room for
)

func newPull(w *worker, line int) (*pull, error) {
	p := &pull{
		w: w, line: line, inbox: nats.NewInbox(), idle: make(chan struct{}),
		subject: "$JS.API.CONSUMER.MSG.NEXT." + w.e.cfg.callsName() + "." + consumerName(line),
	}
	p.mu.expires = w.shortest()
	var err error
	if p.sub, err = w.e.nc.Subscribe(p.inbox, p.receive); err != nil {
		return nil, err
	}
	p.timer = time.AfterFunc(time.Hour, p.again)
	return p, nil
}

// ask makes a request, if none is out and there is room.
func (p *pull) ask() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.askLocked()
}

func (p *pull) askLocked() {
	least := 0
	if p.w.waits.Load() {
		least = 1
	}
	p.askAtLeastLocked(least)
}

func (p *pull) askAtLeastLocked(least int) {
	n := min(maxWant, max(least, p.w.pace.last())) - len(p.mu.queue)
	switch {
	case p.mu.asked > 0:
		return
	case p.mu.ended:
		p.idleLocked()
		return
	case n <= 0:
		return
	}
	expires := p.mu.expires
	if n > 1 {
		expires = pullExpires
	}
	p.mu.asked, p.mu.at = n, time.Now()
	request, _ := json.Marshal(map[string]any{"batch": n, "expires": expires})
	_ = p.w.e.nc.PublishRequest(p.subject, p.inbox, request) // unanswered, it is made again
	p.timer.Reset(expires + pullLate)
}

// idleLocked tells drain that no request is out.
func (p *pull) idleLocked() {
	select {
	case <-p.idle:
	default:
		close(p.idle)
	}
}

// again makes a new request in place of one that is lost.
func (p *pull) again() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.asked, p.mu.expires = 0, p.w.shortest()
	p.askLocked()
}

// receive is told of calls, and of the end of requests.
func (p *pull) receive(m *nats.Msg) {
	if status := m.Header.Get("Status"); status != "" && m.Reply == "" {
		if status != "100" { // no heartbeat: the request has ended
			p.ended(status)
		}
		return
	}
	l := p.w.hold(m)
	p.mu.Lock()
	p.mu.asked = max(0, p.mu.asked-1)
	p.mu.hot, p.mu.expires = true, p.w.shortest()
	late := l != nil && p.mu.drained
	if l != nil && !late {
		p.mu.queue = append(p.mu.queue, l)
	}
	if len(p.mu.queue) == 0 || p.mu.ended {
		p.askLocked()
	}
	p.mu.Unlock()
	if late {
		l.GiveBack(0)
	}
	p.w.wakeUp()
}

// ended is told that a request has ended: by time, mostly, or because there is no
// server that knows the consumer; then the next one waits a little.
func (p *pull) ended(status string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.asked, p.mu.hot = 0, false
	if status != requestTimeout && !p.mu.ended {
		p.timer.Reset(patiently)
		return
	}
	p.mu.expires = min(2*p.mu.expires, p.w.longest())
	p.askLocked()
}

// longest is how long a request may be out.
func (w *worker) longest() time.Duration {
	if w.e.alone {
		return oneExpires
	}
	return farExpires
}

// shortest is how long a request for one call is out while there are calls. Where a drain has to
// wait for its end, that is longer the longer there were none.
func (w *worker) shortest() time.Duration {
	if w.e.alone {
		return oneExpires
	}
	return pullExpires
}

// requestTimeout is the status at the end of a request by time.
const requestTimeout = "408"

// due returns how long it is worth waiting for a call that may be on its way, before
// one of a lower priority is taken. While there are calls, it asks for one: of calls that take long, the
// worker has not asked for more, and those of all priorities would take turns.
//
// An answer that is later than that costs the order of two calls, and nothing else. To wait for it, however
// late it is, would let the worker idle beside calls that it has, when a server is out of reach.
func (p *pull) due() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.mu.hot {
		return 0
	}
	p.askAtLeastLocked(1)
	if p.mu.asked == 0 {
		return 0
	}
	return time.Until(p.mu.at.Add(p.w.e.onItsWay))
}

// take returns a call that has come; nil if there is none.
func (p *pull) take() *lease {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.mu.queue) == 0 {
		return nil
	}
	l := p.mu.queue[0]
	p.mu.queue[0] = nil
	p.mu.queue = p.mu.queue[1:]
	p.w.waits.Store(false)
	if len(p.mu.queue) <= p.w.pace.last()/2 { // a request for one is as dear as one for many
		p.askLocked()
	}
	return l
}

// giveBackOld gives back what has waited here for long.
func (p *pull) giveBackOld(now time.Time) {
	if p.w.waits.Load() {
		return
	}
	p.mu.Lock()
	var old []*lease
	p.mu.queue = slices.DeleteFunc(p.mu.queue, func(l *lease) bool {
		if now.Sub(l.arrived) <= p.w.e.longWait {
			return false
		}
		old = append(old, l)
		return true
	})
	p.mu.Unlock()
	for _, l := range old {
		l.GiveBack(0)
	}
}

// remove takes a call out that the worker has not taken. It reports whether it was there.
func (p *pull) remove(l *lease) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.mu.queue, l)
	if i < 0 {
		return false
	}
	p.mu.queue = slices.Delete(p.mu.queue, i, i+1)
	p.askLocked()
	return true
}

// drain ends the pull and gives back the calls that have arrived, and those that are on their
// way. If the queue is on one server, and the connection is to that, the end of the
// subscription ends the request: the server knows at once, and takes back what it was about to
// send. With several servers, one of them may still send calls after the end of the
// subscription; so there the request ends by time.
func (p *pull) drain() {
	p.mu.Lock()
	p.mu.ended = true
	p.askLocked()
	p.mu.Unlock()
	ended := p.idle
	if p.w.e.alone {
		ended = p.unsubscribed()
	}
	select {
	case <-ended:
	case <-p.w.e.ctx.Done():
	case <-time.After(p.w.longest() + pullLate): // the server is out of reach
	}
	p.end()
	p.mu.Lock()
	queue := p.mu.queue
	p.mu.queue, p.mu.drained = nil, true
	p.mu.Unlock()
	for _, l := range queue {
		l.GiveBack(0)
	}
}

// unsubscribed ends the subscription. The channel that it returns is closed when all that
// the server has sent has been received.
func (p *pull) unsubscribed() chan struct{} {
	ended := make(chan struct{})
	p.sub.SetClosedHandler(func(string) { close(ended) })
	_ = p.sub.Drain() // an error: the connection is closed
	return ended
}

func (p *pull) end() {
	p.timer.Stop()
	_ = p.sub.Unsubscribe()
}
