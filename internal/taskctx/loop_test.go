package taskctx_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// The items of a loop end one by one, as the loop goes on, those that were looked at too;
// Take goes on behind them.
func TestLoop(t *testing.T) {
	b := taskctx.NewBelow(bg, nil, b0, true)
	b.Take()
	b.EndLast()
	var at progress
	at.Store(1000)
	l := taskctx.NewLoop(&at)
	for n := 1; n < 10; {
		b.Stretch(l, 10-n)
		for looked := false; n < 10 && !looked; n++ {
			c, next := b.At(n), b.At(n+1)
			if c.Over() || c.Err() != nil || c.Owner() != b0 {
				t.Fatalf("item %d has ended before it ran", n)
			}
			var done <-chan struct{}
			if n%3 == 0 {
				done = c.Done()
			}
			at.Add(1)
			if !c.Over() || next.Over() || c.Owner() != nil {
				t.Fatalf("after item %d: Over() = %v, of the next one %v, want true and false", n, c.Over(), next.Over())
			}
			if looked = b.Looked() != 0; looked {
				b.Stop(n + 1)
				b.Sync()
			}
			if done != nil {
				<-done
			}
			check(t, "passed", c, context.Canceled, outcome.ErrTaskEnded)
		}
	}
	if c := b.Take(); c.Place() != 10 || b.Ended() != 10 {
		t.Errorf("Take() goes on at place %d with %d ended, want 10", c.Place(), b.Ended())
	}
}

var b0 = new(taskctx.Owner)

// Whatever the word of a loop says when the loop is over, what it ran has ended, and what
// comes behind has not.
func TestLoopIsOver(t *testing.T) {
	for _, word := range []uint64{0, 999, 1000, 1001, 1002, 1 << 40} {
		b := taskctx.NewBelow(bg, nil, nil, true)
		var at progress
		at.Store(1000)
		b.Stretch(taskctx.NewLoop(&at), 5)
		at.Add(1)
		b.StopHere()
		at.Store(word)
		if b.Ended() != 1 || !b.At(0).Over() || b.At(1).Over() || b.At(5).Over() {
			t.Errorf("word %d: %d have ended, want 1", word, b.Ended())
		}
		b.StopHere() // there is no loop
		if b.Ended() != 1 {
			t.Errorf("word %d: %d have ended after a second StopHere, want 1", word, b.Ended())
		}
	}
}

// The word of a loop says nothing of items before and behind it.
func TestLoopOfSome(t *testing.T) {
	b := taskctx.NewBelow(bg, nil, nil, true)
	for range 3 {
		b.Take()
		b.EndLast()
	}
	var at progress
	b.Stretch(taskctx.NewLoop(&at), 2)
	for word, over := range [][]bool{{true, true, true, false, false, false}, {true, true, true, true, false, false}, {true, true, true, true, true, false}, {true, true, true, true, true, false}} {
		at.Store(uint64(word))
		for place, want := range over {
			if got := b.At(place).Over(); got != want {
				t.Errorf("at %d: Over() of place %d = %v, want %v", word, place, got, want)
			}
		}
	}
}

// A loop that has gone on to another block says nothing wrong of the one that it has left.
func TestLoopGoesOn(t *testing.T) {
	var at progress
	l := taskctx.NewLoop(&at)
	first := taskctx.NewBelow(bg, nil, nil, true)
	first.Stretch(l, 5)
	at.Add(5)
	first.Stop(5)
	second := taskctx.NewBelow(bg, nil, nil, true)
	second.Take()
	second.EndLast()
	second.Stretch(l, 5)
	for n := range 5 {
		for place := range 5 {
			if !first.At(place).Over() {
				t.Errorf("place %d of the first block lives again, as item %d of the second one runs", place, n)
			}
			if got, want := second.At(1+place).Over(), place < n; got != want {
				t.Errorf("item %d runs: Over() of item %d of the second block = %v, want %v", n, place, got, want)
			}
		}
		at.Add(1)
	}
	second.Stop(6)
}
