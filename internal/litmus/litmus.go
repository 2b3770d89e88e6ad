// Package litmus is for tests of what two goroutines do to the same words without a lock:
// they do it at the same time, over and over, and each round checks the outcome. A forbidden
// outcome shows once in many rounds, if at all. So the rounds are many, and each round
// stores to memory that is in no cache, which delays the stores behind these.
//
// Tests are quick by default. MILLRACE_LITMUS is the number of rounds of each, 1000000 in
// tools/nightly.
package litmus

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// A Pair is two goroutines that do their parts of a round at the same time. Before and
// After, which may be nil, are called alone. All of them get the number of the round, from
// 1 on; A, Before and After are called by the goroutine of the test.
type Pair struct {
	Before, A, B, After func(round int)
}

// limit is how long a pair goes on, if the number of rounds was not asked for.
const limit = time.Second

// Rounds returns how often a litmus test tries, and whether that is what was asked for.
func Rounds() (rounds int, asked bool) {
	if n, err := strconv.Atoi(os.Getenv("MILLRACE_LITMUS")); err == nil {
		return n, true
	}
	if testing.Short() {
		return 5_000, false
	}
	return 50_000, false
}

// Run runs the rounds, until one of them fails the test. A pair that does a lot in each does
// only one of so many rounds. On one processor nothing happens at the same time, and the
// test is skipped.
func (p Pair) Run(t testing.TB, oneOf int) {
	t.Helper()
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one processor")
	}
	rounds, asked := Rounds()
	var a, b atomic.Uint64 // the round that each of them may do, or has done
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; meet(&a, uint64(n)); n++ {
			p.B(n)
			b.Store(uint64(n))
		}
	}()
	defer func() {
		a.Store(over)
		<-done
	}()
	end := time.Now().Add(limit)
	for n := 1; n <= max(1, rounds/oneOf) && !t.Failed() && (asked || time.Now().Before(end)); n++ {
		call(p.Before, n)
		a.Store(uint64(n))
		p.A(n)
		meet(&b, uint64(n))
		call(p.After, n)
	}
}

// OneWins fails the test unless, of two calls of try at the same time, just one reports true.
// before makes what they are tried on.
func OneWins(t testing.TB, before func(), try func() bool) {
	t.Helper()
	var first, second bool
	one, other := NewChance(), NewChance()
	Pair{
		Before: func(int) { before() },
		A:      func(int) { one.Spin(100); first = try() },
		B:      func(int) { other.Spin(150); second = try() },
		After: func(n int) {
			if first == second {
				t.Errorf("round %d: %v and %v, want one true", n, first, second)
			}
		},
	}.Run(t, 1)
}

func call(f func(int), n int) {
	if f != nil {
		f(n)
	}
}

// over is the round that ends a pair.
const over = math.MaxUint64

// meet waits until the other goroutine has come to a round, and reports false if there are no
// more. It spins: a goroutine that parks comes too late to meet the other one.
func meet(other *atomic.Uint64, round uint64) bool {
	for i := 1; ; i++ {
		switch at := other.Load(); {
		case at == over:
			return false
		case at >= round:
			return true
		case i%4000 == 0:
			time.Sleep(time.Microsecond) // the other one may need this processor
		case i%50 == 0:
			runtime.Gosched()
		}
	}
}

// Memory is cold, and a source of chance. It is for one goroutine.
type Memory struct {
	cold []byte
	seed uint64
}

// NewMemory returns memory whose pages are there.
func NewMemory() *Memory {
	m := &Memory{make([]byte, 64<<20), 1}
	for i := 0; i < len(m.cold); i += 4096 {
		m.cold[i] = 1
	}
	return m
}

// NewChance returns memory that nothing is stored to.
func NewChance() *Memory { return &Memory{seed: 7} }

// Next returns a number below n.
func (m *Memory) Next(n uint64) uint64 {
	m.seed ^= m.seed << 13
	m.seed ^= m.seed >> 7
	m.seed ^= m.seed << 17
	return m.seed % n
}

// Store makes n stores that miss the caches.
func (m *Memory) Store(n uint64) {
	for range n {
		m.cold[m.Next(uint64(len(m.cold)))] = 1
	}
}

// Spin passes some of up to n steps.
func (m *Memory) Spin(n uint64) {
	for range m.Next(n) {
		m.seed ^= m.seed >> 1 & 1
	}
}
