package outcome_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/outcome"
)

// Claims by state: the first wins, a pending claim only before the start.
func TestClaim(t *testing.T) {
	c := pending()
	if !c.Start() || c.Start() {
		t.Error("Start() of a pending promise, twice: want true, then false")
	}
	if c.Claim(true) || c.Drop(errBoom) {
		t.Error("a running promise is claimed as a pending one")
	}
	if !c.Claim(false) {
		t.Fatal("Claim() of a running promise = false")
	}
	c.Finish(outcome.Failed, errBoom)
	if c.Claim(false) || c.Drop(nil) || c.Start() || c.State() != outcome.Failed || c.Err() != errBoom {
		t.Errorf("a settled promise has changed, to %v, %v, want failed, boom", c.State(), c.Err())
	}
	c = pending()
	if !c.Drop(errBoom) || c.State() != outcome.Cancelled || c.Err() != errBoom {
		t.Errorf("Drop() of a pending promise leaves %v, %v, want cancelled, boom", c.State(), c.Err())
	}
	c = pending()
	if !c.Claim(true) {
		t.Error("Claim() of a pending promise = false")
	}
	c.Finish(outcome.Succeeded, nil)
	if c.Start() {
		t.Error("a settled promise starts")
	}
}

// Of all that settle a promise at the same time one wins, and a loser does not return
// before the outcome is there.
func TestClaimsRace(t *testing.T) {
	rounds := 20_000
	if testing.Short() {
		rounds = 1000
	}
	errOf := []error{errBoom, errors.New("second"), errors.New("third"), errors.New("fourth")}
	for range rounds {
		c := pending()
		var won atomic.Int32
		var winner atomic.Int32
		var all sync.WaitGroup
		go c.Start()
		for i, err := range errOf {
			all.Go(func() {
				settle := func() bool { return c.Drop(err) }
				if i > 0 {
					settle = func() bool {
						ok := c.Claim(false)
						if ok {
							c.Finish(outcome.Failed, err)
						}
						return ok
					}
				}
				switch {
				case settle():
					won.Add(1)
					winner.Store(int32(i))
				case i == 0 && !c.Settled(): // it has started
				case !c.Settled() || c.Err() == nil:
					t.Error("a call that lost has returned before the outcome was there")
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || c.Err() != errOf[winner.Load()] {
			t.Fatalf("%d calls have won, and the error is %v, want one call and its error", won.Load(), c.Err())
		}
	}
}

// A loser waits for the winner that has claimed and not finished yet.
func TestLoserWaits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		c := pending()
		if !c.Claim(false) {
			t.Fatal("Claim() of a pending promise = false")
		}
		var finishing atomic.Bool
		lost := make(chan bool)
		for range 2 {
			go func() { lost <- !c.Claim(false) && finishing.Load() && c.Err() == errBoom }()
		}
		go func() { lost <- !c.Start() && finishing.Load() && c.Err() == errBoom }()
		go func() { lost <- !c.Drop(nil) && finishing.Load() && c.Err() == errBoom }()
		synctest.Wait()
		finishing.Store(true)
		c.Finish(outcome.Failed, errBoom)
		for range 4 {
			if !<-lost {
				t.Error("a loser has won, or returned before the outcome was there")
			}
		}
	})
}

// Two claims: exactly one of them.
func TestClaimAgainstClaim(t *testing.T) {
	claim := func(c *outcome.Core) bool {
		ok := c.Claim(false)
		if ok {
			c.Finish(outcome.Failed, errBoom)
		}
		return ok
	}
	actOnOne(t, func(*outcome.Core) {}, claim, claim, func(c *outcome.Core, one, other bool) {
		if one == other {
			t.Errorf("the claims of a promise are %v and %v, want one true", one, other)
		}
	})
}

// Start and Drop of a promise: exactly one of them.
func TestStartAgainstDrop(t *testing.T) {
	actOnOne(t, func(*outcome.Core) {},
		func(c *outcome.Core) bool { return c.Drop(errBoom) }, (*outcome.Core).Start,
		func(c *outcome.Core, dropped, started bool) {
			if dropped == started {
				t.Errorf("Drop() = %v and Start() = %v, want one true", dropped, started)
			}
		})
}

// A Done channel that is asked for while the core settles is closed, too.
func TestDoneAgainstSettle(t *testing.T) {
	var done <-chan struct{}
	actOnOne(t, func(*outcome.Core) {}, func(c *outcome.Core) bool { end(c); return true },
		func(c *outcome.Core) bool { done = c.Done(); return true },
		func(*outcome.Core, bool, bool) {
			if !closed(done) {
				t.Error("the channel of a settled core is open")
			}
		})
}

// A call that finds a promise settled is not ahead of the outcome: Start neither.
func TestStartAgainstClaim(t *testing.T) {
	actOnOne(t, func(*outcome.Core) {},
		func(c *outcome.Core) bool {
			if !c.Claim(true) {
				return false
			}
			c.Finish(outcome.Cancelled, errBoom)
			return true
		},
		func(c *outcome.Core) bool {
			started := c.Start()
			if !started && !c.Settled() {
				t.Error("Start() = false of a promise that has neither started nor settled")
			}
			return started
		},
		func(_ *outcome.Core, settled, started bool) {
			if settled == started {
				t.Errorf("settled as one that never ran: %v, and Start() = %v, want one true", settled, started)
			}
		})
}
