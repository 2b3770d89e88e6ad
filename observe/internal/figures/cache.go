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
	return Labels{Valid(t.Pool), Valid(observe.Name(t)), observe.ErrorType(t)}
}

// Valid returns a name as UTF-8, which a label must be.
func Valid(name string) string { return strings.ToValidUTF8(name, "\ufffd") }

// A Cache keeps a value for each set of labels, which takes long to make. It is read
// without a lock; a new value copies a map, of which there are few.
type Cache[V any] struct {
	new   func(Labels) V
	mu    sync.Mutex                   // held to write what is below
	known atomic.Pointer[map[Labels]V] // what was made
	tasks atomic.Pointer[map[task]V]   // the same, by what needs no looking up
}

// A task is what the labels of a task are made of. The name of a function, and whether a
// name is UTF-8, takes longer to find than the value.
type task struct {
	pool, name string
	function   uintptr
	errorType  string
}

// NewCache returns a cache of what new makes.
func NewCache[V any](new func(Labels) V) *Cache[V] {
	c := &Cache[V]{new: new}
	c.known.Store(&map[Labels]V{})
	c.tasks.Store(&map[task]V{})
	return c
}

// OfTask returns the value for the labels of a task.
func (c *Cache[V]) OfTask(t *millrace.TaskInfo) V {
	k := task{t.Pool, t.Name, t.Func, observe.ErrorType(t)}
	if k.name != "" {
		k.function = 0
	}
	if v, there := (*c.tasks.Load())[k]; there {
		return v
	}
	v := c.Of(LabelsOf(t))
	c.mu.Lock()
	defer c.mu.Unlock()
	if tasks := *c.tasks.Load(); len(tasks) < mostLabels {
		tasks = maps.Clone(tasks)
		tasks[k] = v
		c.tasks.Store(&tasks)
	}
	return v
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
