package figures_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/figures"
)

// There is one value for each set of labels, however many ask, and one for all beyond the
// first two thousand.
func TestCache(t *testing.T) {
	var made atomic.Int64
	c := figures.NewCache(func(l figures.Labels) *figures.Labels { made.Add(1); return &l })
	var askers sync.WaitGroup
	for range 4 {
		askers.Go(func() {
			for i := range 100 {
				l := figures.Labels{Pool: "web", Task: fmt.Sprint(i)}
				if got := c.Of(l); *got != l {
					t.Errorf("Of(%v) = %v, want the same labels", l, *got)
				}
			}
		})
	}
	askers.Wait()
	if made.Load() != 100 {
		t.Errorf("%d values were made, want 100", made.Load())
	}
	if got := testing.AllocsPerRun(100, func() { c.Of(figures.Labels{Pool: "web", Task: "7"}) }); got != 0 {
		t.Errorf("Of allocates %v times, want 0", got)
	}
}

func TestCacheIsBounded(t *testing.T) {
	made := 0
	c := figures.NewCache(func(l figures.Labels) figures.Labels { made++; return l })
	for i := range 2100 {
		c.Of(figures.Labels{Task: fmt.Sprint(i)})
	}
	if got := c.Of(figures.Labels{Task: "new"}); got.Task != "_OTHER" || made != 2001 {
		t.Errorf("%d values, the last one is %v, want 2001, the last one for the others", made, got)
	}
}

// A label is UTF-8, whatever the name is.
func TestLabelsAreValid(t *testing.T) {
	got := figures.LabelsOf(&millrace.TaskInfo{Pool: "we\xffb", Name: "ren\xfeder"})
	if want := (figures.Labels{Pool: "we\ufffdb", Task: "ren\ufffdder"}); got != want {
		t.Errorf("LabelsOf() = %q, want %q", got, want)
	}
}

// A task's value is that of its labels, whether its name is its own or its function's,
// also if there are more than are kept.
func TestCacheOfTask(t *testing.T) {
	c := figures.NewCache(func(l figures.Labels) *figures.Labels { return &l })
	check := func(info *millrace.TaskInfo) {
		t.Helper()
		for range 2 { // the second time it is kept
			if got, want := c.OfTask(info), c.Of(figures.LabelsOf(info)); got != want {
				t.Errorf("OfTask(%+v) = %v, want %v", info, *got, *want)
			}
		}
	}
	here := reflect.ValueOf(TestCacheOfTask).Pointer()
	for _, info := range []*millrace.TaskInfo{
		{Pool: "web", Name: "render"}, {Pool: "mail", Name: "render"}, {Pool: "web", Name: "render", Func: here},
		{Pool: "web", Func: here}, {Pool: "web", Func: reflect.ValueOf(TestCache).Pointer()},
		{Pool: "web", Func: here, Err: errors.New("boom")}, {Pool: "web", Func: here, Err: context.DeadlineExceeded},
		{Pool: "we\xffb", Name: "ren\xfeder"},
	} {
		check(info)
	}
	info := &millrace.TaskInfo{Pool: "web", Func: here}
	if got := testing.AllocsPerRun(100, func() { c.OfTask(info) }); got != 0 {
		t.Errorf("OfTask allocates %v times, want 0", got)
	}
	for i := range 2100 {
		check(&millrace.TaskInfo{Pool: "web", Name: fmt.Sprint(i)})
	}
}
