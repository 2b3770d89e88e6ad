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
	to *slog.Logger
	mu struct {
		sync.Mutex
		more map[string]int // by pool, in the second after it was logged: how many since
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
	if n, quiet := f.mu.more[pool]; quiet {
		f.mu.more[pool] = n + 1
		return false
	}
	f.startLocked(pool)
	return true
}

// startLocked begins a second in which the pool's tasks are counted.
func (f *fullQueues) startLocked(pool string) {
	if f.mu.more == nil {
		f.mu.more = map[string]int{}
	}
	f.mu.more[pool] = 0
	time.AfterFunc(fullEvery, func() { f.over(pool) })
}

// over is called when the second is over.
func (f *fullQueues) over(pool string) {
	f.mu.Lock()
	n := f.mu.more[pool]
	delete(f.mu.more, pool)
	if n > 0 {
		f.startLocked(pool)
	}
	f.mu.Unlock()
	if n > 0 {
		defer func() { _ = recover() }() // of the handler: it must not end the process
		f.log(context.Background(), pool, n)
	}
}

func (f *fullQueues) log(ctx context.Context, pool string, n int) {
	f.to.LogAttrs(ctx, slog.LevelWarn, "queue full", slog.String("pool", pool), slog.Int("count", n))
}
