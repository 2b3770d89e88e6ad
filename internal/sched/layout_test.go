package sched

import (
	"reflect"
	"testing"
)

// What each task writes under the lock begins a pair of cache lines and does not go beyond it: see
// Pool. Where words have 32 bits it is smaller.
func TestPoolLayout(t *testing.T) {
	const lines = 2 * 64
	pool := reflect.TypeFor[Pool]()
	at := func(name string) reflect.StructField {
		f, ok := pool.FieldByName(name)
		if !ok {
			t.Fatalf("Pool has no field %s", name)
		}
		return f
	}
	counts, _ := reflect.TypeFor[Counts]().FieldByName("Succeeded")
	first, last := at("mu").Offset, at("count").Offset+counts.Offset
	if is64 := reflect.TypeFor[uintptr]().Size() == 8; is64 && (first%lines != 0 || last/lines != first/lines) {
		t.Errorf("mu is at %d, count.Succeeded at %d, want both in one pair of cache lines that begins with mu", first, last)
	}
}
