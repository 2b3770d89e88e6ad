package parallel

import "github.com/millrace-go/millrace/internal/sched"

// block lends the hand's slot while it waits for ch.
func block(h *sched.Hand, ch <-chan struct{}) {
	if b, ok := any(h).(interface{ Block(<-chan struct{}) }); ok {
		b.Block(ch)
		return
	}
	<-ch
}

func crash(c *sched.Crew) bool {
	b, ok := any(c).(interface{ Crash() bool })
	return ok && b.Crash()
}
