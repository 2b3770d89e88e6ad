package parallel

import "runtime"

// What a parked goroutine may wait for, beside numbers of items.
const (
	noRoom  = ^uint64(0) - iota // the feeder: the window is full
	outflow                     // the caller: there is nothing to take
	noItem                      // as the number of an item: none
)

// await blocks until ready reports true; the goroutine that makes it true opens the consumer's
// gate for what. await reports false if that will never be, because no result comes from item n
// on. Like the feeder it yields the processor once before it parks.
func (l *loop) await(n, what uint64, ready func() bool) bool {
	runtime.Gosched()
	if ready() {
		return true
	}
	for {
		l.consumer.Close(what)
		if ready() {
			l.consumer.Cancel()
			return true
		}
		if l.never(n) {
			l.consumer.Cancel()
			return ready()
		}
		l.stalled()
		l.runners.Block(l.consumer.Park(), l.outer.Done())
		if l.outer.Err() != nil {
			return false // the gate is not used any more
		}
	}
}

// never reports whether no further result will come than what there is.
func (l *loop) never(n uint64) bool {
	if l.outer.Err() != nil {
		return true
	}
	if l.halted.Load() && l.items.Present() == 0 && l.tasks.Load() == 0 {
		return true
	}
	return l.input.over.Load() && (n == l.input.total || l.input.died())
}

// size returns the window, as it is now.
func (l *loop) size() uint64 { return l.window.Size(l.items.Cost()) }

// starved is for a runner that has found nothing. If there is no room although the caller
// waits for a result, its item holds up the others.
func (l *loop) starved() {
	held := max(l.pulled.Load(), l.items.Claimed()) - l.delivered.Load()
	if held < l.size() || l.consumer.Closed() && l.window.Widen(l.items.Cost()) {
		l.feeder.Open(noRoom)
	}
}

// stalled is for the caller and the feeder when they begin to wait: runners that have
// left because there was nothing did not see that. Each of the three writes first
// and looks then.
func (l *loop) stalled() {
	if l.items.Present() < l.runners.Limit && l.items.Claimed() >= l.job.limit() && l.feeder.Waiting(noRoom) {
		l.starved()
	}
}
