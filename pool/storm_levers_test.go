package pool_test

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/pool"
)

// An allowance counts tasks that may run beyond the bounds: those that CallerRuns may
// run, and those that wait, because their contexts may end. Both counts only grow, so
// that one who reads them around a snapshot has an upper bound for that instant.
type allowance struct{ began, ended atomic.Int64 }

// poll looks at the figures of the pool and the groups until stop is closed.
func (s *storm) poll(stop chan struct{}) {
	for running(stop) {
		s.look(s.p.Stats, true, s.most.Load)
		for _, g := range s.groups {
			s.look(g.Stats, false, func() int64 { return math.MaxInt })
		}
		time.Sleep(20 * time.Microsecond)
	}
}

func (s *storm) look(snapshot func() pool.Stats, whole bool, workers func() int64) {
	ended := s.beyond.ended.Load()
	st := snapshot()
	more := s.beyond.began.Load() - ended
	if sum := uint64(st.Queued+st.Deferred+st.Running+st.Waiting) + st.Succeeded + st.Failed + st.Cancelled; st.Submitted != sum || st.Panicked > st.Failed {
		s.t.Errorf("Stats() = %+v, does not add up: submitted %d, accounted for %d", st, st.Submitted, sum)
	}
	if most := workers(); int64(st.Running)-more > most {
		s.t.Errorf("Stats() = %+v, want at most %d running, and %d beyond", st, most, more)
	}
	if s.maxWeight > 0 && st.Weight > s.maxWeight+more*stormWeight {
		s.t.Errorf("Stats() = %+v, want at most %d of weight, and %d tasks beyond", st, s.maxWeight, more)
	}
	if whole && s.queue >= 0 && st.Queued > s.queue {
		s.t.Errorf("Stats() = %+v, want at most %d queued", st, s.queue)
	}
}

// pull pulls levers of the pool and of the groups until stop is closed. It leaves the
// pool resumed.
func (s *storm) pull(stop chan struct{}, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 2))
	for running(stop) {
		switch rnd.IntN(8) {
		case 0:
			s.p.Pause()
		case 1:
			s.p.Drop(errBoom)
		case 2, 3:
			s.resize(pick(rnd, 1, 2, 5, math.MaxInt))
		case 4:
			_ = s.p.String()
		default:
			if len(s.groups) > 0 {
				s.pullGroup(pick(rnd, s.groups...), rnd)
			}
		}
		time.Sleep(time.Duration(rnd.IntN(100)) * time.Microsecond)
		s.p.Resume()
	}
}

func (s *storm) resize(n int) {
	s.most.Store(max(s.most.Load(), int64(n)))
	s.p.Resize(n)
}

func (s *storm) pullGroup(g *pool.Group, rnd *rand.Rand) {
	switch rnd.IntN(20) {
	case 0:
		g.Cancel(errBoom)
	default:
		g.SetLimit(1 + rnd.IntN(stormLimit))
	}
}

func running(stop chan struct{}) bool {
	select {
	case <-stop:
		return false
	default:
		return true
	}
}
