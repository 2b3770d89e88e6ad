package options_test

import (
	"reflect"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
)

// NewTask keeps what is not common only if any tells of it: no field may be forgotten there.
func TestAnyKnowsEveryField(t *testing.T) {
	if options.Any(&options.Plain.Rest) {
		t.Error("a task without options sets more than what is common")
	}
	for i := range reflect.TypeFor[options.Rest]().NumField() {
		var o options.Rest
		field, name := reflect.ValueOf(&o).Elem().Field(i), reflect.TypeFor[options.Rest]().Field(i).Name
		field.Set(something(t, field.Type()))
		if !options.Any(&o) {
			t.Errorf("a task with %s sets no more than what is common, want it kept", name)
		}
	}
}

// something returns a value of a type that is not the zero value.
func something(t *testing.T, of reflect.Type) reflect.Value {
	switch of.Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint8:
		return reflect.ValueOf(1).Convert(of)
	case reflect.String:
		return reflect.ValueOf("a").Convert(of)
	case reflect.Interface:
		return reflect.ValueOf(1)
	case reflect.Pointer:
		return reflect.New(of.Elem())
	case reflect.Func:
		return reflect.MakeFunc(of, func([]reflect.Value) []reflect.Value { return nil })
	case reflect.Bool:
		return reflect.ValueOf(true)
	}
	t.Fatalf("no value of %v", of)
	return reflect.Value{}
}
