package work

import (
	"fmt"
	"iter"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/stream"
	"github.com/samber/ro"
)

const inlineStages = 10

// inline runs ten cheap stages in the goroutine that pulls, every second one a filter
// that keeps all. The figure is for one item and one stage; source and sink are shared
// out over the stages.
func inline(s Scale) []measure.Workload {
	w := measure.Workload{
		Name:  "inline",
		Title: fmt.Sprintf("%s items through %d stages that add one or filter, without concurrency", thousands(s.Many), inlineStages),
		Unit:  "stage and item",
	}
	for _, c := range []struct {
		name, note string
		run        func(in iter.Seq[int]) int // the sum of what comes out
	}{
		{Millrace, "stream", inlineMillrace},
		{"ro", "", inlineRo},
		{"iterators", "hand-written adapters of iter.Seq", inlineIterators},
		{Sequential, "", inlineLoop},
	} {
		w.Entries = append(w.Entries, measure.Entry{Name: c.name, Note: c.note, Open: func() measure.Bench {
			return measure.Bench{Units: s.Many * inlineStages, Long: isLong(c.name, s.Many), Work: func() {
				want(c.run(countTo(s.Many)), sumTo(s.Many)+s.Many*inlineStages/2)
			}}
		}})
	}
	return []measure.Workload{w}
}

func addOne(i int) int { return i + 1 }

func addOneOrFail(i int) (int, error) { return i + 1, nil }

func natural(i int) bool { return i >= 0 }

func inlineMillrace(in iter.Seq[int]) int {
	s := stream.FromSeq(in)
	for range inlineStages / 2 {
		s = stream.Transform(s, addOneOrFail).Filter(natural)
	}
	total := 0
	for v, err := range s.All(background) {
		must(err)
		total += v
	}
	return total
}

func inlineRo(in iter.Seq[int]) int {
	s := roSource(in)
	for range inlineStages / 2 {
		s = ro.Pipe2(s, ro.MapErr(addOneOrFail), ro.Filter(natural))
	}
	total := 0
	s.Subscribe(ro.NewObserver(func(v int) { total += v }, must, func() {}))
	return total
}

func inlineIterators(in iter.Seq[int]) int {
	for range inlineStages / 2 {
		in = keep(mapped(in, addOne), natural)
	}
	total := 0
	for v := range in {
		total += v
	}
	return total
}

func mapped(in iter.Seq[int], fn func(int) int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for v := range in {
			if !yield(fn(v)) {
				return
			}
		}
	}
}

func keep(in iter.Seq[int], ok func(int) bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		for v := range in {
			if ok(v) && !yield(v) {
				return
			}
		}
	}
}

// inlineLoop calls the functions through variables, as the others have to.
func inlineLoop(in iter.Seq[int]) int {
	stage, ok := addOneOrFail, natural
	total := 0
	for v := range in {
		for range inlineStages / 2 {
			var err error
			v, err = stage(v)
			must(err)
			if !ok(v) {
				break
			}
		}
		total += v
	}
	return total
}
