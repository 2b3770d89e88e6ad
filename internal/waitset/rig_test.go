package waitset_test

import (
	"context"
	"errors"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/waitset"
)

var bg = context.Background()

// errRefused is what Aside returns if the tasks are told to refuse.
var errRefused = errors.New("refused")

// A task is a core without a scheduler.
type task struct {
	outcome.Core
	looks func()
}

func (t *task) Look() outcome.State {
	if t.looks != nil {
		t.looks()
	}
	return t.State()
}

// tasks are the tasks of a set. A goroutine that waits for them just blocks.
type tasks struct {
	set      waitset.Set
	cores    []*task
	slot     chan struct{} // not nil: a goroutine that has waited needs a value of it to go on
	told     chan struct{} // not nil: so does one that has been told, before it gives up its turn
	wakes    chan struct{} // not nil: gets a value when a goroutine that waits is told
	refuses  bool
	released int
}

func (m *tasks) Task(i int32) waitset.Task { return m.cores[i] }

func (m *tasks) Release() { m.released++ }

func (m *tasks) Wait(ctx context.Context, leave func()) (err error) {
	select {
	case <-m.set.Signal():
		if m.wakes != nil {
			m.wakes <- struct{}{}
		}
	case <-ctx.Done():
		err = outcome.NotDone(ctx)
	}
	if m.told != nil {
		<-m.told
	}
	leave()
	if m.slot != nil {
		<-m.slot
	}
	return err
}

func (m *tasks) Aside(_ context.Context, f func() error) error {
	if m.refuses {
		return errRefused
	}
	return f()
}

// more makes n more pending cores.
func (m *tasks) more(n int) *tasks {
	for range n {
		c := new(task)
		c.Init(0)
		m.cores = append(m.cores, c)
	}
	return m
}

// settle settles a task, and wakes what waits for it.
func (m *tasks) settle(i int, s outcome.State) {
	if m.cores[i].Settle(s).Any() {
		m.cores[i].Release()
	}
}

// shared returns an empty set of several goroutines.
func shared() *tasks {
	m := new(tasks)
	m.set.InitShared(m)
	return m
}

// add adds n pending tasks to the set.
func (m *tasks) add(n int) {
	first := len(m.cores)
	m.more(n)
	for i := range n {
		m.set.Add(int32(first+i), m.cores[first+i])
	}
}
