package stream_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/stream"
)

// A program is a pipeline that a string of bytes describes, every string one,
// and beside it what the pipeline must yield, computed with plain slices. A new
// stage is a new entry in operators.
type program struct {
	r         *rig
	in        []byte
	s         ints
	want      []item[int]
	unordered bool // the order is left open, by an unordered stage or a merge
	nap       time.Duration
	text      []string
}

// The bounds of a program: it is to be quick, not large.
const (
	mostOperators = 6
	mostItems     = 100
)

// workersOf returns how many workers the pool of a program has.
func workersOf(in []byte) int { return []int{1, 2, 4}[(&program{in: in}).byte()%3] }

func newProgram(r *rig, in []byte) *program {
	p := &program{r: r, in: in}
	p.byte() // of workersOf
	p.nap = time.Duration(p.byte()%3) * time.Millisecond
	p.s, p.want = p.source()
	p.log("nap %v, source %v", p.nap, p.want)
	for range mostOperators {
		if len(p.in) == 0 || len(p.want) > mostItems {
			break
		}
		op := operators[p.byte()%len(operators)]
		if op.strict && p.unordered {
			continue // what it yields would be left open, too
		}
		op.apply(p)
	}
	return p
}

func (p *program) byte() int {
	if len(p.in) == 0 {
		return 0
	}
	b := p.in[0]
	p.in = p.in[1:]
	return int(b)
}

func (p *program) log(format string, args ...any) {
	p.text = append(p.text, fmt.Sprintf(format, args...))
}

func (p *program) String() string { return strings.Join(p.text, " | ") }

// source returns a stream of a few items, some of which are errors.
func (p *program) source() (ints, []item[int]) {
	n, faults := p.byte()%12, p.byte()
	items := good(upTo(n)...)
	for i := range items {
		if faults&(1<<(i%8)) != 0 && i%3 == faults%3 {
			items[i] = failed(i)
		}
	}
	if p.byte()%2 == 0 {
		vs, _ := values(items)
		return stream.FromSlice(vs), good(vs...)
	}
	return stream.FromSeq2(func(yield func(int, error) bool) {
		defer p.r.call()()
		for _, it := range items {
			p.rest(it.v)
			if !yield(it.v, it.err) {
				return
			}
		}
	}), items
}

// rest takes a time that depends on v.
func (p *program) rest(v int) {
	if p.nap > 0 {
		time.Sleep(time.Duration(v*7%4) * p.nap)
	}
}

// tuning returns the options of a parallel stage.
func (p *program) tuning() []millrace.MapOption {
	b := p.byte()
	var opts []millrace.MapOption
	if n := []int{0, 1, 2, 5}[b%4]; n > 0 {
		opts = append(opts, millrace.WithConcurrency(n))
	}
	if n := []int{0, 1, 2, 5}[b/4%4]; n > 0 {
		opts = append(opts, millrace.WithWindow(n))
	}
	if b/16%3 == 0 {
		opts = append(opts, millrace.Unordered())
		p.unordered = true
	}
	return opts
}

// each replaces what the pipeline must yield: errors stay, and each item becomes
// what fn returns.
func (p *program) each(fn func(v int) []item[int]) {
	var out []item[int]
	for _, it := range p.want {
		if it.err != nil {
			out = append(out, it)
			continue
		}
		out = append(out, fn(it.v)...)
	}
	p.want = out
}

// work makes of fn the function of a parallel stage.
func work[R any](p *program, fn func(v int) (R, error)) func(context.Context, int) (R, error) {
	return func(_ context.Context, v int) (R, error) {
		defer p.r.call()()
		p.rest(v)
		return fn(v)
	}
}

// normal returns items in a form that can be compared: errors without what value
// came with them, and if the order is open, sorted.
func (p *program) normal(items []item[int]) []item[int] {
	items = slices.Clone(items)
	for i := range items {
		if items[i].err != nil {
			items[i].v = 0
		}
	}
	if p.unordered {
		slices.SortFunc(items, compareItems)
	}
	return items
}

func compareItems(a, b item[int]) int {
	return cmp.Or(cmp.Compare(a.v, b.v), strings.Compare(fmt.Sprint(a.err), fmt.Sprint(b.err)))
}
