package stream_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
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
	wild      *wild // nil: nothing disturbs the program
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
	p.build()
	return p
}

func (p *program) build() {
	p.byte() // of workersOf
	p.nap = time.Duration(p.byte()%3) * time.Millisecond
	p.s, p.want = p.source()
	p.log("nap %v, source %v", p.nap, p.want)
	for range mostOperators {
		if len(p.in) == 0 || len(p.want) > mostItems {
			break
		}
		op := operators[p.byte()%len(operators)]
		if op.strict && p.wild != nil {
			p.wild.fragile = true
			p.wild.open = p.wild.open || p.unordered
		} else if op.strict && p.unordered {
			continue // what it yields would be left open, too
		}
		op.apply(p)
	}
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
	if p.wild != nil {
		return p.wild.source(items), items
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

// tuning reads that of a parallel stage.
func (p *program) tuning() tuning {
	b := p.byte()
	tu := tuning{unordered: b/16%3 == 0, concurrency: []int{0, 1, 2, 5}[b%4], window: []int{0, 1, 2, 5}[b/4%4]}
	p.unordered = p.unordered || tu.unordered
	return tu
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

// A setting is where a parallel stage of a program runs, and how.
type setting struct {
	p  *program
	ex pool.Executor
	tuning
	opts []millrace.MapOption
	wild *wildStage // nil: nothing disturbs the program
}

// setting returns that of the next stage.
func (p *program) setting() *setting {
	ordered := !p.unordered
	at := &setting{p: p, ex: p.r.pool, tuning: p.tuning()}
	at.opts = at.options()
	if p.wild != nil {
		p.wild.place(at, ordered)
	}
	return at
}

// triple is the function of the parallel stages: some items fail.
func (at *setting) triple(d int) func(int) (int, error) {
	if at.wild != nil {
		return at.wild.outcome(triple(d))
	}
	return triple(d)
}

// work makes of fn the function of a parallel stage.
func (at *setting) work(fn func(v int) (int, error)) func(context.Context, int) (int, error) {
	if at.wild != nil {
		return at.wild.work(fn)
	}
	return func(_ context.Context, v int) (int, error) {
		defer at.p.r.call()()
		at.p.rest(v)
		return fn(v)
	}
}

// sequence yields items, which FlatMap makes of v.
func (at *setting) sequence(ctx context.Context, v int, items []item[int]) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		defer at.p.r.call()()
		if at.wild != nil && !at.wild.begin(ctx, v) {
			yield(0, context.Cause(ctx))
			return
		}
		for _, it := range items {
			if at.wild == nil {
				at.p.rest(it.v)
			} else if err := at.wild.busy(ctx, v, it.v); err != nil {
				yield(0, err)
				return
			}
			if !yield(die(it.v, it.err)) {
				return
			}
		}
	}
}

// normal returns items in a form that can be compared: errors without what value
// came with them, and if the order is open, sorted.
func (p *program) normal(items []item[int]) []item[int] {
	items = slices.Clone(items)
	for i := range items {
		if items[i].err != nil {
			items[i] = item[int]{err: plain(items[i].err)}
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
