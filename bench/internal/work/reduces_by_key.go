package work

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/destel/rill"
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A keyReducer adds up the numbers of each key by add, on w goroutines.
type keyReducer struct {
	name, note string
	open       func(w int, add func(a, b int) (int, error)) (reduce func(in []int) map[int]int, close func())
}

var keyReducers = []keyReducer{
	{Millrace, "stream.ReduceByKey, a key's items in order", byKeyMillrace},
	{"rill", "MapReduce, in any order", byKeyRill},
	{"channels, buffered", "hand-wired, the keys shared out over the goroutines", byKeyChannels},
	{Sequential, "", byKeySequential},
}

const reducedKeys = 100

func keyOf(i int) int { return i % reducedKeys }

// reducesByKey fold the items of each key.
func reducesByKey(s Scale) []measure.Workload {
	n, run := s.Many/10, busy(time.Microsecond)
	w := measure.Workload{
		Name:  "reducebykey",
		Title: fmt.Sprintf("Reduce %s items by %d keys, 1 µs an item", thousands(n), reducedKeys),
		Unit:  "item",
	}
	add := func(a, b int) (int, error) {
		_, err := run(b)
		return a + b, err
	}
	for _, r := range keyReducers {
		w.Entries = append(w.Entries, measure.Entry{Name: r.name, Note: r.note, Open: func() measure.Bench {
			reduce, close := r.open(cores(), add)
			in := numbers(n)
			return measure.Bench{Units: n, Long: isLong(r.name, n), Close: close, Work: func() {
				total := 0
				for _, v := range reduce(in) {
					total += v
				}
				want(total, sumTo(n))
			}}
		}})
	}
	return []measure.Workload{w}
}

func byKeyMillrace(w int, add func(a, b int) (int, error)) (func([]int) map[int]int, func()) {
	p := pool.New(millrace.WithWorkers(w))
	return func(in []int) map[int]int {
		sums, err := stream.ReduceByKey(background, stream.FromSlice(in), p, keyOf,
			func(int) int { return 0 },
			func(_ context.Context, total, i int) (int, error) { return add(total, i) })
		must(err)
		return sums
	}, func() { must(p.Close()) }
}

func byKeyRill(w int, add func(a, b int) (int, error)) (func([]int) map[int]int, func()) {
	return func(in []int) map[int]int {
		keyed := func(i int) (int, int, error) { return keyOf(i), i, nil }
		sums, err := rill.MapReduce(rill.FromSlice(in, nil), w, keyed, w, add)
		must(err)
		return sums
	}, nil
}

// byKeyChannels has a goroutine for a share of the keys, with a channel of its own.
func byKeyChannels(w int, add func(a, b int) (int, error)) (func([]int) map[int]int, func()) {
	seed := maphash.MakeSeed()
	return func(in []int) map[int]int {
		shares := make([]map[int]int, w)
		inputs := make([]chan int, w)
		var wg sync.WaitGroup
		for at := range w {
			shares[at], inputs[at] = map[int]int{}, make(chan int, buffered)
			wg.Go(func() {
				for i := range inputs[at] {
					total, err := add(shares[at][keyOf(i)], i)
					must(err)
					shares[at][keyOf(i)] = total
				}
			})
		}
		for _, i := range in {
			inputs[maphash.Comparable(seed, keyOf(i))%uint64(w)] <- i
		}
		for _, c := range inputs {
			close(c)
		}
		wg.Wait()
		all := map[int]int{}
		for _, share := range shares {
			for key, total := range share {
				all[key] = total
			}
		}
		return all
	}, nil
}

func byKeySequential(_ int, add func(a, b int) (int, error)) (func([]int) map[int]int, func()) {
	return func(in []int) map[int]int {
		sums := map[int]int{}
		for _, i := range in {
			total, err := add(sums[keyOf(i)], i)
			must(err)
			sums[keyOf(i)] = total
		}
		return sums
	}, nil
}
