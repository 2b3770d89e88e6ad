package tree_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/stretchr/testify/require"
)

// names lists roots and returns the paths below root, with "!" before those that
// could not be read.
func names(t *testing.T, root string, roots ...string) (names []string) {
	t.Helper()
	files, err := tree.List(t.Context(), roots)
	require.NoError(t, err)
	for _, f := range files {
		name := strings.TrimPrefix(f.Path, root+string(os.PathSeparator))
		if f.Err != nil {
			name = "!" + name
		}
		names = append(names, name)
	}
	return names
}

// of makes a directory with the named files.
func of(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(name), 0o600))
	}
	return root
}

func TestList(t *testing.T) {
	root := of(t, "go.mod", "go/ast", "go/doc/x", "b", "a-b", "a/b")
	in := func(name string) string { return filepath.Join(root, name) }
	require.NoError(t, os.Mkdir(in("empty"), 0o755))
	for link, to := range map[string]string{"dirlink": "go", "filelink": "b", "broken": "nothing", "loop": "loop"} {
		require.NoError(t, os.Symlink(to, in(link)))
	}
	for _, tc := range []struct {
		name  string
		roots []string
		want  []string
	}{
		{"byte order, links passed over", []string{root}, []string{"a-b", "a/b", "b", "go.mod", "go/ast", "go/doc/x"}},
		{"a file stands for itself", []string{in("b")}, []string{"b"}},
		{"order of the arguments, again if asked again", []string{in("go"), in("b"), in("go")},
			[]string{"go/ast", "go/doc/x", "b", "go/ast", "go/doc/x"}},
		{"links that are arguments are followed", []string{in("dirlink"), in("filelink")},
			[]string{"dirlink/ast", "dirlink/doc/x", "filelink"}},
		{"a separator is not doubled", []string{in("go") + "/"}, []string{"go/ast", "go/doc/x"}},
		{"an empty tree", []string{in("empty")}, nil},
		{"what does not exist", []string{in("missing"), in("broken"), in("loop")}, []string{"!missing", "!broken", "!loop"}},
		{"an empty name", []string{""}, []string{"!"}},
		{"a device", []string{os.DevNull}, []string{"!" + os.DevNull}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := names(t, root, tc.roots...); !slices.Equal(got, tc.want) {
				t.Errorf("List(%q) = %q, want %q", tc.roots, got, tc.want)
			}
		})
	}
}

// Paths begin as they were asked for.
func TestListRelative(t *testing.T) {
	t.Chdir(of(t, "x/y"))
	for root, want := range map[string]string{".": "./x/y", "x": "x/y", "./x": "./x/y", "x/../x": "x/../x/y"} {
		if got := names(t, "", root); !slices.Equal(got, []string{want}) {
			t.Errorf("List(%q) = %q, want %q", root, got, want)
		}
	}
}

func TestListErrors(t *testing.T) {
	files, _ := tree.List(t.Context(), []string{"missing", os.DevNull})
	if err := files[0].Err; !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("List(missing): %v, want %v", err, fs.ErrNotExist)
	}
	if got, want := files[1].Err.Error(), "read "+os.DevNull+": neither a file nor a directory"; got != want {
		t.Errorf("List(%s): %q, want %q", os.DevNull, got, want)
	}
}

// A context that has ended ends the search, and says why.
func TestListEnded(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if files, err := tree.List(ctx, []string{of(t, "a")}); err != why || len(files) != 0 {
		t.Errorf("List(ended) = %v, %v, want none and %v", files, err, why)
	}
}

// What is not a file has no size.
func TestSize(t *testing.T) {
	root := of(t, "one", "three")
	files := []tree.File{{Path: filepath.Join(root, "one")}, {Path: filepath.Join(root, "three")}, {Path: "missing"}, {Path: root}, {Path: os.DevNull}}
	if got, want := tree.Size(files), int64(len("one")+len("three")); got != want {
		t.Errorf("Size(%v) = %d, want %d", files, got, want)
	}
}

// What is no regular file is not opened: nobody could interrupt that.
func TestOpen(t *testing.T) {
	root := of(t, "a")
	path := filepath.Join(root, "a")
	f, err := tree.Open(path)
	require.NoError(t, err)
	text, err := io.ReadAll(f)
	if require.NoError(t, err); string(text) != path[len(root)+1:] {
		t.Errorf("the file has %q", text)
	}
	require.NoError(t, f.Close())
	for path, want := range map[string]string{
		root: "not a regular file", os.DevNull: "not a regular file", filepath.Join(root, "b"): "no such file",
	} {
		if _, err := tree.Open(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("Open(%s) = %v, want %s", path, err, want)
		}
	}
}
