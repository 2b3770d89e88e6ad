package stream_test

import (
	"testing"

	"github.com/millrace-go/millrace/stream"
)

// An error counts as an item.
func TestTake(t *testing.T) {
	all := gather(mixed().All(bg))
	for n := range 8 {
		wantItems(t, "Take()", mixed().Take(n), all[:min(n, len(all))]...)
	}
}

// With the nth item the source is ended: not drained, nor asked for one more.
func TestTakeEndsTheSource(t *testing.T) {
	for n := range 4 {
		pulled, ended := 0, false
		s := stream.FromSeq(func(yield func(int) bool) {
			defer func() { ended = true }()
			for pulled = 1; yield(pulled); pulled++ {
			}
		})
		want(t, "Take()", must(s.Take(n).Collect(bg)), []int{1, 2, 3}[:n], false)
		if pulled != n || ended != (n > 0) {
			t.Errorf("Take(%d) pulls %d items, the source has ended: %v; want %d, %v", n, pulled, ended, n, n > 0)
		}
	}
}

// Below parallel stages Take ends a source that has no end, which was read
// ahead no further than the window.
func TestTakeEndsTheSourceBelowStages(t *testing.T) {
	for _, st := range stages {
		t.Run(st.name, func(t *testing.T) {
			inRig(t, 2, func(r *rig) {
				pulled := 0
				s := st.over(r, stream.FromSeq(numbers).Tap(func(int) { pulled++ }))
				var got []int
				r.run(func() { got = must(s.Take(3).Collect(bg)) })
				if len(got) != 3 || !st.unordered && got[2] != 2 {
					t.Errorf("Take(3) = %v, want 3 items", got)
				}
				if pulled > 3+512 {
					t.Errorf("Take(3) pulls %d items, want at most a window more than 3", pulled)
				}
			})
		})
	}
}

func TestTakeWhile(t *testing.T) {
	pulled := 0
	s := mixed().Tap(func(int) { pulled++ }).TakeWhile(func(v int) bool { return v != 3 })
	wantItems(t, "TakeWhile()", s, item[int]{v: 0}, failed(1), item[int]{v: 2})
	if pulled != 3 {
		t.Errorf("TakeWhile() pulls %d items, want 3", pulled)
	}
}

// An error passes whatever keep says of the value that came with it.
func TestTakeWhilePassesErrors(t *testing.T) {
	s := from([]item[int]{{v: 1}, {v: 2, err: fault(2)}, {v: 1}}).TakeWhile(func(v int) bool { return v == 1 })
	wantItems(t, "TakeWhile()", s, item[int]{v: 1}, item[int]{v: 2, err: fault(2)}, item[int]{v: 1})
}

// An error counts as an item, and is not lost.
func TestSkip(t *testing.T) {
	all := gather(mixed().All(bg))
	for n := range 8 {
		var rest []item[int]
		for i, it := range all {
			if i >= n || it.err != nil {
				rest = append(rest, it)
			}
		}
		wantItems(t, "Skip()", mixed().Skip(n), rest...)
	}
}
