package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

type node struct {
	Next  *node
	Items map[string][]node
	When  time.Time // it writes itself
	skip  chan int  //lint:ignore U1000 fields that are not exported do not travel
	Not   func()    `json:"-"`
}

type withChannel struct{ In struct{ Ch chan int } }
type withFunc struct{ Fns []func() }
type withPointer struct{ P map[string]unsafe.Pointer }
type withError struct{ Err error }

// gob stands for a codec that is not JSON: it carries interfaces.
type gob struct{}

func (gob) Name() string                { return "gob" }
func (gob) Marshal(any) ([]byte, error) { return nil, errors.New("not this time") }
func (gob) Unmarshal([]byte, any) error { return nil }

// Types whose values cannot travel are refused where the task is written, by the name
// of the field.
func TestDefineTypes(t *testing.T) {
	ok := []func(){
		func() { cluster.Declare[node, *node]("t") },
		func() { cluster.Declare[any, []byte]("t") },
		func() { cluster.Declare[withError, int]("t", cluster.WithCodec(gob{})) },
	}
	for i, declare := range ok {
		if text := panicText(declare); text != "" {
			t.Errorf("types %d: %s", i, text)
		}
	}
	for want, declare := range map[string]func(){
		"In Ch chan int":        func() { cluster.Declare[withChannel, int]("t") },
		"Fns func()":            func() { cluster.Declare[int, withFunc]("t") },
		"P unsafe.Pointer":      func() { cluster.Declare[withPointer, int]("t") },
		"Err error":             func() { cluster.Declare[withError, int]("t") },
		"Fns func() cannot":     func() { cluster.Declare[withFunc, int]("t", cluster.WithCodec(gob{})) },
		`task "other": func()`:  func() { cluster.Declare[int, func()]("other") },
		"a task needs a name":   func() { cluster.Declare[int, int]("") },
		"Define: nil function":  func() { cluster.Define[int, int]("t", nil) },
		"Locally: nil function": func() { cluster.Declare[int, int]("t").Locally(nil) },
	} {
		if text := panicText(declare); !strings.Contains(text, want) {
			t.Errorf("panic %q, want %q", text, want)
		}
	}
}

// Options out of range are refused where they are written.
func TestOptionsOutOfRange(t *testing.T) {
	square := cluster.Declare[int, int]("square")
	bounded := pool.New(millrace.WithQueue(0))
	client := cluster.NewClient(local.New(nil))
	var none context.Context
	for want, call := range map[string]func(){
		"Attempts(0)":        func() { cluster.Attempts(0) },
		"Retry(-1ns)":        func() { cluster.Retry(-1) },
		"Timeout(0s)":        func() { cluster.Timeout(0) },
		"nil codec":          func() { cluster.WithCodec(nil) },
		"WithID":             func() { cluster.WithID("") },
		"513 bytes":          func() { cluster.WithID(strings.Repeat("x", 513)) },
		`WithID: id "\xff"`:  func() { cluster.WithID("\xff") },
		`Join: id "caf\xe9"`: func() { square.Join(t.Context(), client, "caf\xe9") },
		`task "\xff": want`:  func() { cluster.Declare[int, int]("\xff") },
		"Errors: nil error":  func() { cluster.Errors(context.Canceled, nil) },
		"WithPriority(2)":    func() { cluster.WithPriority(2) },
		"WithMaxCalls(0)":    func() { cluster.WithMaxCalls(0) },
		"WithChunk(0)":       func() { cluster.WithChunk(0) },
		"OnProgress":         func() { cluster.OnProgress[int](nil) },
		"nil engine":         func() { cluster.NewClient(nil) },
		"nil sequence":       func() { square.Map(t.Context(), client, nil) },
		"WithKey is for":     func() { square.Map(t.Context(), client, func(func(int) bool) {}, millrace.WithKey("k")) },
		"WithWeight is for":  func() { square.Map(t.Context(), client, func(func(int) bool) {}, millrace.WithWeight(2)) },
		"nil task":           func() { _ = cluster.Serve(t.Context(), local.New(nil), bounded, nil) },
		"nil engine or prop": func() { cluster.Propagate(nil, nil) },
		"Submit: nil cont":   func() { square.Submit(none, client, 1) },
		"Close: nil cont":    func() { _ = client.Close(none) },
		"Submit: the client": func() { square.Submit(t.Context(), nil, 1) },
		"Map: the client":    func() { square.Map(t.Context(), new(cluster.Client), nil) },
		"Stage: the client":  func() { square.Stage(stream.FromSlice([]int{1}), nil) },
		"Close: the client":  func() { _ = new(cluster.Client).Close(t.Context()) },
		"Join: the task":     func() { new(cluster.Task[int, int]).Join(t.Context(), client, "id") },
		"Stage: the task":    func() { new(cluster.Task[int, int]).Stage(stream.FromSlice([]int{1}), client) },
		"Locally: the task":  func() { (*cluster.Task[int, int])(nil).Locally(nil) },
		"nil engine or pool": func() { _ = cluster.Serve(t.Context(), nil, nil, square) },
		"declared, not":      func() { _ = cluster.Serve(t.Context(), local.New(nil), bounded, square) },
		"no bound":           func() { _ = cluster.Serve(t.Context(), local.New(nil), pool.New(), Square) },
		"no task":            func() { _ = cluster.Serve(t.Context(), local.New(nil), bounded) },
		"are named":          func() { _ = cluster.Serve(t.Context(), local.New(nil), bounded, Square, Square) },
	} {
		if text := panicText(call); !strings.Contains(text, want) {
			t.Errorf("panic %q, want %q", text, want)
		}
	}
}

func panicText(fn func()) (text string) {
	defer func() {
		if x := recover(); x != nil {
			text = fmt.Sprint(x)
		}
	}()
	fn()
	return ""
}

// An input that cannot be encoded never ran.
func TestUnfitInput(t *testing.T) {
	task := cluster.Declare[int, int]("t", cluster.WithCodec(gob{}))
	f := task.Submit(context.Background(), cluster.NewClient(local.New(nil)), 1)
	if _, err := f.Await(t.Context()); err == nil || !strings.Contains(err.Error(), "not this time") || f.State().String() != "cancelled" {
		t.Errorf("Await = %v in state %v", err, f.State())
	}
}
