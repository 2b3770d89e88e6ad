package stream_test

import (
	"context"
	"iter"
	"slices"

	"github.com/millrace-go/millrace/stream"
)

// enumerate adds its position to each item.
func (p *program) enumerate() {
	p.s = stream.Transform(stream.Enumerate(p.s), func(pair stream.Pair[int, int]) (int, error) { return pair.First + pair.Second, nil })
	p.want = slices.Clone(p.want)
	for i := range p.want {
		if p.want[i].err == nil {
			p.want[i].v += i
		}
	}
	p.log("Enumerate")
}

// from makes the pipeline so far a source.
func (p *program) from() {
	s := p.s
	p.s = stream.From(func(ctx context.Context) iter.Seq2[int, error] { return s.All(ctx) })
	p.log("From")
}

// toChan makes a channel of the pipeline so far, and that a source.
func (p *program) toChan() {
	s := p.s
	p.s = stream.From(func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			ctx, cancel := context.WithCancel(ctx)
			ch := stream.ToChan(ctx, s)
			defer func() {
				cancel()
				for range ch { // until the run has ended
				}
			}()
			for r := range ch {
				if !yield(r.Value, r.Err) {
					return
				}
			}
		}
	})
	p.log("ToChan")
}

// reduceByKey makes of the pipeline so far the sums of three keys, or its first
// error.
func (p *program) reduceByKey() {
	const keys = 3
	s, at := p.s, p.setting()
	at.keyed(keys)
	if at.wild != nil && at.wild.timeout {
		p.wild.open = true // which of several errors is the first
	}
	p.unordered = false // the sums are sorted by key
	p.s = stream.From(func(ctx context.Context) iter.Seq2[int, error] {
		sums, err := stream.ReduceByKey(ctx, s, at.ex, func(v int) int { return v % keys }, func(k int) int { return k },
			func(ctx context.Context, sum, v int) (int, error) {
				_, err := at.work(func(int) (int, error) { return 0, nil })(ctx, v)
				return (sum + v) % 101, err
			}, at.opts...)
		if err != nil {
			return from([]item[int]{{err: err}}).All(ctx)
		}
		var all []int
		for k := range keys {
			if sum, ok := sums[k]; ok {
				all = append(all, sum)
			}
		}
		return stream.FromSlice(all).All(ctx)
	})
	p.want = sumsByKey(p.want, keys)
	p.log("ReduceByKey%v", at)
}

func sumsByKey(items []item[int], keys int) []item[int] {
	sums := map[int]int{}
	for _, it := range items {
		if it.err != nil {
			return []item[int]{{err: it.err}}
		}
		k := it.v % keys
		if _, ok := sums[k]; !ok {
			sums[k] = k
		}
		sums[k] = (sums[k] + it.v) % 101
	}
	var all []item[int]
	for k := range keys {
		if sum, ok := sums[k]; ok {
			all = append(all, item[int]{v: sum})
		}
	}
	return all
}
