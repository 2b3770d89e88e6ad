package cluster

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
)

// signature returns the names of a task's types, and its codec if that is not JSON.
// Fields are not part of it: a new field is no reason to refuse a call.
func signature[I, O any](codec string) string {
	s := reflect.TypeFor[I]().String() + " -> " + reflect.TypeFor[O]().String()
	if codec != jsonName {
		s += " in " + codec
	}
	return s
}

// A checker looks for what cannot travel in a type.
type checker struct {
	json bool
	seen map[reflect.Type]bool
}

// check panics if values of t cannot travel, and names the field.
func (c *checker) check(task string, t reflect.Type) {
	if path := c.find(t); path != "" {
		panic(fmt.Sprintf("cluster: task %q: %v: %s cannot travel", task, t, path))
	}
}

// find returns the path to the first type that cannot travel; empty: there is none.
func (c *checker) find(t reflect.Type) string {
	if c.seen[t] || c.json && encodesItself(t) {
		return ""
	}
	c.seen[t] = true
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return t.String()
	case reflect.Interface:
		if c.json && t.NumMethod() > 0 {
			return t.String()
		}
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return c.find(t.Elem())
	case reflect.Map:
		if path := c.find(t.Key()); path != "" {
			return path
		}
		return c.find(t.Elem())
	case reflect.Struct:
		return c.findField(t)
	}
	return ""
}

func (c *checker) findField(t reflect.Type) string {
	for f := range t.Fields() {
		if !f.IsExported() && !f.Anonymous || c.json && f.Tag.Get("json") == "-" {
			continue
		}
		if path := c.find(f.Type); path != "" {
			return f.Name + " " + path
		}
	}
	return ""
}

var encoders = []reflect.Type{
	reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler](),
}

// encodesItself reports whether JSON leaves values of t to their own methods.
func encodesItself(t reflect.Type) bool {
	for _, e := range encoders {
		if t.Implements(e) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(e) {
			return true
		}
	}
	return false
}
