package cluster

import (
	"context"
	"crypto/rand"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/pool"
)

// A Client submits calls to an engine and follows them. Its methods, and those of tasks
// that take it, may be called concurrently. The zero value panics at its first use.
type Client struct {
	engine Engine
	name   string
	next   atomic.Uint64
	room   chan struct{} // one place for each call that is out

	mu struct {
		sync.Mutex
		closed bool
		left   bool                  // the engine was told so
		out    map[detacher]struct{} // calls whose future has not settled
		empty  chan struct{}         // closed when closed is set and out is empty
	}
}

// A detacher is a call that Close may give up on.
type detacher interface{ detach() }

// NewClient returns a client of an engine, and starts nothing. Several clients may share
// an engine, which may also serve at the same time. Until a client is closed, the engine
// may keep something for it; a client that lives as long as its engine need not be
// closed. NewClient panics if e is nil.
func NewClient(e Engine, opts ...ClientOption) *Client {
	if e == nil {
		panic("cluster: NewClient: nil engine")
	}
	c := &Client{engine: e, name: rand.Text()[:12], room: make(chan struct{}, defaultMaxCalls)}
	c.mu.out = make(map[detacher]struct{})
	c.mu.empty = make(chan struct{})
	for _, o := range opts {
		if o != nil {
			o(c)
		}
	}
	return c
}

// Close refuses new calls and waits until those in flight have settled, their OnDone
// functions included, or ctx ends. Then Close returns the cause of ctx, and the futures
// that are left settle with an error that is [ErrClosed] and [ErrUnsure]. Their calls
// still run; a call with an id can be joined later ([Task.Join]). Close does not close
// the engine. It may be called several times.
func (c *Client) Close(ctx context.Context) error {
	c.check("Close")
	checkContext("Close", ctx)
	c.mu.Lock()
	if !c.mu.closed {
		c.mu.closed = true
		c.checkEmptyLocked()
	}
	c.mu.Unlock()
	defer c.tellLeft()
	select {
	case <-c.mu.empty:
		return nil
	default:
	}
	select {
	case <-c.mu.empty:
		return nil
	case <-ctx.Done():
		c.detach()
		return context.Cause(ctx)
	}
}

// leave tells an engine that a client is closed, if it wants to know.
func leave(e Engine, client string) {
	if l, ok := e.(interface{ Leave(client string) }); ok {
		l.Leave(client)
	}
}

func (c *Client) detach() {
	c.mu.Lock()
	left := make([]detacher, 0, len(c.mu.out))
	for r := range c.mu.out {
		left = append(left, r)
	}
	c.mu.Unlock()
	for _, r := range left {
		r.detach()
	}
}

// add notes a call; it reports false if the client is closed.
func (c *Client) add(r detacher) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		return false
	}
	c.mu.out[r] = struct{}{}
	return true
}

// tellLeft tells the engine that the client is closed.
func (c *Client) tellLeft() {
	c.mu.Lock()
	c.mu.left = true
	c.mu.Unlock()
	leave(c.engine, c.name)
}

// started is called when the engine returns from Start or Join. If the client left meanwhile, the
// engine may have kept something for it after that.
func (c *Client) started() {
	c.mu.Lock()
	left := c.mu.left
	c.mu.Unlock()
	if left {
		leave(c.engine, c.name)
	}
}

func (c *Client) remove(r detacher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.mu.out, r)
	c.checkEmptyLocked()
}

func (c *Client) checkEmptyLocked() {
	if c.mu.closed && len(c.mu.out) == 0 {
		select {
		case <-c.mu.empty:
		default:
			close(c.mu.empty)
		}
	}
}

// take waits for a place for a call, until ctx ends. A task that waits lends its slot.
func (c *Client) take(ctx context.Context) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case c.room <- struct{}{}:
		return nil
	default:
	}
	pool.Outside(ctx, func() {
		select {
		case c.room <- struct{}{}:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	})
	return err
}

// id returns a new id of a call.
func (c *Client) id() string { return c.name + "." + strconv.FormatUint(c.next.Add(1), 36) }
