package bubble_test

import (
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
)

func TestRunOfNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		if got := bubble.Left(); got != 0 {
			t.Errorf("Left() = %d, want 0", got)
		}
	})
}

// Goroutines that block, on a channel or on time, count until they end, and so
// do their own children.
func TestLeft(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		quit := make(chan struct{})
		go func() {
			go func() { <-quit }()
			<-quit
		}()
		go time.Sleep(time.Minute)
		if got := bubble.Left(); got != 3 {
			t.Errorf("Left() = %d, want 3", got)
		}
		close(quit)
		if got := bubble.Left(); got != 1 {
			t.Errorf("Left() = %d after two have ended, want 1", got)
		}
		time.Sleep(time.Minute)
	})
}

// Goroutines outside of the bubble do not count.
func TestLeftOutside(t *testing.T) {
	quit := make(chan struct{})
	defer close(quit)
	go func() { <-quit }()
	bubble.Run(t, func(t *testing.T) {
		if got := bubble.Left(); got != 0 {
			t.Errorf("Left() = %d, want 0", got)
		}
	})
}

func TestLeftPanicsOutside(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Left() outside of a bubble did not panic")
		}
	}()
	bubble.Left()
}
