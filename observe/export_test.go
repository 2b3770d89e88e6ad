package observe

import (
	"fmt"
	"time"

	"github.com/millrace-go/millrace"
)

// For tests, which give stages by their figures.
type (
	Load    = load
	Verdict = verdict
)

// NewLoad returns a load.
func NewLoad(held, busy float64, inputEnded bool) Load {
	return load{held: held, busy: busy, inputEnded: inputEnded}
}

// Demand returns a load in which in these shares of the looks items waited to start, and a result
// was waited for.
func Demand(of Load, waiting, awaited float64) Load {
	of.waiting, of.awaited = waiting, awaited
	return of
}

// Bottleneck judges a pipeline.
func Bottleneck(stages ...Load) Verdict { return bottleneck(stages) }

// Duration returns how the page shows a duration.
func Duration(d time.Duration) string { return duration(inSeconds(d)) }

// Whole returns how the page shows an integer, Rate a number a second, and More what a list leaves
// out.
var (
	Whole = whole
	Rate  = rate
	More  = more
)

// Chart returns the parts of a chart of numbers a second.
func Chart(values []float64) (now, top, line, area string) {
	c := newChart("", values, rate)
	return c.Now, c.Top, c.Line, c.Area
}

// Bar returns what a bar shows.
func Bar(what string, used, limit any) string {
	b := newBar(what, used, limit)
	if b == nil {
		return "none"
	}
	text := fmt.Sprintf("%s = %v", b.Label, b.Width)
	if b.Full {
		text += ", full"
	}
	return text
}

// LateLook makes an observer of [Log] look for what is due, as a timer does that fired before it
// could be stopped, and reports whether the timer that was armed in its place still is.
func LateLook(o millrace.Observer) (armed bool) {
	l := o.(*logger)
	timer := l.overdue.mu.timer
	l.overdue.look()
	return timer.Stop()
}

// Overdue returns how many running tasks an observer of [Log] knows.
func Overdue(o millrace.Observer) int {
	return o.(*logger).overdue.tasks.each(0, func(*entry[overdueTask]) {})
}

// Runs returns how many runs the page holds.
func (p *Page) Runs() int {
	p.runs.mu.Lock()
	defer p.runs.mu.Unlock()
	return len(p.runs.all)
}

// KeptLabels returns how many sets of labels an observer of [Labels] keeps.
func KeptLabels(o millrace.Observer) int { return len(*o.(*labels).sets.known.Load()) }

// TakeStacksOf makes the page take stacks only if there are at most n goroutines.
func (p *Page) TakeStacksOf(n int) { p.mostGoroutines = n }

// StacksTook makes the page show its last stacks for as long as if they had taken so long.
func (p *Page) StacksTook(d time.Duration) { p.shared.last[1].kept = keptFor(d) }
