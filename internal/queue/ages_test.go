package queue_test

import (
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/queue"
)

// A value is as old as the one noted before it; the first one noted stands for those before.
func TestAges(t *testing.T) {
	var a queue.Ages
	if got := a.Of(1, time.Second); got != 0 {
		t.Errorf("Of() with nothing noted = %v, want 0", got)
	}
	a.Note(10, 10*time.Second)
	a.Note(20, 20*time.Second)
	for order, want := range map[uint64]time.Duration{5: 20, 10: 20, 19: 20, 20: 10, 1000: 10} {
		if got := a.Of(order, 30*time.Second); got != want*time.Second {
			t.Errorf("Of(%d) = %v, want %v", order, got, want*time.Second)
		}
	}
	if got := a.Of(20, 15*time.Second); got != 0 {
		t.Errorf("Of() before the time that was noted = %v, want 0", got)
	}
}

// Tidying keeps the ages of what is in use, and no more times than that takes.
func TestAgesTidy(t *testing.T) {
	var a queue.Ages
	var used []uint64
	tidied := 0
	for order := uint64(1); order <= 2000; order++ {
		if a.Full() && a.Len() > 0 {
			a.Tidy(func(need func(uint64)) {
				for _, u := range used {
					need(u)
				}
			})
			tidied++
		}
		a.Note(order, time.Duration(order)*time.Second)
		if order%100 == 0 {
			used = append(used, order)
		}
		for _, u := range used {
			if got, want := a.Of(u, 5000*time.Second), (5000-time.Duration(u))*time.Second; got != want {
				t.Fatalf("Of(%d) = %v, want %v", u, got, want)
			}
		}
	}
	if a.Len() > 3*len(used) || tidied > 500 {
		t.Errorf("%d times are noted for %d values, tidied %d times", a.Len(), len(used), tidied)
	}
}

// When all is forgotten, the room for many times is given back, and that for a few is kept.
func TestAgesClear(t *testing.T) {
	for n, kept := range map[uint64]bool{10: true, 10_000: false} {
		var a queue.Ages
		for order := uint64(1); order <= n; order++ {
			a.Note(order, time.Second)
		}
		a.Clear()
		if a.Len() != 0 || a.Full() == kept {
			t.Errorf("after Clear of %d times Len() = %d, Full() = %v, want 0, %v", n, a.Len(), a.Full(), !kept)
		}
	}
}
