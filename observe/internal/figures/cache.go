package figures

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
)

// mostLabels is how many sets of labels there are at most. Names are meant to be few;
// if they are not, the rest count together, and do not fill the memory.
const mostLabels = 2000

// Labels are what the tasks of a metric are told apart by.
type Labels struct{ Pool, Task, ErrorType string }

// LabelsOf returns the labels of a task.
func LabelsOf(t *millrace.TaskInfo) Labels {
	return Labels{valid(t.Pool), valid(observe.Name(t)), observe.ErrorType(t)}
}

// valid returns a name as UTF-8, which a label must be.
func valid(name string) string { return strings.ToValidUTF8(name, "\ufffd") }

// A Cache keeps a value for each set of labels, which takes long to make. It is read
// without a lock; a new value copies the map, of which there are few.
type Cache[V any] struct {
	new   func(Labels) V
	known atomic.Pointer[map[Labels]V]
	mu    sync.Mutex // held to write known
}

// NewCache returns a cache of what new makes.
func NewCache[V any](new func(Labels) V) *Cache[V] {
	c := &Cache[V]{new: new}
	c.known.Store(&map[Labels]V{})
	return c
}

// Of returns the value for the labels.
func (c *Cache[V]) Of(l Labels) V {
	if v, there := (*c.known.Load())[l]; there {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	known := *c.known.Load()
	if len(known) >= mostLabels {
		l = Labels{other, other, other}
	}
	v, there := known[l]
	if !there {
		v = c.new(l)
		known = maps.Clone(known)
		known[l] = v
		c.known.Store(&known)
	}
	return v
}
