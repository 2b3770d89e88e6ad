package stream_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// FuzzStream runs random programs and compares what they yield with slices:
// whole, in sinks that stop at an error, broken off and cancelled at any place
// and time. After each run nothing of it may be left.
func FuzzStream(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 100 {
			runProgram(t, in)
		}
	})
}

// TestPrograms runs as many programs as there is time for in a test.
func TestPrograms(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		in := make([]byte, 10+random.IntN(30))
		for i := range in {
			in[i] = byte(random.Uint32())
		}
		if runProgram(t, in); t.Failed() {
			t.Fatalf("program %q", in)
		}
	}
}

func runProgram(t *testing.T, in []byte) {
	inRig(t, workersOf(in), func(r *rig) {
		p := newProgram(r, in)
		at := p.byte()
		p.whole()
		p.collect()
		p.breakAfter(at % (len(p.want) + 1))
		p.cancelAfter(at % (len(p.want) + 1))
		p.cancelAt(time.Duration(at%16) * time.Millisecond)
		if t.Failed() {
			t.Log(p)
		}
	})
}

func (p *program) whole() {
	var got []item[int]
	p.r.run(func() { got = gather(p.s.All(bg)) })
	if got, want := p.normal(got), p.normal(p.want); !slices.Equal(got, want) {
		p.r.Errorf("All() yields\n%v, want\n%v", got, want)
	}
}

// collect checks the sinks that stop at the first error.
func (p *program) collect() {
	var got []int
	var err error
	p.r.run(func() { got, err = p.s.Collect(bg) })
	if err != nil {
		p.prefix("Collect()", append(good(got...), item[int]{err: err}))
		return
	}
	if got, want := p.normal(good(got...)), p.normal(p.want); !slices.Equal(got, want) {
		p.r.Errorf("Collect() = %v, want %v", got, want)
	}
}

// prefix fails unless got is what p yields first, or may if the order is open.
func (p *program) prefix(call string, got []item[int]) {
	p.r.Helper()
	if !p.unordered {
		if want := p.want[:min(len(got), len(p.want))]; !slices.Equal(p.normal(got), p.normal(want)) {
			p.r.Errorf("%s yields\n%v, want\n%v", call, p.normal(got), p.normal(want))
		}
		return
	}
	rest := p.normal(p.want)
	for _, it := range p.normal(got) {
		i, ok := slices.BinarySearchFunc(rest, it, compareItems)
		if !ok {
			p.r.Errorf("%s yields\n%v, want some of\n%v", call, got, p.want)
			return
		}
		rest = slices.Delete(rest, i, i+1)
	}
}

func (p *program) breakAfter(n int) {
	var got []item[int]
	p.r.run(func() {
		if n == 0 {
			return
		}
		for v, err := range p.s.All(bg) {
			if got = append(got, item[int]{v, err}); len(got) == n {
				break
			}
		}
	})
	if len(got) != n {
		p.r.Errorf("All() with break after %d yields %d items", n, len(got))
	}
	p.prefix("All() with break", got)
}

// cancelAfter ends the context in the body of the loop over the nth item, or
// before the loop.
func (p *program) cancelAfter(n int) {
	ctx, cancel := context.WithCancelCause(bg)
	defer cancel(nil)
	if n == 0 {
		cancel(fault(-1))
	}
	var got []item[int]
	p.r.run(func() {
		for v, err := range p.s.All(ctx) {
			if got = append(got, item[int]{v, err}); len(got) == n {
				cancel(fault(-1))
			}
		}
	})
	if cut := p.cut(ctx, &got); !cut && n < len(p.want) || len(got) != n {
		p.r.Errorf("All() with cancel after %d of %d yields %v", n, len(p.want), got)
	}
	p.prefix("All() with cancel", got)
}

// cancelAt ends the context some time after the start.
func (p *program) cancelAt(at time.Duration) {
	ctx, cancel := context.WithCancelCause(bg)
	defer cancel(nil)
	var got []item[int]
	p.r.run(func() {
		time.AfterFunc(at, func() { cancel(fault(-1)) })
		got = gather(p.s.All(ctx))
	})
	if cut := p.cut(ctx, &got); !cut && len(got) != len(p.want) {
		p.r.Errorf("All() with cancel at %v yields %v, want all or one last error", at, got)
	}
	p.prefix("All() with cancel", got)
}

// cut takes the last error of a run that ctx has ended off, if it is there.
func (p *program) cut(ctx context.Context, got *[]item[int]) bool {
	n := len(*got) - 1
	if n < 0 || ctx.Err() == nil {
		return false
	}
	if _, isItem := (*got)[n].err.(fault); isItem || (*got)[n].err == nil {
		return false
	}
	wantNotDone(p.r, "All() with cancel", (*got)[n].err, fault(-1))
	*got = (*got)[:n]
	return true
}
