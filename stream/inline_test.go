package stream_test

import (
	"slices"
	"testing"

	"github.com/millrace-go/millrace/stream"
)

// wantItems fails unless s yields exactly these items and errors.
func wantItems[T comparable](t *testing.T, call string, s stream.Stream[T], want ...item[T]) {
	t.Helper()
	if got := gather(s.All(bg)); !slices.Equal(got, want) {
		t.Errorf("%s yields %v, want %v", call, got, want)
	}
}

// mixed is 0, fault 1, 2, 3, fault 4, 5.
func mixed() ints {
	items := good(upTo(6)...)
	items[1], items[4] = item[int]{err: fault(1)}, item[int]{err: fault(4)}
	return from(items)
}

func failed(n int) item[int] { return item[int]{err: fault(n)} }

func isEven(v int) bool { return v%2 == 0 }

func TestTransform(t *testing.T) {
	s := stream.Transform(mixed(), func(v int) (int, error) {
		if v == 3 {
			return 33, fault(3)
		}
		return 10 * v, nil
	})
	wantItems(t, "Transform()", s, item[int]{v: 0}, failed(1), item[int]{v: 20}, item[int]{33, fault(3)}, failed(4), item[int]{v: 50})
}

func TestFilter(t *testing.T) {
	wantItems(t, "Filter()", mixed().Filter(isEven), item[int]{v: 0}, failed(1), item[int]{v: 2}, failed(4))
}

func TestTap(t *testing.T) {
	var seen []int
	wantItems(t, "Tap()", mixed().Tap(func(v int) { seen = append(seen, v) }), gather(mixed().All(bg))...)
	want(t, "Tap's calls", seen, []int{0, 2, 3, 5}, false)
}

// An error of fn leaves the sum as it was.
func TestScan(t *testing.T) {
	s := stream.Scan(mixed(), 100, func(sum, v int) (int, error) {
		if v == 2 {
			return -1, fault(2)
		}
		return sum + v, nil
	})
	wantItems(t, "Scan()", s, item[int]{v: 100}, failed(1), item[int]{-1, fault(2)}, item[int]{v: 103}, failed(4), item[int]{v: 108})
}

func TestFlatten(t *testing.T) {
	s := from([]item[[]int]{{v: []int{1, 2}}, {err: fault(1)}, {v: nil}, {v: []int{3}}})
	wantItems(t, "Flatten()", stream.Flatten(s), item[int]{v: 1}, item[int]{v: 2}, failed(1), item[int]{v: 3})
	pulled := 0
	s = s.Tap(func([]int) { pulled++ })
	wantItems(t, "Flatten().Take(1)", stream.Flatten(s).Take(1), item[int]{v: 1})
	if pulled != 1 {
		t.Errorf("Flatten().Take(1) pulls %d slices, want 1", pulled)
	}
}

// Catch makes of an error an item, nothing, or an error; items are not its
// business.
func TestCatch(t *testing.T) {
	s := from([]item[int]{{v: 0}, failed(1), failed(2), failed(3), {v: 4}})
	caught := s.Catch(func(err error) (int, bool, error) {
		switch err {
		case fault(1):
			return 11, true, nil
		case fault(2):
			return 22, false, nil
		}
		return 33, true, fault(33)
	})
	wantItems(t, "Catch()", caught, item[int]{v: 0}, item[int]{v: 11}, item[int]{33, fault(33)}, item[int]{v: 4})
}

// The functions of stages are not called for errors, and errors pass all of
// them.
func TestErrorsPassEveryStage(t *testing.T) {
	for _, st := range stages {
		t.Run(st.name, func(t *testing.T) {
			for at := range 6 {
				inRig(t, 2, func(r *rig) {
					var got []item[int]
					r.run(func() { got = gather(st.over(r, from(faultAt(5, at))).All(bg)) })
					vs, errs := values(got)
					wantVs, wantErrs := values(faultAt(5, at))
					want(t, "All()", vs, wantVs, st.unordered)
					if !slices.Equal(errs, wantErrs) {
						t.Errorf("All() yields errors %v, want %v", errs, wantErrs)
					}
					if !st.unordered && at < 5 && got[at].err != fault(at) {
						t.Errorf("All() yields %v, want the error in place %d", got, at)
					}
				})
			}
		})
	}
}
