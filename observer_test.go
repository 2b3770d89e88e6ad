package millrace_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
)

// tally is an observer that counts what is submitted.
type tally struct{ n, at int }

func (o *tally) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context {
	o.n++
	return context.WithValue(ctx, o, o.at)
}
func (o *tally) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }
func (o *tally) Ended(context.Context, *millrace.TaskInfo)                         {}
func (o *tally) NeverRan(context.Context, *millrace.TaskInfo)                      {}

// All observers that a pool is given are told, and the context passes through them.
func TestWithObserver(t *testing.T) {
	a, b := &tally{at: 1}, &tally{at: 2}
	p := options.NewPool([]millrace.PoolOption{millrace.WithObserver(a), nil, millrace.WithObserver(b)})
	ctx := p.Observer.Submitted(context.Background(), &millrace.TaskInfo{})
	if a.n != 1 || b.n != 1 || ctx.Value(a) != 1 || ctx.Value(b) != 2 {
		t.Errorf("the observers were told %d and %d times, want once each; values %v and %v", a.n, b.n, ctx.Value(a), ctx.Value(b))
	}
	if p := options.NewPool(nil); p.Observer != nil {
		t.Errorf("a pool without an observer has %v, want nil", p.Observer)
	}
	defer func() {
		if got := recover(); got != "millrace: WithObserver(nil): want an observer" {
			t.Errorf("WithObserver(nil): panic %v", got)
		}
	}()
	millrace.WithObserver(nil)
}

// A name is given to a task, or to a map with all its items.
func TestWithTaskName(t *testing.T) {
	if _, got := options.NewTask([]millrace.TaskOption{millrace.WithTaskName("thumbnail")}); got.Name != "thumbnail" {
		t.Errorf("the task has the name %q, want thumbnail", got.Name)
	}
	if got := options.NewMap([]millrace.MapOption{millrace.WithTaskName("thumbnail")}).Name; got != "thumbnail" {
		t.Errorf("the map has the name %q, want thumbnail", got)
	}
}

// What an observer is told of has types that are aliases. The documentation shows neither
// fields nor methods of an alias, so the comment of each has to list them.
func TestObserverTypesAreDocumented(t *testing.T) {
	comments := typeComments(t, "observer.go")
	for name, of := range map[string]reflect.Type{
		"Observer":      reflect.TypeFor[millrace.Observer](),
		"RunObserver":   reflect.TypeFor[millrace.RunObserver](),
		"RetryObserver": reflect.TypeFor[millrace.RetryObserver](),
		"PoolObserver":  reflect.TypeFor[millrace.PoolObserver](),
		"DropObserver":  reflect.TypeFor[millrace.DropObserver](),
		"TaskInfo":      reflect.TypeFor[millrace.TaskInfo](),
		"RunInfo":       reflect.TypeFor[millrace.RunInfo](),
		"Progress":      reflect.TypeFor[millrace.Progress](),
	} {
		for _, part := range parts(of) {
			if listed := regexp.MustCompile(`(?m)^\t` + part + `[ (]`); !listed.MatchString(comments[name]) {
				t.Errorf("the comment of %s does not list %s", name, part)
			}
		}
	}
}

// parts returns the names of the fields of a struct, or of the methods of an interface.
func parts(of reflect.Type) (names []string) {
	if of.Kind() == reflect.Struct {
		for i := range of.NumField() {
			names = append(names, of.Field(i).Name)
		}
		return names
	}
	for i := range of.NumMethod() {
		names = append(names, of.Method(i).Name)
	}
	return names
}

// typeComments returns the comments of the types that a file declares, by their names.
func typeComments(t *testing.T, file string) map[string]string {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	for _, d := range parsed.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.TYPE {
			comments[d.Specs[0].(*ast.TypeSpec).Name.Name] = d.Doc.Text()
		}
	}
	return comments
}
