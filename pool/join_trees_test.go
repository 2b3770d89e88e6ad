package pool_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

var (
	trees    = flag.Int("trees", 150, "how many trees TestJoinTrees grows")
	treeSeed = flag.Uint64("trees.seed", 0, "the seed of the first tree; those after it have the numbers behind it")
)

// A recursion by Join, which goes through other ways to divide work at random places, counts the
// nodes of a tree. Whatever ends it, the count is right or there is an error, every task is
// counted, and Close returns.
func TestJoinTrees(t *testing.T) {
	n := *trees
	if testing.Short() {
		n = min(n, 50)
	}
	for i := range uint64(n) {
		newTree(*treeSeed + i).grow(t)
		if t.Failed() {
			t.Fatalf("to see it again: go test ./pool -run TestJoinTrees -trees 1 -trees.seed %d", *treeSeed+i)
		}
	}
}

// A tree is a recursion, what it meets, and what ends it.
type tree struct {
	p, beside *pool.Pool
	seed      uint64
	depth     int
	fails     int // one node in so many; 0: none
	lever     treeLever
}

// A treeLever is what happens to the pool or the context of the recursion.
type treeLever int

const (
	noLever treeLever = iota
	resizes
	pauses
	stops
	endedBefore
	endsBeside
	treeLevers
)

func newTree(seed uint64) *tree {
	r := rand.New(rand.NewPCG(seed, 1))
	return &tree{
		p:      pool.New(millrace.WithWorkers(1 + r.IntN(4))),
		beside: pool.New(millrace.WithWorkers(1 + r.IntN(2))),
		seed:   seed,
		depth:  4 + r.IntN(7),
		fails:  []int{0, 0, 300, 50}[r.IntN(4)],
		lever:  treeLever(r.IntN(int(treeLevers))),
	}
}

func (tr *tree) grow(t *testing.T) {
	ctx, end := context.WithCancel(bg)
	defer end()
	if tr.lever == endedBefore {
		end()
	}
	f := pool.Submit(ctx, tr.p, func(ctx context.Context) (int, error) { return tr.node(ctx, tr.seed, tr.depth) })
	switch tr.lever {
	case endsBeside:
		go func() { runtime.Gosched(); end() }()
	case pauses:
		tr.p.Pause()
		runtime.Gosched()
		tr.p.Resume()
	}
	n, err := f.Await(bg)
	if err == nil && n != nodes(tr.depth) {
		t.Errorf("a tree of depth %d has %d nodes, want %d", tr.depth, n, nodes(tr.depth))
	}
	if err != nil && tr.fails == 0 && tr.lever < stops {
		t.Errorf("the recursion = %v, want nil", err)
	}
	tr.p.Close()
	tr.beside.Close()
	if s := tr.p.Stats(); s.Submitted != s.Succeeded+s.Failed+s.Cancelled || s.Running+s.Waiting+s.Queued != 0 {
		t.Errorf("a task is counted twice, or not at all: %+v", s)
	}
}

// nodes returns how many nodes a tree has.
func nodes(depth int) int { return 1<<(depth+1) - 1 }

// node counts the nodes of a subtree.
func (tr *tree) node(ctx context.Context, seed uint64, depth int) (int, error) {
	r := rand.New(rand.NewPCG(seed, 2))
	if tr.fails > 0 && r.IntN(tr.fails) == 0 {
		switch r.IntN(4) {
		case 0:
			panic(fmt.Sprint("node ", seed))
		case 1:
			runtime.Goexit()
		default:
			return 0, errBoom
		}
	}
	if depth == 0 {
		return 1, nil
	}
	half := func(i uint64) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) { return tr.node(ctx, 2*seed+i, depth-1) }
	}
	n, err := tr.divide(ctx, r, depth, half(1), half(2))
	return n + 1, err
}

// divide counts both halves, mostly by Join.
func (tr *tree) divide(ctx context.Context, r *rand.Rand, depth int, left, right func(context.Context) (int, error)) (n int, err error) {
	switch r.IntN(40) {
	case 0: // a task of the same pool
		f := pool.Submit(ctx, tr.p, left)
		n, err := right(ctx)
		m, err2 := f.Await(ctx)
		return n + m, errors.Join(err, err2)
	case 1: // a task of another pool
		f := pool.Submit(ctx, tr.beside, func(context.Context) (int, error) { return nodes(depth - 1), nil })
		n, err := right(ctx)
		m, err2 := f.Await(ctx)
		return n + m, errors.Join(err, err2)
	case 2: // a context of its own
		own, end := context.WithCancel(ctx)
		defer end()
		n, m, err := pool.Join(own, tr.p, left, right)
		return n + m, err
	case 3: // a group
		err = pool.Scope(ctx, tr.p, func(ctx context.Context, g *pool.Group) error {
			f := pool.Submit(ctx, g, left)
			m, _, err := pool.Join(ctx, g, right, nop)
			k, err2 := f.Await(ctx)
			n = m + k
			return errors.Join(err, err2)
		})
		return n, err
	case 4: // another goroutine of the task waits meanwhile
		waited := make(chan error, 1)
		f := pool.Submit(ctx, tr.p, left)
		go func() { _, err := f.Await(ctx); waited <- err }()
		n, _, err := pool.Join(ctx, tr.p, right, nop)
		if err = errors.Join(err, <-waited); err == nil {
			m, _ := f.Poll()
			n += m.Value
		}
		return n, err
	case 5:
		if tr.lever == resizes {
			tr.p.Resize(1 + r.IntN(4))
		}
	case 6:
		if tr.lever == stops && r.IntN(20) == 0 {
			tr.p.Stop(errBoom)
		}
	}
	n, m, err := pool.Join(ctx, tr.p, left, right)
	return n + m, err
}
