package surface_test

import (
	"go/version"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/tools/internal/surface"
	"github.com/stretchr/testify/require"
)

func load(t *testing.T) surface.Surface {
	t.Helper()
	s, err := surface.Load("testdata/module")
	require.NoError(t, err)
	return s
}

func TestLoad(t *testing.T) {
	s := load(t)
	want := map[string]string{
		"module.txt": `
var ErrGone error
const Loud Volume = 3
type Option interface { unexported methods }
type Volume uint8
type Watcher interface { Lost(string); Seen(Event) bool }
func With(int) Option
const Zero untyped int = 0
`,
		"shop_cart.txt": `
func All[T any]([]T) iter.Seq[T]
type Cart[K comparable, V any] struct
type Cart[K comparable, V any] struct, Name string
method (*Cart[K, V]) Add(context.Context, ...func(K) (V, error)) *Cart[K, V]
method (Cart[K, V]) Promoted(int) error
func Watch(module.Watcher)
`,
	}
	if version.Compare(runtime.Version(), "go1.27") >= 0 {
		want["shop_cart_go127.txt"] = "\nmethod (*Cart[K, V]) Map[T any](func(K) T) T\n"
	}
	require.Len(t, s, len(want))
	for file, text := range want {
		require.Equal(t, strings.Trim(text, "\n"), strings.Join(s[file], "\n"), file)
	}
}

func TestWrittenIsRead(t *testing.T) {
	s, dir := load(t), t.TempDir()
	all := func(string) bool { return true }
	none := func(string) bool { return false }

	require.NoError(t, surface.Surface{"old.txt": {"func Old()"}}.Write(dir, none))
	require.NoError(t, s.Write(dir, all))
	got, err := surface.Read(dir)
	require.NoError(t, err)
	require.Contains(t, got, "old.txt")

	require.NoError(t, s.Write(dir, none))
	got, err = surface.Read(dir)
	require.NoError(t, err)
	require.Equal(t, s, got)
}

func TestGone(t *testing.T) {
	old := surface.Surface{
		"pool.txt":        {"func Go()", "func Submit(int)", "type Stats struct, Running int"},
		"pool_go127.txt":  {"method (*Pool) Go()"},
		"cluster_nat.txt": {"func Dial()"},
	}
	now := surface.Surface{"pool.txt": {"func Go()", "func Submit(string)", "func New()"}}
	gone := now.Gone(old, func(file string) bool { return strings.Contains(file, "_go127") })
	require.Equal(t, []surface.Line{
		{File: "cluster_nat.txt", Text: "func Dial()"},
		{File: "pool.txt", Text: "func Submit(int)"},
		{File: "pool.txt", Text: "type Stats struct, Running int"},
	}, gone)
}

func TestName(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"pool.txt", "func Submit[T any](context.Context) *future.Future[T]", "pool.Submit"},
		{"pool.txt", "method (*Pool) Close() error", "Pool.Close"},
		{"future.txt", "method (*Future[T]) Await(context.Context) (T, error)", "Future.Await"},
		{"pool_go127.txt", "method (*Pool) Submit[T any]()", "Pool.Submit"},
		{"stream_go127.txt", "func New()", "stream.New"},
		{"pool.txt", "type Stats struct, Queued int", "Stats.Queued"},
		{"future.txt", "type Result[T any] struct", "future.Result"},
		{"future.txt", "type Result[T any] struct, Err error", "Result.Err"},
		{"millrace.txt", "const Block Overflow = 0", "millrace.Block"},
		{"pool.txt", "var ErrClosed error", "pool.ErrClosed"},
		{"observe_otel.txt", "func New() int", "otel.New"},
	} {
		require.Equal(t, c.want, surface.Line{File: c.file, Text: c.text}.Name(), c.text)
	}
}
