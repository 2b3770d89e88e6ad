package temporal

import (
	"context"
	"sync/atomic"

	sdkworker "go.temporal.io/sdk/worker"
)

// A room bounds the calls that a worker has fetched and its pool has not taken. To the
// SDK its places are slots of activities, which bound how many run; but the pool bounds those,
// and knows which of them wait for others and have lent their slot. So a place is free
// as soon as the pool has taken the call: fetching goes on for as long as the pool takes calls.
type room struct {
	places chan struct{}
	left   atomic.Int64 // calls that have left and that the SDK still counts
}

func newRoom(places int) *room { return &room{places: make(chan struct{}, places)} }

// leave is called when the pool has taken a call.
func (r *room) leave() {
	r.left.Add(1)
	<-r.places
}

// ReserveSlot implements worker.SlotSupplier.
func (r *room) ReserveSlot(ctx context.Context, _ sdkworker.SlotReservationInfo) (*sdkworker.SlotPermit, error) {
	select {
	case r.places <- struct{}{}:
		return &sdkworker.SlotPermit{}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TryReserveSlot implements worker.SlotSupplier.
func (r *room) TryReserveSlot(sdkworker.SlotReservationInfo) *sdkworker.SlotPermit { return nil }

// MarkSlotUsed implements worker.SlotSupplier.
func (r *room) MarkSlotUsed(sdkworker.SlotMarkUsedInfo) {}

// ReleaseSlot implements worker.SlotSupplier. A call has left before its activity
// ends, and has given its place back; an empty poll, and what is not a call, do it here.
// Whose place it is does not matter.
func (r *room) ReleaseSlot(sdkworker.SlotReleaseInfo) {
	for n := r.left.Load(); n > 0; n = r.left.Load() {
		if r.left.CompareAndSwap(n, n-1) {
			return
		}
	}
	<-r.places
}

// MaxSlots implements worker.SlotSupplier.
func (r *room) MaxSlots() int { return 0 }

// tuner returns what has the SDK use the room. The other suppliers are not used: the
// worker has activities alone.
func (r *room) tuner() (sdkworker.WorkerTuner, error) {
	other, err := sdkworker.NewFixedSizeSlotSupplier(1)
	if err != nil {
		return nil, err
	}
	return sdkworker.NewCompositeTuner(sdkworker.CompositeTunerOptions{
		WorkflowSlotSupplier: other, ActivitySlotSupplier: r, LocalActivitySlotSupplier: other,
		NexusSlotSupplier: other, SessionActivitySlotSupplier: other,
	})
}
