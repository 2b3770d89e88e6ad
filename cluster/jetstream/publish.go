package jetstream

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

// errThere is the answer to a publication that is only wanted if its subject is
// empty, and is not.
var errThere = errors.New("jetstream: there is a message of this subject already")

// errHadPerhaps marks the refusal of a message that was published before: the server may have
// taken it then, and its answer was lost.
var errHadPerhaps = errors.New("")

// againHeader marks a message that was published before, and perhaps arrived: the
// worker that takes it looks whether it was dealt with.
const againHeader = "Millrace-Again"

// resendAfter is when a publication without an answer is published again. The server answers
// within milliseconds, or after its disk has. While it answers others, it is busy, and more messages would
// keep it so: then a publication waits several times as long. A call that was published again can not be
// taken back for certain.
const (
	resendAfter = 2 * time.Second
	timesIfBusy = 5
)

// A publisher publishes to streams and waits for the answers, without a goroutine or
// a channel for each. It publishes a message again until there is an answer, because the
// server may be out of reach for a while. So that nothing is stored twice, each further time
// says that the subject must be empty.
//
// The client of the server has such a thing too (PublishAsync); it gives up at the
// first disconnect, and costs about twice the processor time.
type publisher struct {
	nc     *nats.Conn
	breaks *atomic.Uint64
	prefix string // of the subjects of answers
	sub    *nats.Subscription
	after  time.Duration // resendAfter, but for tests
	timer  *time.Timer

	mu struct {
		sync.Mutex
		closed bool
		next   uint64
		open   map[uint64]*publication
		heard  time.Time // when the server last said what became of one
		calls  time.Time // the same, of a call

		waiting []*publication // calls that were never written to the connection, the oldest first
		out     int            // cost of the calls that were, and have no answer
	}
}

type publication struct {
	msg   *nats.Msg
	empty string                      // the subject that must be empty, if it is published again; "": its own
	call  bool                        // it is refused if the server has no room; all else waits for some
	done  func(seq uint64, err error) // must not block

	// Guarded by the publisher's mutex.
	n      uint64    // number among those of the publisher
	sent   time.Time // when it was written to the connection last; zero: never
	again  bool      // it was so more than once
	breaks uint64    // how often the connection had been made again then, at least
}

// maxOut bounds the calls that the server is sent before it has answered: 1,024, or 16 MiB. The others
// wait here, where they can be taken back for certain. With all of them on their way, a server that syncs some
// hundred writes a second would get each again and again, since it cannot answer in the time after
// which they are sent again, and would refuse more than 100,000.
const (
	maxOut    = 16 << 20
	leastCost = maxOut / 1024
)

// cost is what a call takes of maxOut.
func (b *publication) cost() int { return max(leastCost, len(b.msg.Data)) }

func newPublisher(nc *nats.Conn, breaks *atomic.Uint64) (*publisher, error) {
	p := &publisher{nc: nc, breaks: breaks, prefix: nats.NewInbox() + ".", after: resendAfter}
	p.mu.open = make(map[uint64]*publication)
	var err error
	if p.sub, err = nc.Subscribe(p.prefix+"*", p.answer); err != nil {
		return nil, err
	}
	p.timer = time.AfterFunc(time.Hour, func() { p.resend(p.after) })
	return p, nil
}

// onlyIfEmpty makes the server refuse m unless subject, which may have wildcards and by
// default is that of m, has no message.
func onlyIfEmpty(m *nats.Msg, subject string) {
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "0")
	if subject != "" {
		m.Header.Set(jetstream.ExpectedLastSubjSeqSubjHeader, subject)
	}
}

// send publishes p, once there is a connection, and room for it if it is a call. Done is called
// once: with the sequence number, with errThere, or with another error of the server, which will
// not have it.
func (p *publisher) send(b *publication) {
	now := !b.call && p.nc.IsConnected()
	p.mu.Lock()
	if p.mu.closed {
		p.mu.Unlock()
		b.done(0, cluster.ErrClosed)
		return
	}
	p.mu.next++
	n := p.mu.next
	b.msg.Reply = p.prefix + strconv.FormatUint(n, 36)
	b.n = n
	if now {
		b.sent, b.breaks = time.Now(), p.breaks.Load()
	}
	if b.call {
		p.mu.waiting = append(p.mu.waiting, b)
	}
	p.mu.open[n] = b
	if len(p.mu.open) == 1 {
		p.timer.Reset(p.after)
	}
	p.mu.Unlock()
	if now {
		_ = p.nc.PublishMsg(b.msg) // without an answer it is published again
	}
	if b.call {
		p.sendWaiting()
	}
}

// sendWaiting publishes calls that wait, as long as there is room.
func (p *publisher) sendWaiting() {
	for b := p.nextWaiting(); b != nil; b = p.nextWaiting() {
		_ = p.nc.PublishMsg(b.msg)
	}
}

// nextWaiting returns the next call to be published for the first time; nil if there is none, or no room.
func (p *publisher) nextWaiting() *publication {
	connected := p.nc.IsConnected()
	p.mu.Lock()
	defer p.mu.Unlock()
	for connected && len(p.mu.waiting) > 0 && p.mu.out < maxOut {
		b := p.mu.waiting[0]
		p.mu.waiting[0] = nil
		p.mu.waiting = p.mu.waiting[1:]
		if p.mu.open[b.n] == b { // it was not taken back
			b.sent, b.breaks = time.Now(), p.breaks.Load()
			p.mu.out += b.cost()
			return b
		}
	}
	return nil
}

// removeLocked lets go of a publication. It reports false if that was done before.
func (p *publisher) removeLocked(b *publication) bool {
	if p.mu.open[b.n] != b {
		return false
	}
	delete(p.mu.open, b.n)
	if b.call && !b.sent.IsZero() {
		p.mu.out -= b.cost()
	}
	return true
}

// recall takes back a message that was never written to the connection. It reports whether it
// did: then done is not called, and the server never has the message.
func (p *publisher) recall(b *publication) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return b.sent.IsZero() && p.removeLocked(b)
}

// awaits reports whether b was handed to send, which may not have written it yet, and has no answer.
func (p *publisher) awaits(b *publication) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.open[b.n] == b
}

// repeated reports whether b was published more than once.
func (p *publisher) repeated(b *publication) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return b.again
}

// heard returns when the server last said what became of a publication, and of a call. While it
// says so of others, it is busy and not away.
func (p *publisher) heard() (any, calls time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.heard, p.mu.calls
}

// giveUp publishes b no more. Done is not called.
func (p *publisher) giveUp(b *publication) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.removeLocked(b)
}

type answer struct {
	Seq   uint64              `json:"seq"`
	Error *jetstream.APIError `json:"error"`
}

// answer is told what the server says.
func (p *publisher) answer(m *nats.Msg) {
	n, err := strconv.ParseUint(strings.TrimPrefix(m.Subject, p.prefix), 36, 64)
	if err != nil {
		return
	}
	var a answer
	if json.Unmarshal(m.Data, &a) != nil {
		return // no responders: the streams are not there yet, after a restart
	}
	p.mu.Lock()
	b := p.mu.open[n]
	if b == nil || a.Error != nil && b.waits(a.Error) {
		p.mu.Unlock()
		return
	}
	p.removeLocked(b)
	p.mu.heard = time.Now()
	if b.call {
		p.mu.calls = p.mu.heard
	}
	again := b.again
	p.mu.Unlock()
	err = refusal(a.Error)
	if err != nil && again && !errors.Is(err, errThere) {
		err = fmt.Errorf("%w%w", errHadPerhaps, err)
	}
	b.done(a.Seq, err)
	if b.call {
		p.sendWaiting()
	}
}

// Error codes of the server.
const (
	codeNoLeader      = 10008
	codeNoRoom        = 10023
	codeWrongSequence = 10071
	codeNotStored     = 10077
	codeTooMany       = 10167 // are waiting to be stored
)

// waits reports whether b is worth trying again after this answer.
func (b *publication) waits(e *jetstream.APIError) bool {
	return e.ErrorCode == codeTooMany || e.Code == 503 && e.ErrorCode != codeNotStored && !(b.call && e.ErrorCode == codeNoRoom)
}

func refusal(e *jetstream.APIError) error {
	switch {
	case e == nil:
		return nil
	case e.ErrorCode == codeWrongSequence:
		return errThere
	case e.ErrorCode == codeNoRoom, e.ErrorCode == codeNotStored && strings.Contains(e.Description, "maximum"):
		return fmt.Errorf("%w: %s", cluster.ErrFull, e.Description)
	}
	return fmt.Errorf("jetstream: the server refuses it: %s", e.Description)
}

// resend publishes again what was published longer ago, and has no answer.
func (p *publisher) resend(after time.Duration) {
	now, connected := time.Now(), p.nc.IsConnected()
	var again []*nats.Msg
	p.mu.Lock()
	for _, b := range p.mu.open {
		if connected && p.dueLocked(b, now, after) {
			b.breaks = p.breaks.Load()
			again = append(again, b.next(now))
		}
	}
	if len(p.mu.open) > 0 && !p.mu.closed {
		p.timer.Reset(p.after)
	}
	p.mu.Unlock()
	for _, m := range again {
		_ = p.nc.PublishMsg(m)
	}
	p.sendWaiting()
}

// dueLocked reports whether b is to be published again, if nothing is heard for so long.
func (p *publisher) dueLocked(b *publication, now time.Time, after time.Duration) bool {
	if b.call && b.sent.IsZero() {
		return false // it waits for its turn
	}
	heard := p.mu.heard
	if b.call {
		heard = p.mu.calls
	}
	sent := now.Sub(b.sent)
	return sent >= after && now.Sub(heard) >= after || sent >= timesIfBusy*p.after
}

// next returns the message to be published now. Another time it is another object, since the
// first may be in use.
func (b *publication) next(now time.Time) *nats.Msg {
	first := b.sent.IsZero()
	b.sent = now
	if first {
		return b.msg
	}
	b.again = true
	m := nats.NewMsg(b.msg.Subject)
	m.Reply, m.Data = b.msg.Reply, b.msg.Data
	for k, v := range b.msg.Header {
		m.Header[k] = v
	}
	m.Header.Set(againHeader, "1")
	if b.empty != anySequence {
		onlyIfEmpty(m, b.empty)
	}
	return m
}

// anySequence as publication.empty says that the message may be stored twice.
const anySequence = "-"

// close gives up on what has no answer.
func (p *publisher) close() {
	p.mu.Lock()
	p.mu.closed = true
	open := p.mu.open
	p.mu.open, p.mu.waiting = nil, nil
	p.mu.Unlock()
	p.timer.Stop()
	_ = p.sub.Unsubscribe()
	for _, b := range open {
		b.done(0, cluster.ErrClosed)
	}
}
