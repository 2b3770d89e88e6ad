package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
	"github.com/millrace-go/millrace/internal/unshared"
)

// A submission has three steps. Only the second one holds the lock, and so it calls no method of the
// context, which is code of the user:
//
//	ask        whether the context has ended, what ends it, and which task submits
//	admission  refuses the task, or settles it because what it belongs to has ended, or takes it:
//	           takePlain, or takeIn, by which it starts, waits for one of the gates, or for a place
//	follow     a submitter that is blocked waits for that place, or for the end of the task
//
// Most tasks come from outside of the pool's tasks and with the context that was used last. Then ask
// has nothing to find out, and SubmitTo begins with the second step.

// Submit takes t, which was prepared, or settles it as one that never ran. It blocks
// if the queue is full and the overflow policy is Block or CallerRuns.
func (p *Pool) Submit(ctx context.Context, t *Task) { p.SubmitTo(ctx, t, nil) }

// SubmitTo is Submit of a member of g, if that is not nil.
func (p *Pool) SubmitTo(ctx context.Context, t *Task, g *Group) {
	if _, ofTask := ctx.(*taskctx.Item); ofTask {
		if item, w := p.own(ctx); w != nil {
			p.takeAny(ctx, t, g, item, w)
			return
		}
	}
	if p.bound == nil {
		p.mu.Lock()
		if sc := p.recent; sc != nil && taskctx.Same(sc.ctx, ctx) && !sc.ended() {
			if p.simple && !t.Has(outcome.Rich) && p.takePlain(t, sc) {
				p.unlockPlain()
				return
			}
			if p.takeKnown(ctx, t, g, sc) {
				return
			}
		}
		p.mu.Unlock()
	}
	p.takeAny(ctx, t, g, nil, nil)
}

// takeKnown is SubmitTo with the context of sc, if there is nothing to find out about the submitter
// either. It gives up the lock, or reports false.
func (p *Pool) takeKnown(ctx context.Context, t *Task, g *Group, sc *scope) bool {
	s := newSubmission(t, t.extra(), g)
	if !p.knows(&s, sc) {
		return false
	}
	next := p.takeIn(&s, sc)
	p.unlock()
	p.follow(ctx, &s, next)
	return true
}

// knows reports whether a task that is submitted with the context of sc is taken, or waits for a
// place, whichever task or goroutine submits it.
func (p *Pool) knows(s *submission, sc *scope) bool {
	return p.phase.Load() == open && p.weights.fits(s.t) && (sc.outside || s.x.memberOf() == nil && p.cfg.Queue == options.Unbounded)
}

// A submission is what was found out about a task before the lock was taken: methods of
// a context are code of the user and must not be called under it.
type submission struct {
	t        *Task
	x        *Extra
	ctx      context.Context
	done     <-chan struct{}
	above    *taskctx.Bound
	worker   *worker   // runs the task whose context ctx is
	ended    error     // ctx has ended
	permit   bool      // t is a permit: the caller must not wait for its end, which is the caller's release
	outside  bool      // ctx is not below the context of a running task of any pool; false also if nobody has looked
	fromTask bool      // ctx is below that of a running task of this pool; false also if that does not matter
	own      bool      // that is the innermost task of ctx: it submits
	entered  chan bool // told when a blocked submitter may go on, and whether its task runs beside the slots
}

func newSubmission(t *Task, x *Extra, g *Group) submission {
	if x != nil {
		x.group = g
	}
	return submission{t: t, x: x, permit: x.isPermit()}
}

// takeAny is SubmitTo with any context. If w is not nil, ctx is item, the context of the task that w
// runs.
func (p *Pool) takeAny(ctx context.Context, t *Task, g *Group, item *taskctx.Item, w *worker) {
	s := newSubmission(t, t.extra(), g)
	p.ask(&s, ctx, item, w)
	p.mu.Lock()
	if !s.fromTask && p.phase.Load() == closing {
		// Now it matters which task submits, and ask may not have looked.
		p.mu.Unlock()
		s.fromTask = p.inside(ctx)
		p.mu.Lock()
	}
	next := p.admission(&s)
	p.unlock()
	p.follow(ctx, &s, next)
}

// follow does what the submitter has to do after the submission.
func (p *Pool) follow(ctx context.Context, s *submission, next afterSubmit) {
	wait := next == waitsForEnd || next == waitsToEnter && <-s.entered
	if wait && !s.permit { // that it is one is not asked now: t may settle, and let go of its Extra's more
		p.awaitChild(ctx, s.t)
	}
}

// afterSubmit is what the submitter of a task does next.
type afterSubmit uint8

const (
	goesOn       afterSubmit = iota
	waitsToEnter             // until the task has a place, or never will
	waitsForEnd              // of the task
)

// ask finds out what has to be known about the context.
func (p *Pool) ask(s *submission, ctx context.Context, item *taskctx.Item, w *worker) {
	p.stopIfEnded()
	g := s.x.memberOf()
	if g != nil || p.cfg.Queue != options.Unbounded {
		s.outside = item == nil && taskctx.From(ctx) == nil
	}
	s.fromTask = w != nil || !s.outside && p.cfg.Queue != options.Unbounded && p.inside(ctx)
	s.own = w != nil || s.fromTask && p.innermost(ctx)
	if g != nil && !s.outside && !s.x.isPermit() && !s.x.ofMap() { // Acquire waits until ctx itself ends
		if up, ok := g.adopts(ctx, item); ok {
			ctx = up
			_, w = p.own(ctx)
		}
	}
	if w == nil {
		ctx = taskctx.Detach(ctx, p)
		if s.done = ctx.Done(); s.done != nil && !s.outside {
			s.above = p.boundsAbove(ctx)
		}
		end := ctx
		if ctx.Err() == nil {
			end = s.above.EndedWithin(p.bound)
		}
		if end != nil {
			s.ended = outcome.NeverRan(outcome.Reason(end))
		}
	}
	s.ctx, s.worker = ctx, w
}

// inside reports whether ctx comes from a task of p that still runs.
func (p *Pool) inside(ctx context.Context) bool {
	for c := taskctx.From(ctx); c != nil; c = taskctx.From(c.Parent()) {
		if w := ownedBy(c.Owner()); w != nil && w.pool == p {
			return true
		}
	}
	return false
}

// innermost reports whether p runs the innermost task that ctx comes from.
func (p *Pool) innermost(ctx context.Context) bool {
	w, _ := workerOf(ctx)
	return w != nil && w.pool == p
}

// admission is the instant of submission.
func (p *Pool) admission(s *submission) (next afterSubmit) {
	t, x := s.t, s.x
	if why := p.refusal(s); why != nil {
		p.register(t, nil)
		p.refuse(t, x, why)
		return goesOn
	}
	sc, alive := (*scope)(nil), s.ended == nil
	if alive {
		sc, alive = p.scopeOf(s)
	}
	if !alive {
		if s.ended == nil {
			s.ended = p.contextError(s.ctx)
		}
		p.register(t, nil)
		p.lose(t, x, s.ended)
		return goesOn
	}
	sc.outside = sc.outside || s.outside
	if x == nil && p.simple && p.takePlain(t, sc) {
		return goesOn
	}
	return p.takeIn(s, sc)
}

// takeIn takes a task that nothing but its group refuses.
func (p *Pool) takeIn(s *submission, sc *scope) (next afterSubmit) {
	t, x := s.t, s.x
	p.register(t, sc)
	if err := p.groupEnd(x.memberOf()); err != nil {
		p.lose(t, x, err)
		return goesOn
	}
	switch {
	case x != nil && x.more != nil && x.more.input != nil:
		p.accept(x)
		x.more.since = p.now()
		p.deferTask(t, x)
	case x != nil && x.opts.Delay > 0:
		p.accept(x)
		p.delay(t, x, x.opts.Delay)
	case x.ofMap() || p.cfg.Queue == options.Unbounded || x.unplaced:
		p.accept(x)
		if !p.startAtOnce(t, x) {
			p.enqueue(t, x)
		}
	default:
		next = p.enter(s)
	}
	p.admit()
	if x != nil && x.opts.MaxWait > 0 && t.Pending() {
		p.clock.Set(&x.rare().expiry, x.opts.MaxWait, t, expire)
	}
	if t.Pending() {
		p.noteAge()
		sc.note(t)
		x.memberOf().lend()
	}
	return next
}

// register gives t its number and its scope.
func (p *Pool) register(t *Task, s *scope) {
	p.order++
	t.Enter(p.order)
	if s != nil {
		p.tasks++
		if !s.kept {
			s.live++
		}
		unshared.SetPointer(&t.scope, s)
	}
}

// accept counts a task that is taken.
func (p *Pool) accept(x *Extra) {
	switch {
	case x == nil:
		p.count.Submitted++
		return
	case x.ofMap():
		x.unplaced = true
	case x.unplaced:
	default:
		p.count.Submitted++
	}
	x.taken = true
	if x.group != nil {
		x.group.join(x)
	}
}

// lose settles a task that was submitted and cannot run: it counts as submitted and
// cancelled.
func (p *Pool) lose(t *Task, x *Extra, err error) {
	p.countUntaken(x, (*Counts).lose)
	p.neverRan(t, x, outcome.Cancelled, err)
}

// refuse settles a task that the pool does not take: it counts as refused alone.
func (p *Pool) refuse(t *Task, x *Extra, why error) {
	p.countUntaken(x, (*Counts).refuse)
	p.neverRan(t, x, outcome.Cancelled, outcome.NeverRan(why))
}

// countUntaken counts a task that was submitted and not taken.
func (p *Pool) countUntaken(x *Extra, count func(*Counts)) {
	if x.ofMap() {
		return
	}
	count(&p.count)
	for g := x.memberOf(); g != nil; g = g.outer {
		count(&g.count)
	}
}

// refusal returns why the pool does not take a task, nil if it does.
func (p *Pool) refusal(s *submission) error {
	switch phase := p.phase.Load(); {
	case phase == stopped || phase == closing && !s.fromTask:
		return p.life.err
	case !p.weights.fits(s.t):
		return s.t.named(p, ErrTooHeavy)
	}
	return nil
}
