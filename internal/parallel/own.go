package parallel

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// Items that have options of their own, or wait or are retried one by one, are tasks of their
// own. They wait in the pool, each as its options say, so the order in which they start is the
// pool's; the window and the order of the results are as always.
//
// Such a run has no runners: whoever makes an item available starts it, with slots of a
// group that bounds how many are at work.

// CheckPerItem panics if cfg has options for items of another type than A.
func CheckPerItem[A any](call string, cfg Config) {
	if cfg.PerItem == nil {
		return
	}
	if _, ok := cfg.PerItem.(func(A) []options.TaskOption); !ok {
		panic(fmt.Sprintf("%s: PerItem with a %T: want one for items of type %v", call, cfg.PerItem, reflect.TypeFor[A]()))
	}
}

// optionsOf returns the options of an item. A panic of the function is the item's error.
func optionsOf[A any](cfg Config, a A) (o options.Task, err error) {
	returned := false
	defer func() {
		if !returned {
			if v := recover(); v != nil {
				err = fault.New(v)
			}
		}
	}()
	if o = cfg.Task; cfg.PerItem != nil {
		o = o.With(cfg.PerItem.(func(A) []options.TaskOption)(a))
	}
	o.TimeoutCause = cfg.timeout(o)
	returned = true
	return o, nil
}

// A solo is an item that is a task of its own, or several, one for each attempt.
type solo struct {
	o       options.Task
	attempt int
	perform func(*runner) // runs it and puts its outcome
	skip    func(error)   // puts an error as its outcome
	done    func()        // nil, or called when it has its outcome
}

// submit starts the next attempt.
func (l *loop) submit(s solo) {
	l.tasks.Add(1)
	s.attempt++
	l.runners.StartOne(s.o, s.attempt-1, func(slot *sched.Runner) {
		r := &runner{loop: l, slot: slot, attempt: s.attempt, solo: &s}
		defer l.ended()
		defer func() {
			if r.solo != nil && s.done != nil {
				s.done()
			}
		}()
		defer r.caught()
		if !l.over() {
			s.perform(r)
		}
	}, func(err error) {
		defer l.ended()
		switch {
		case l.halted.Load():
		case errors.Is(err, sched.ErrTooHeavy), errors.Is(err, sched.ErrMaxWait): // says nothing of others
			s.skip(err)
			if s.done != nil {
				s.done()
			}
		default:
			l.Refuse(err)
		}
	})
}

// ended counts a task of submit that has.
func (l *loop) ended() {
	if l.tasks.Add(-1) == 0 && l.halted.Load() {
		l.consumer.OpenAny()
	}
}

// again asks whether the item of the runner, which has failed, is to be tried again, and
// submits it if so. Otherwise it returns what the item's error is: that of a panic or Goexit
// of the function that was asked, or err.
func (r *runner) again(err error) (bool, error) {
	if r.solo == nil || r.solo.o.Retry == nil || r.over() {
		return false, err
	}
	s := *r.solo
	delay, ok, err := s.ask(err)
	if !ok || r.over() { // it may have ended meanwhile
		return false, err
	}
	r.retried(delay)
	r.solo = nil
	s.o.Delay, s.o.MaxWait = delay, 0
	r.submit(s)
	return true, nil
}

// ask calls the function of WithRetry.
func (s *solo) ask(cause error) (delay time.Duration, again bool, err error) {
	err = cause
	returned := false
	defer func() {
		if returned {
			return
		}
		delay, again = 0, false
		if v := recover(); v != nil {
			err = fault.New(v)
		} else {
			s.skip(outcome.ErrGoexit) // the goroutine does not come back
		}
	}()
	delay, again = s.o.Retry(s.attempt, cause)
	returned = true
	return delay, again, err
}

// An apart is the source of such a run, which no runner takes from.
type apart[A any] struct {
	*loop
	perform func(r *runner, n uint64, a A)
	fail    func(n uint64, err error)
}

// fails returns what puts the error of an item.
func fails[B any](out sink[B]) func(n uint64, err error) {
	return func(n uint64, err error) {
		var zero B
		out.put(n, zero, err)
	}
}

// add implements intake.
func (s *apart[A]) add(i uint64, a A, err error) error {
	if err != nil {
		return err
	}
	o, err := optionsOf(s.cfg, a)
	if err == nil {
		s.submit(solo{o: o, perform: func(r *runner) { s.perform(r, i, a) }, skip: func(err error) { s.fail(i, err) }})
	}
	return err
}

// room implements intake.
func (s *apart[A]) room(_, _, limit uint64) uint64 { return limit }

// behind implements intake.
func (s *apart[A]) behind(uint64) uint64 { return 0 }

// limit implements source.
func (s *apart[A]) limit() uint64 { return 0 }

// take implements source.
func (s *apart[A]) take(i uint64) (n uint64, a A, ok bool) { return i, a, false }
