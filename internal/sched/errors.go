package sched

import (
	"errors"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
)

// The errors of package pool, which documents them.
var (
	ErrClosed    = errors.New("pool: closed")
	ErrStopped   = errors.New("pool: stopped")
	ErrBroken    = errors.New("pool: broken: a worker could not be prepared")
	ErrQueueFull = errors.New("pool: queue full")
	ErrTooHeavy  = errors.New("pool: task is heavier than the pool's maximum weight")
	ErrMaxWait   = errors.New("pool: task was pending for longer than its maximum wait")
)

// named appends the pool's name, if it has one, to an error.
func named(p *Pool, err error) error { return outcome.Named(p.cfg.Name, "", err) }

// named appends the names of its pool p and of t, of those that have one, to an error.
func (t *Task) named(p *Pool, err error) error { return outcome.Named(p.cfg.Name, t.Name(), err) }

// Unwound returns the error of a function that did not return, of a task of that name, for which
// recover has returned r.
func Unwound(r any, name string) (err error, panicked bool) {
	if r == nil {
		return outcome.ErrGoexit, false
	}
	return fault.In(name, r), true
}
