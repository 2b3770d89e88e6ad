package observe

// From these shares on a window is full, runners are busy, and there is demand for results. A
// stage that waits for the one below it has a full window, give or take what is on its way; one
// that waits for items has an almost empty one.
const (
	fullWindow  = 0.8
	busyRunners = 0.5
	demanded    = 0.5
)

// A load is how loaded a stage was, as the means of several looks.
type load struct {
	held       float64 // of its window: items that were pulled and are not delivered
	busy       float64 // of its runners
	waiting    float64 // of the looks: an item was there that had not started
	awaited    float64 // of the looks: what is below waited for a result
	inputEnded bool
}

// A verdict says what makes the rest of a pipeline wait.
type verdict struct {
	Kind   string `json:"kind"`  // source, stage, sink, between (this stage and the next), or none
	Stage  int    `json:"stage"` // for stage and between: which one, from 0 at the source
	Reason string `json:"reason"`
}

// bottleneck returns the bottleneck of a pipeline, whose stages are given from the
// source to the sink.
//
// Rates cannot tell, as all stages of a steady pipeline have the same. But what is
// above the bottleneck fills its window and waits, and what is below waits for items.
// So it is the last full stage if that is busy. If it is not, it is the one nevertheless if its
// results are waited for: something keeps its items from starting. That is a busy full stage above
// it, if there is one, with which it has to share slots. If they are not waited for, it waits for
// what takes them. A stage whose items wait to start is as good as full.
func bottleneck(stages []load) verdict {
	for i := len(stages) - 1; i >= 0; i-- {
		switch s := stages[i]; {
		case !s.full():
			continue
		case s.busy > busyRunners:
			return verdict{"stage", i, "Its window is full and its runners are busy; what is below it waits for items."}
		case s.awaited > demanded:
			return heldUp(stages, i)
		case i == len(stages)-1:
			return verdict{"sink", i, "The window of the last stage is full and its runners are idle: its results are not taken."}
		default:
			return verdict{"between", i, "The window of this stage is full and its runners are idle, but the next one is not full: what runs between them is slow."}
		}
	}
	if len(stages) > 0 && stages[0].inputEnded {
		return verdict{Kind: "none", Reason: "The input has ended, and what is left is being finished."}
	}
	return verdict{Kind: "source", Reason: "No window is full: all stages wait for items."}
}

// full reports whether a stage has all the items that it can take.
func (l load) full() bool { return l.held > fullWindow || l.waiting > fullWindow }

// heldUp says what keeps the items of stage i from starting, whose results are waited for.
func heldUp(stages []load, i int) verdict {
	for above := i - 1; above >= 0; above-- {
		if s := stages[above]; s.full() && s.busy > busyRunners {
			return verdict{"stage", above, "Its window is full and its runners are busy; items of a stage below it wait for a slot."}
		}
	}
	return verdict{"stage", i, "Its results are waited for, and yet few of its runners are busy: its items wait for a slot, a rate, a limit, a weight or a key, or for the result of an earlier one."}
}
