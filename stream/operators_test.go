package stream_test

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// An operator puts a stage on a program's pipeline, and does to its slice what
// the stage must do.
type operator struct {
	strict bool // what it yields depends on the order of the items
	apply  func(p *program)
}

var operators = []operator{
	{false, (*program).mapped}, {false, (*program).filterMapped}, {false, (*program).flatMapped}, {false, (*program).keyed},
	{false, (*program).transform}, {false, (*program).filter}, {false, (*program).tap}, {false, (*program).catch},
	{true, (*program).take}, {true, (*program).takeWhile}, {true, (*program).skip}, {true, (*program).scan},
	{false, (*program).buffer}, {false, (*program).batch}, {true, (*program).sums},
	{false, (*program).concat}, {false, (*program).merge}, {true, (*program).zip},
	{true, (*program).enumerate}, {false, (*program).from}, {false, (*program).toChan}, {true, (*program).reduceByKey},
}

// triple is the function of most stages: some items fail.
func triple(d int) func(int) (int, error) {
	return func(v int) (int, error) {
		if v%7 == d%11 {
			return 0, fault(1000 + v)
		}
		return (3*v + d) % 101, nil
	}
}

// asItems returns the item that fn makes of v.
func asItems(fn func(int) (int, error)) func(int) []item[int] {
	return func(v int) []item[int] {
		v, err := fn(v)
		return []item[int]{{v, err}}
	}
}

func (p *program) mapped() {
	d := p.byte()
	at := p.setting()
	fn := at.triple(d)
	at.around(func(s ints) ints { return stream.Map(s, at.ex, at.work(fn), at.opts...) })
	p.each(asItems(fn))
	p.log("Map, unordered %v%v", p.unordered, at)
}

func (p *program) filterMapped() {
	d := p.byte()
	at := p.setting()
	fn, keep := at.triple(d), func(v int) bool { return v%3 != d%3 }
	p.s = stream.FilterMap(p.s, at.ex, func(ctx context.Context, v int) (int, bool, error) {
		w, err := at.work(fn)(ctx, v)
		return w, keep(v), err
	}, at.opts...)
	p.each(func(v int) []item[int] {
		w, err := fn(v)
		if err == nil && !keep(v) {
			return nil
		}
		return []item[int]{{w, err}}
	})
	p.log("FilterMap %d, unordered %v%v", d, p.unordered, at)
}

func (p *program) flatMapped() {
	d := p.byte()
	at := p.setting()
	fn := at.triple(d)
	few := func(v int) (out []item[int]) {
		for i := range v % 4 {
			w, err := fn(v + i)
			out = append(out, item[int]{w, err})
			if _, dies := err.(died); dies {
				break
			}
		}
		return out
	}
	if at.wild != nil && at.wild.timeout {
		p.wild.open = true // a sequence that waits for its turn may time out
	}
	p.s = stream.FlatMap(p.s, at.ex, func(ctx context.Context, v int) iter.Seq2[int, error] {
		return at.sequence(ctx, v, few(v))
	}, at.opts...)
	p.each(few)
	p.log("FlatMap, unordered %v%v", p.unordered, at)
}

func (p *program) keyed() {
	d := p.byte()
	at := p.setting()
	at.keyed(3)
	fn := at.triple(d)
	at.around(func(s ints) ints {
		return stream.MapKeyed(s, at.ex, func(v int) int { return v % 3 }, at.work(fn), at.opts...)
	})
	p.each(asItems(fn))
	p.log("MapKeyed, unordered %v%v", p.unordered, at)
}

func (p *program) transform() {
	fn := triple(p.byte())
	p.s = stream.Transform(p.s, fn)
	p.each(asItems(fn))
	p.log("Transform")
}

func (p *program) filter() {
	d := p.byte()
	keep := func(v int) bool { return v%3 != d%3 }
	p.s = p.s.Filter(keep)
	p.each(func(v int) []item[int] {
		return slices.DeleteFunc(good(v), func(it item[int]) bool { return !keep(it.v) })
	})
	p.log("Filter %d", d)
}

func (p *program) tap() {
	p.s = p.s.Tap(func(int) {
		defer p.r.call()()
		if p.wild != nil {
			p.wild.inline()
		}
	})
	p.log("Tap")
}

func (p *program) catch() {
	d := p.byte()
	fn := func(err error) (int, bool, error) {
		f, ok := err.(fault)
		if !ok {
			return 0, true, err // of a panic, or of the pool
		}
		switch n := int(f); (n + d) % 3 {
		case 0:
			return n % 101, true, nil
		case 1:
			return 0, false, nil
		default:
			return 0, true, fault(n + 1)
		}
	}
	p.s = p.s.Catch(fn)
	var out []item[int]
	for _, it := range p.want {
		keep := true
		if it.err != nil {
			it.v, keep, it.err = fn(it.err)
		}
		if keep {
			out = append(out, it)
		}
	}
	p.want = out
	p.log("Catch %d", d)
}

func (p *program) take() {
	n := p.byte() % 10
	p.s = p.s.Take(n)
	p.want = p.want[:min(n, len(p.want))]
	p.log("Take %d", n)
}

func (p *program) takeWhile() {
	d := p.byte()
	keep := func(v int) bool { return v%10 != d%10 }
	p.s = p.s.TakeWhile(keep)
	if i := slices.IndexFunc(p.want, func(it item[int]) bool { return it.err == nil && !keep(it.v) }); i >= 0 {
		p.want = p.want[:i]
	}
	p.log("TakeWhile %d", d)
}

func (p *program) skip() {
	n := p.byte() % 5
	p.s = p.s.Skip(n)
	var out []item[int]
	for i, it := range p.want {
		if i >= n || it.err != nil {
			out = append(out, it)
		}
	}
	p.want = out
	p.log("Skip %d", n)
}

func (p *program) scan() {
	fn := triple(p.byte())
	acc := 0
	p.s = stream.Scan(p.s, 0, func(acc, v int) (int, error) { return fn(acc + v) })
	p.each(func(v int) []item[int] {
		next, err := fn(acc + v)
		if err == nil {
			acc = next
		}
		return []item[int]{{next, err}}
	})
	p.log("Scan")
}

func (p *program) buffer() {
	n := []int{1, 2, 5}[p.byte()%3]
	p.s = p.s.Buffer(n)
	p.log("Buffer %d", n)
}

func (p *program) batch() {
	b := p.byte()
	n, wait := []int{1, 2, 5}[b%3], []time.Duration{-1, 0, time.Millisecond}[b/3%3]
	p.s = stream.Flatten(stream.Batch(p.s, n, wait))
	p.log("Batch %d %v", n, wait)
}

// sums replaces each full batch by its sum.
func (p *program) sums() {
	n := []int{1, 2, 5}[p.byte()%3]
	sum := func(batch []int) (sum int, _ error) {
		for _, v := range batch {
			sum += v
		}
		return sum, nil
	}
	p.s = stream.Transform(stream.Batch(p.s, n, -1), sum)
	var out []item[int]
	var batch []int
	flush := func() {
		if total, _ := sum(batch); len(batch) > 0 {
			out = append(out, item[int]{v: total})
		}
		batch = nil
	}
	for _, it := range p.want {
		if it.err != nil {
			flush()
			out = append(out, it)
			continue
		}
		if batch = append(batch, it.v); len(batch) == n {
			flush()
		}
	}
	flush()
	p.want = out
	p.log("sums of %d", n)
}

func (p *program) concat() {
	s, items := p.source()
	p.s, p.want = stream.Concat(p.s, s), slices.Concat(p.want, items)
	p.log("Concat %v", items)
}

func (p *program) merge() {
	s, items := p.source()
	p.s, p.want = stream.Merge(p.s, s), slices.Concat(p.want, items)
	p.unordered = true
	p.log("Merge %v", items)
}

func (p *program) zip() {
	s, items := p.source()
	p.s = stream.Transform(stream.Zip(p.s, s), func(both stream.Pair[int, int]) (int, error) {
		return (31*both.First + both.Second) % 101, nil
	})
	var out []item[int]
	for i := range min(len(p.want), len(items)) {
		switch a, b := p.want[i], items[i]; {
		case a.err == nil && b.err == nil:
			out = append(out, item[int]{v: (31*a.v + b.v) % 101})
		case a.err != nil && b.err != nil:
			out = append(out, a, b)
		case a.err != nil:
			out = append(out, a)
		default:
			out = append(out, b)
		}
	}
	p.want = out
	p.log("Zip %v", items)
}
