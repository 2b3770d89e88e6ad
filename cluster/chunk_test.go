package cluster_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A sealed value has methods of its pointer that write and read it, and no field that JSON
// would find.
type sealed struct{ n int }

func (s *sealed) MarshalJSON() ([]byte, error) { return json.Marshal(s.n) }
func (s *sealed) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &s.n) }

// Values whose pointers encode themselves arrive as they were sent, alone and in chunks.
func TestPointerMethods(t *testing.T) {
	next := cluster.Define("next", func(_ context.Context, s sealed) (sealed, error) { return sealed{s.n + 1}, nil })
	twice := cluster.Define("twice", func(_ context.Context, n big.Int) (big.Int, error) { n.Lsh(&n, 1); return n, nil })
	c, _ := site(t, next, twice)
	if v, err := next.Submit(t.Context(), c, sealed{4}).Await(t.Context()); v.n != 5 || err != nil {
		t.Errorf("Await = %v, %v, want 5", v, err)
	}
	for _, chunk := range []int{1, 3} {
		want := 10
		for v, err := range twice.Map(t.Context(), c, slices.Values([]big.Int{*big.NewInt(5), *big.NewInt(6)}), cluster.WithChunk(chunk)) {
			if err != nil || v.Int64() != int64(want) {
				t.Errorf("chunks of %d: %v, %v, want %d", chunk, &v, err, want)
			}
			want += 2
		}
	}
}

// A second is an engine of two calls, and the input for them: one item, and then three that
// are one chunk, since a call is out.
type second struct {
	answers
	body  []byte // what the second call comes to
	began chan struct{}
	first func(cluster.Outcome)
}

func (e *second) input(yield func(int) bool) {
	if yield(0) {
		<-e.began
		_ = yield(1) && yield(2) && yield(3)
	}
}

func (e *second) Start(_ context.Context, _ cluster.Call, done func(cluster.Outcome)) error {
	if e.first == nil {
		e.first = done
		close(e.began)
		return nil
	}
	e.first(cluster.Outcome{Kind: cluster.Succeeded, Body: []byte("\x02v0")})
	done(cluster.Outcome{Kind: cluster.Succeeded, Body: e.body})
	return nil
}

// The items of a chunk are decoded alike whether all can be decoded or not, and whatever the
// codec: what is wrong with one is its own affair.
func TestChunkOutcomes(t *testing.T) {
	part := func(text string) string { return string(binary.AppendUvarint(nil, uint64(len(text)))) + text }
	for name, test := range map[string]struct {
		parts []string
		want  string
	}{
		"values":         {[]string{"v1", "v2", "v3"}, "1 2 3"},
		"a fault":        {[]string{"v1", `f{"Text":"odd"}`, "v3"}, "1 cluster: double: odd 3"},
		"no value":       {[]string{"v1", `v"x"`, "v3"}, "1 cluster: double: output: json: cannot unmarshal string into Go value of type int 3"},
		"two values":     {[]string{"v1", "v2,2", "v3"}, "1 cluster: double: output: invalid character ',' after top-level value 3"},
		"nothing":        {[]string{"v1", "v", "v3"}, "1 cluster: double: output: unexpected end of JSON input 3"},
		"an empty item":  {[]string{"v1", "", "v3"}, "1 cluster: double: malformed message: an empty item 3"},
		"another kind":   {[]string{"v1", "x2", "v3"}, "1 cluster: double: malformed message: an item of kind 'x' 3"},
		"faults alone":   {[]string{`f{"Text":"a"}`, `f{"Text":"b"}`, `f{"Text":"c"}`}, "cluster: double: a cluster: double: b cluster: double: c"},
		"one too few":    {[]string{"v1", "v2"}, strings.TrimSpace(strings.Repeat("cluster: double: malformed message: 2 results for 3 items ", 3))},
		"values with ,]": {[]string{"v1,2", "v3"}, strings.TrimSpace(strings.Repeat("cluster: double: malformed message: 2 results for 3 items ", 3))},
	} {
		body := ""
		for _, p := range test.parts {
			body += part(p)
		}
		for _, codec := range []cluster.Codec{nil, bomb{}} {
			var opts []cluster.Option
			if codec != nil {
				opts = append(opts, cluster.WithCodec(codec))
			}
			e := &second{body: []byte(body), began: make(chan struct{})}
			var got []string
			task := cluster.Declare[int, int]("double", opts...)
			for v, err := range task.Map(t.Context(), cluster.NewClient(e), e.input, cluster.WithChunk(3)) {
				if err != nil {
					got = append(got, err.Error())
				} else {
					got = append(got, fmt.Sprint(v))
				}
			}
			if s, want := strings.Join(got, " "), "0 "+test.want; s != want {
				t.Errorf("%s: %s, want %s", name, s, want)
			}
		}
	}
}

// A chunk has its priority on the worker's pool, too, as a plain call does.
func TestChunkPriority(t *testing.T) {
	for _, opts := range [][]millrace.MapOption{nil, {cluster.WithChunk(2)}} {
		bubble.Run(t, func(t *testing.T) {
			var order []int
			note := cluster.Define("note", func(_ context.Context, n int) (int, error) {
				order = append(order, n)
				return n, nil
			})
			p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(2))
			e := local.New(p, note)
			c := cluster.NewClient(e)
			p.Pause()
			note.Submit(t.Context(), c, 3)
			synctest.Wait()
			urgent := make(chan struct{})
			go func() {
				defer close(urgent)
				for range note.Map(t.Context(), c, slices.Values([]int{1}), append(opts, millrace.WithPriority(1))...) {
				}
			}()
			synctest.Wait()
			p.Resume()
			<-urgent
			if err := c.Close(t.Context()); err != nil {
				t.Error(err)
			}
			_, _ = e.Close(), p.Close()
			if !slices.Equal(order, []int{1, 3}) {
				t.Errorf("%d options: order %v, want the urgent one first", len(opts), order)
			}
		})
	}
}

// A large item travels alone: with others it would be more than an engine carries.
func TestLargeItemTravelsAlone(t *testing.T) {
	begun, open := make(chan bool, 10), make(chan bool)
	length := cluster.Define("length", func(_ context.Context, s string) (int, error) {
		begun <- true
		<-open
		return len(s), nil
	})
	p := pool.New(millrace.WithWorkers(4), millrace.WithQueue(4))
	defer p.Close()
	e := local.New(p, length)
	defer e.Close()
	sizes := []int{1, 100 << 10, 100 << 10, 1000 << 10, 3}
	i := 0
	for n, err := range length.Map(t.Context(), cluster.NewClient(e), func(yield func(string) bool) {
		for i, n := range sizes {
			if !yield(strings.Repeat("x", n)) {
				return
			}
			if i == 0 {
				<-begun // from now on a call is out, and items are collected
			}
		}
		close(open)
	}, cluster.WithChunk(100)) {
		if err != nil || n != sizes[i] {
			t.Errorf("item %d of %d bytes: %d, %.80v", i, sizes[i], n, err)
		}
		i++
	}
}

// A picky number cannot be decoded if it is odd, and panics if it is negative.
type picky int

func (p *picky) UnmarshalJSON(b []byte) error {
	n, err := strconv.Atoi(string(b))
	switch {
	case n < 0:
		explode()
	case n%2 > 0:
		return errors.New("odd")
	}
	*p = picky(n)
	return err
}

// An input that cannot be decoded on the worker, or whose decoder panics, is the affair of its
// item: the others of its chunk run.
func TestChunkInputs(t *testing.T) {
	half := func(_ context.Context, n picky) (int, error) { return int(n) / 2, nil }
	for name, task := range map[string]*cluster.Task[picky, int]{
		"once": cluster.Define("half", half), "retried": cluster.Define("half", half, cluster.Retry(0)),
	} {
		c, _ := site(t, task)
		for _, ins := range [][]picky{{2, 3, 4}, {3, 2, 4}, {2, 4, 3}, {1, 3, 5}, {2, -1, 4}, {-1}, {2, 4, 6}} {
			n := 0
			for v, err := range task.Map(t.Context(), c, slices.Values(ins), cluster.WithChunk(len(ins))) {
				switch in := ins[n]; {
				case in < 0:
					if !isBoom(err) {
						t.Errorf("%s %v: item %d: %v, want the panic", name, ins, n, err)
					}
				case in%2 > 0:
					if err == nil || !strings.Contains(err.Error(), "input: odd") {
						t.Errorf("%s %v: item %d: %v, %v, want the error of its decoder", name, ins, n, v, err)
					}
				case err != nil || v != int(in)/2:
					t.Errorf("%s %v: item %d: %v, %v", name, ins, n, v, err)
				}
				n++
			}
			if n != len(ins) {
				t.Errorf("%s %v: %d items", name, ins, n)
			}
		}
	}
}

// A picker is a codec that does something else than it should with a value of 2, in one of its methods.
type picker struct{ encode, decode func() }

func (picker) Name() string { return "picker" }

func (p picker) Marshal(v any) ([]byte, error) {
	if v == 2 && p.encode != nil {
		p.encode()
	}
	return json.Marshal(v)
}

func (p picker) Unmarshal(data []byte, v any) error {
	if string(data) == "2" && p.decode != nil {
		p.decode()
	}
	return json.Unmarshal(data, v)
}

// A rash error does something else in its method than it should.
type rash func()

func (r rash) Error() string { r(); return "" }

// What the user's code does with one item of a chunk is the affair of that item: the others run, each once.
func TestChunkUserCode(t *testing.T) {
	for how, do := range map[string]func(){"panic": explode, "Goexit": runtime.Goexit} {
		is := map[string]func(error) bool{"panic": isBoom, "Goexit": isGoexit}[how]
		for where, test := range map[string]struct {
			client, worker      picker
			fn, locally, fails  func()
			calls, callsRetried int64
		}{
			"function":         {fn: do, calls: 4, callsRetried: 6},
			"Locally":          {locally: do, calls: 3, callsRetried: 3},
			"input":            {worker: picker{decode: do}, calls: 3, callsRetried: 3},
			"output":           {worker: picker{encode: do}, calls: 4, callsRetried: 6},
			"output, at last":  {client: picker{decode: do}, calls: 4, callsRetried: 4},
			"text of an error": {fails: do, calls: 4, callsRetried: 6},
		} {
			for calls, opt := range map[int64]cluster.Option{test.calls: nil, test.callsRetried: cluster.Retry(0)} {
				var got atomic.Int64
				same := cluster.Define("same", func(_ context.Context, n int) (int, error) {
					got.Add(1)
					if n == 2 && test.fn != nil {
						test.fn()
					}
					if n == 2 && test.fails != nil {
						return 0, rash(test.fails)
					}
					return n, nil
				}, cluster.WithCodec(test.worker), opt).Locally(func(n int) []millrace.TaskOption {
					if n == 2 && test.locally != nil {
						test.locally()
					}
					return nil
				})
				c, _ := site(t, same)
				n := 0
				task := cluster.Declare[int, int]("same", cluster.WithCodec(test.client), opt)
				for v, err := range task.Map(t.Context(), c, slices.Values([]int{0, 1, 2, 3}), cluster.WithChunk(4)) {
					if n == 2 && (err == nil || test.fails == nil && !is(err)) || n != 2 && (err != nil || v != n) {
						t.Errorf("%s, %s: item %d: %v, %v", where, how, n, v, err)
					}
					n++
				}
				if got := got.Load(); n != 4 || got != calls {
					t.Errorf("%s, %s: %d items, %d calls of the function, want 4 and %d", where, how, n, got, calls)
				}
				if err := c.Close(t.Context()); err != nil {
					t.Errorf("%s, %s: Close = %v", where, how, err)
				}
			}
		}
	}
}

// An error that does not return from its methods does not keep the call, or the worker.
func TestRashError(t *testing.T) {
	c, _ := site(t, cluster.Define("rash", func(context.Context, int) (int, error) { return 0, rash(runtime.Goexit) }), Square)
	if _, err := cluster.Declare[int, int]("rash").Submit(t.Context(), c, 1).Await(t.Context()); err == nil {
		t.Error("Await = nil")
	}
	if v, err := Square.Submit(t.Context(), c, 3).Await(t.Context()); v != 9 || err != nil {
		t.Errorf("the next call: %v, %v", v, err)
	}
}

// The items of a chunk wait for their next attempts at the same time, also on one slot.
func TestChunkRetriesTogether(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		begun, calls := time.Now(), 0
		late := cluster.Define("late", func(ctx context.Context, n int) (int, error) {
			calls++
			of, _ := cluster.FromContext(ctx)
			if a, want := pool.Attempt(ctx), 1+(calls-1)/9; a != want || of.Attempt() != 1 {
				t.Errorf("attempt %d of the item and %d of the call, want %d and 1", a, of.Attempt(), want)
			}
			if time.Since(begun) < time.Second {
				return 0, errors.New("too early")
			}
			return n, nil
		}, cluster.Retry(time.Second))
		p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
		e := local.New(p, late)
		c := cluster.NewClient(e)
		for _, err := range late.Map(t.Context(), c, slices.Values(make([]int, 9)), cluster.WithChunk(9)) {
			if err != nil {
				t.Error(err)
			}
		}
		if d := time.Since(begun); d != time.Second || calls != 18 {
			t.Errorf("%v and %d calls for 9 items that fail in the first second, want 1s and 18", d, calls)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
		_, _ = e.Close(), p.Close()
	})
}
