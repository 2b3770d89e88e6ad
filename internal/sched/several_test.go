package sched_test

import (
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// What a wait is for comes in order of submission, whatever the order in which they were added; those that
// have started are not pending, and those that have settled are not there.
func TestSeveral(t *testing.T) {
	var m sched.Several
	tasks := make([]*sched.Task, 5)
	for i := range tasks {
		tasks[i] = new(sched.Task)
		tasks[i].Init(0)
		tasks[i].Enter(uint64(i) + 1)
	}
	for _, i := range []int{3, 0, 4, 2, 1, 1} {
		m.Add(tasks[i])
	}
	m.Sort()
	check := func(what string, left int, open, pending []int) {
		t.Helper()
		if m.Left() != left {
			t.Errorf("%s: Left() = %d, want %d", what, m.Left(), left)
		}
		number := func(of []*sched.Task) (n []int) {
			for _, one := range of {
				n = append(n, slices.Index(tasks, one))
			}
			return n
		}
		if got := number(slices.Collect(m.Open())); !slices.Equal(got, open) {
			t.Errorf("%s: Open() yields %v, want %v", what, got, open)
		}
		if got := number(slices.Collect(m.Pending())); !slices.Equal(got, pending) {
			t.Errorf("%s: Pending() yields %v, want %v", what, got, pending)
		}
	}
	check("all pend", 6, []int{0, 1, 1, 2, 3, 4}, []int{0, 1, 1, 2, 3, 4})
	tasks[0].Begin()
	tasks[3].Begin()
	check("two run", 6, []int{0, 1, 1, 2, 3, 4}, []int{1, 1, 2, 4})
	tasks[0].Settle(outcome.Succeeded)
	tasks[1].Settle(outcome.Cancelled)
	check("two have settled, and were not let go of", 6, []int{2, 3, 4}, []int{2, 4})
	m.Settle(tasks[0])
	m.Settle(tasks[1])
	m.Settle(tasks[1])
	check("they were", 3, []int{2, 3, 4}, []int{2, 4})
	for first := range m.Open() {
		if first != tasks[2] {
			t.Error("Open() does not begin with the first that has not settled")
		}
		break
	}
}
