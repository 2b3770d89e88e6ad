package parallel

import (
	"fmt"
	"reflect"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/options"
)

// Items that have options of their own are tasks of their own. They wait in the pool, each as
// its options say, so the order in which they start is the pool's; the window and the order of
// the results are as always.
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
	o = cfg.Task.With(cfg.PerItem.(func(A) []options.TaskOption)(a))
	o.TimeoutCause = cfg.timeout(o)
	returned = true
	return o, nil
}

// task runs an item in a task of its own: perform does, and skip settles it with the error
// that it never ran with, if that is not the end of the run.
func (l *loop) task(o options.Task, perform func(*runner), skip func(error)) {
	l.apart.Add(1)
	startOne(l.runners, o, func(s *slot) {
		defer l.ended()
		r := &runner{loop: l, slot: s}
		defer r.caught()
		if !l.over() {
			perform(r)
		}
	}, func(err error) {
		defer l.ended()
		switch {
		case l.halted.Load():
		case ofItem(err):
			skip(err)
		default:
			l.refuse(err)
		}
	})
}

// ended counts a task of task that has.
func (l *loop) ended() {
	if l.apart.Add(-1) == 0 && l.halted.Load() {
		l.consumer.OpenAny()
	}
}

// An apart is the source of such a run, which no runner takes from.
type apart[A any] struct {
	*loop
	perform func(r *runner, n uint64, a A)
	fail    func(n uint64, err error)
}

// add implements intake.
func (s *apart[A]) add(i uint64, a A, err error) error {
	if err != nil {
		return err
	}
	o, err := optionsOf(s.cfg, a)
	if err == nil {
		s.task(o, func(r *runner) { s.perform(r, i, a) }, func(err error) { s.fail(i, err) })
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
