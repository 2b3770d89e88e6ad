package queue_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/internal/queue"
)

// A FIFO is a slice that values are appended to and taken from in front, over many
// chunks and back to none.
func TestFIFOIsASlice(t *testing.T) {
	var q queue.FIFO[int]
	var model []*int
	random := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for step := range rounds {
		grows := step/3000%2 == 0 // up to more than a thousand, and down again
		switch {
		case random.IntN(10) < 3 == grows:
			v := q.Pop()
			if len(model) == 0 {
				if v != nil {
					t.Fatal("Pop() of nothing is something")
				}
				continue
			}
			if v != model[0] {
				t.Fatalf("step %d: Pop() is not the first value", step)
			}
			model = model[1:]
		default:
			v := new(int)
			*v = step
			q.Push(v)
			model = append(model, v)
		}
		if n := len(model); n > 1 && random.IntN(20) == 0 {
			if q.TakeLast(model[0]) {
				t.Fatalf("step %d: TakeLast() of the first of %d values takes it", step, n)
			}
			if q.TakeLast(model[n-1]) {
				model = model[:n-1]
				taken++
			}
		}
		if random.IntN(500) == 0 {
			even := func(v *int) bool { return *v%2 == 0 }
			q.Tidy(even)
			model = slices.DeleteFunc(slices.Clone(model), func(v *int) bool { return !even(v) })
		}
		checkFIFO(t, &q, model, step%100 == 0)
	}
	if taken < rounds/40 {
		t.Errorf("TakeLast() has taken %d values of %d steps", taken, rounds)
	}
}

func checkFIFO(t *testing.T, q *queue.FIFO[int], model []*int, all bool) {
	t.Helper()
	if q.Len() != len(model) {
		t.Fatalf("Len() = %d, want %d", q.Len(), len(model))
	}
	if first := q.First(); len(model) == 0 && first != nil || len(model) > 0 && first != model[0] {
		t.Fatal("First() is not the first of the values that were pushed")
	}
	if last := q.Last(); len(model) == 0 && last != nil || len(model) > 0 && last != model[len(model)-1] {
		t.Fatal("Last() is not the last of the values that were pushed")
	}
	if all {
		var got []*int
		q.Each(func(v *int) { got = append(got, v) })
		if !slices.Equal(got, model) {
			t.Fatal("Each() does not yield the values in order")
		}
	}
}

// What was taken is not held on to, while others are there; nor what Tidy did not want.
func TestFIFOForgets(t *testing.T) {
	var q queue.FIFO[[64]int]
	var gone []weak.Pointer[[64]int]
	for i := range 300 {
		v := new([64]int)
		v[0] = i
		q.Push(v)
		if i < 150 || i%2 == 1 {
			gone = append(gone, weak.Make(v))
		}
	}
	for range 150 {
		q.Pop()
	}
	q.Tidy(func(v *[64]int) bool { return v[0]%2 == 0 })
	collected(t, gone)
	if q.Len() != 75 || q.First()[0] != 150 {
		t.Errorf("%d values are left and the first is %d, want 75 and 150", q.Len(), q.First()[0])
	}
	runtime.KeepAlive(&q)
}

// Memory of many values is given back.
func TestFIFOGivesMemoryBack(t *testing.T) {
	var q queue.FIFO[int]
	for range 200_000 {
		q.Push(new(int))
	}
	before := memory.InUse()
	for range 199_999 {
		q.Pop()
	}
	if after := memory.InUse(); after > before-5<<19 {
		t.Errorf("a queue of one value that had 200,000 keeps %d of %d bytes", after, before)
	}
	runtime.KeepAlive(&q)
}
