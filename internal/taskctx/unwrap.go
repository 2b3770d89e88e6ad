package taskctx

import (
	"context"
	"reflect"
	"time"
)

// The contexts of the standard library that add no values. Nothing exported tells what
// they wrap. Their text does, but to print it calls the String methods of values and of
// other contexts: such a method may be slow, may wait for a lock that the caller holds, and
// may print a context as the one that it wraps. So unwrap reads the fields, if they are as
// expected.
var (
	withoutCancel = reflect.TypeOf(context.WithoutCancel(context.Background()))
	bare          = withoutCancel.Kind() == reflect.Struct && withoutCancel.NumField() == 1 &&
		withoutCancel.Field(0).Type == reflect.TypeFor[context.Context]()

	cancelCtx, cancelField = embedding(context.WithCancel(context.Background()))
	timerCtx, timerField   = embedding(context.WithDeadline(context.Background(), time.Time{}.Add(1<<62)))
	valueCtx, valueField   = embedding(context.WithValue(context.Background(), taskKey{}, nil), func() {})
)

// embedding returns the type of ctx, and where the struct that it points to embeds the
// context that it is derived from; nil if it does not.
func embedding(ctx context.Context, cancel context.CancelFunc) (reflect.Type, []int) {
	cancel()
	t := reflect.TypeOf(ctx)
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return t, nil
	}
	f, ok := t.Elem().FieldByName("Context")
	if !ok || f.Type != reflect.TypeFor[context.Context]() {
		return t, nil
	}
	return t, f.Index
}

// detaches reports whether ctx was made by context.WithoutCancel.
func detaches(ctx context.Context) bool { return reflect.TypeOf(ctx) == withoutCancel }

// unwrap returns what a context of the standard library that adds no values is derived
// from, and nil for every other context.
func unwrap(ctx context.Context) context.Context {
	field := []int(nil)
	switch reflect.TypeOf(ctx) {
	case withoutCancel:
		if !bare {
			return nil
		}
		c := reflect.New(withoutCancel)
		c.Elem().Set(reflect.ValueOf(ctx))
		return *(*context.Context)(c.UnsafePointer())
	case cancelCtx:
		field = cancelField
	case timerCtx:
		field = timerField
	}
	return embedded(ctx, field)
}

// Lasts reports whether ctx is one context for good: those of the standard library are. Those of
// others may be pooled, as some web frameworks do: the same object is another context once the
// work under it is over.
func Lasts(ctx context.Context) bool {
	switch reflect.TypeOf(ctx) {
	case cancelCtx, timerCtx, valueCtx:
		return true
	}
	return false
}

// endsWith returns what a context of the standard library is derived from, and ends with; nil for
// every other context.
func endsWith(ctx context.Context) context.Context {
	switch reflect.TypeOf(ctx) {
	case withoutCancel:
		return nil
	case valueCtx:
		return embedded(ctx, valueField)
	}
	return unwrap(ctx)
}

// embedded returns the context in a field, which embedding has found.
func embedded(ctx context.Context, field []int) context.Context {
	if field == nil {
		return nil
	}
	up, _ := reflect.ValueOf(ctx).Elem().FieldByIndex(field).Interface().(context.Context)
	return up
}
