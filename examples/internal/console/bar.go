package console

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress counts what is done so far. It may be written by any number of
// goroutines at once.
type Progress struct{ Items, Bytes atomic.Int64 }

// Total is what there is to do.
type Total struct {
	Unit  string // of the items, in the plural
	Items int    // 0: not known
	Bytes int64
}

// describe returns how many of the items are done.
func (t Total) describe(done int64) string {
	if t.Items == 0 {
		return fmt.Sprintf("%d %s", done, t.Unit)
	}
	return fmt.Sprintf("%d/%d %s", done, t.Items, t.Unit)
}

// A bar shows progress in the last line of a terminal: items, bytes, rate, and
// the time that is left. The work only counts; the bar looks ten times a second,
// so that no worker waits for a terminal.
type bar struct {
	progress *Progress
	total    Total
	stop     chan struct{}
	stopped  chan struct{}

	mu struct { // lines and the bar take turns
		sync.Mutex
		screen io.Writer
		frame  bytes.Buffer // what is to be seen next
		line   *progressbar.ProgressBar
	}
}

// refresh is how long a bar stands: often enough to look alive.
const refresh = 100 * time.Millisecond

// newBar shows a bar on w, which has so many columns, until it is closed.
func newBar(w io.Writer, columns func() int, p *Progress, total Total) *bar {
	b := &bar{progress: p, total: total, stop: make(chan struct{}), stopped: make(chan struct{})}
	b.mu.screen = w
	b.mu.line = progressbar.NewOptions64(total.Bytes,
		progressbar.OptionSetWriter(clip{&b.mu.frame, columns}),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(20),
		progressbar.OptionClearOnFinish(),
	)
	b.draw()
	go b.keep()
	return b
}

// keep draws the bar again and again until it is closed.
func (b *bar) keep() {
	defer close(b.stopped)
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.draw()
		case <-b.stop:
			return
		}
	}
}

func (b *bar) draw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.line.Describe(b.total.describe(b.progress.Items.Load()))
	_ = b.mu.line.Set64(b.progress.Bytes.Load())
	_ = b.showLocked(b.mu.screen) // a bar that cannot be drawn is no reason to stop
}

// showLocked writes the frame at once: a bar that has got its items and not yet
// its bytes is not to be seen.
func (b *bar) showLocked(w io.Writer) error {
	_, err := b.mu.frame.WriteTo(w)
	b.mu.frame.Reset() // what could not be written is not for the next one
	return err
}

// above writes s to w, which is the bar's terminal, where the bar was, and the
// bar below it.
func (b *bar) above(w io.Writer, s string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.mu.line.Clear()
	b.mu.frame.WriteString(s)
	_ = b.mu.line.RenderBlank()
	return b.showLocked(w)
}

// close removes the bar.
func (b *bar) close() {
	close(b.stop)
	<-b.stopped
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.mu.line.Clear()
	_ = b.showLocked(b.mu.screen)
}
