package observe

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// fullEvery is how often a pool's full queue is logged at most.
const fullEvery = time.Second

// fullQueues logs full queues. The first task that finds no place is logged at once;
// those of the second after it together, when it is over.
type fullQueues struct {
	to writer
	mu struct {
		sync.Mutex
		more map[string]int // by pool, from when it is logged until a second later: how many since
	}
}

func (f *fullQueues) add(ctx context.Context, pool string) {
	if f.first(pool) {
		f.log(ctx, pool, 1)
	}
}

// first reports whether the task is to be logged at once, or else counts it.
func (f *fullQueues) first(pool string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, quiet := f.mu.more[pool]
	if quiet {
		f.mu.more[pool] = n + 1
		return false
	}
	if f.mu.more == nil {
		f.mu.more = map[string]int{}
	}
	f.mu.more[pool] = 0
	return true
}

// log logs n tasks. The second begins when that is done, so that a handler which blocks has one
// goroutine of each pool and no more.
func (f *fullQueues) log(ctx context.Context, pool string, n int) {
	defer func() { time.AfterFunc(fullEvery, func() { f.over(pool) }) }()
	f.to.log(ctx, slog.LevelWarn, "queue full", slog.String("pool", pool), slog.Int("count", n))
}

// over is called when the second is over.
func (f *fullQueues) over(pool string) {
	if n := f.take(pool); n > 0 {
		f.log(context.Background(), pool, n)
	}
}

// take returns how many tasks were counted. If there were none, the next one is logged at once.
func (f *fullQueues) take(pool string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n = f.mu.more[pool]; n > 0 {
		f.mu.more[pool] = 0
	} else {
		delete(f.mu.more, pool)
	}
	return n
}
