package queue_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/queue"
)

type linked struct {
	n     int
	links queue.Links[linked]
}

// A List is a slice that values are appended to and deleted from.
func TestListIsASlice(t *testing.T) {
	var l queue.List[linked]
	var model []*linked
	random := rand.New(rand.NewPCG(7, 8))
	for step := range rounds {
		if grows := step/300%2 == 0; len(model) == 0 || (random.IntN(10) < 7) == grows {
			v := &linked{n: step}
			l.Push(v, &v.links)
			model = append(model, v)
		} else {
			i := random.IntN(len(model))
			l.Remove(&model[i].links)
			if model[i].links != (queue.Links[linked]{}) {
				t.Fatal("a value that was removed has links")
			}
			model = slices.Delete(model, i, i+1)
		}
		if first := l.First(); len(model) == 0 && first != nil || len(model) > 0 && first != model[0] {
			t.Fatalf("step %d: First() is not the first value", step)
		}
		if step%100 == 0 && !slices.Equal(slices.Collect(l.All()), model) {
			t.Fatalf("step %d: All() does not yield the values in order", step)
		}
	}
}

// A loop over a list may take out the values that it comes to.
func TestListLoopRemoves(t *testing.T) {
	var l queue.List[linked]
	for i := range 10 {
		v := &linked{n: i}
		l.Push(v, &v.links)
	}
	for v := range l.All() {
		if v.n%2 == 0 {
			l.Remove(&v.links)
		}
		if v.n == 8 {
			break
		}
	}
	var left []int
	for v := range l.All() {
		left = append(left, v.n)
	}
	if want := []int{1, 3, 5, 7, 9}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
}
