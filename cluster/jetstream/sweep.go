package jetstream

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// A server that is told that a call has ended writes two things: that the consumer is done with
// the call, and that the call is not in the stream any more. If it is killed between the two it
// keeps the call. No worker gets it, since a consumer does not go back behind its ack floor, but it
// would be the oldest call for ever, take a place of Config.MaxCalls and block its id. Servers that
// have copies of a stream look for such calls by themselves.
//
// An engine looks for them when it connects, when it connects again, and when it is asked for the
// status: the floor is below each call that runs, and hides those above it until that call ends.

// sweep removes from the stream the calls that a consumer is done with. Both are as they were just
// now.
func (e *Engine) sweep(ctx context.Context, calls *jetstream.StreamInfo, line *jetstream.ConsumerInfo) error {
	if calls.Config.Replicas > 1 {
		return nil
	}
	breaks := e.nc.Stats().Reconnects
	for next := max(1, calls.State.FirstSeq); next <= line.AckFloor.Stream; next++ {
		m, err := e.calls.GetMsg(ctx, next, jetstream.WithGetMsgSubject(line.Config.FilterSubject))
		switch {
		case gone(err):
			return nil
		case err != nil:
			return err
		case m.Sequence > line.AckFloor.Stream:
			return nil
		case e.nc.Stats().Reconnects != breaks: // a server that lost what it had numbers anew
			return nil
		}
		_ = e.calls.DeleteMsg(ctx, m.Sequence) // the server may be doing so itself
		next = m.Sequence
	}
	return nil
}
