package overlay_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace-go/millrace/tools/internal/overlay"
)

// Each file has another one in its place, with the text, and one without a text has none.
func TestWrite(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	name, err := overlay.Write(root, dir, map[string]string{"a.go": "package a\n", "b/a.go": "package b\n", "c.go": ""})
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Replace map[string]string }
	if text, err := os.ReadFile(name); err != nil || json.Unmarshal(text, &list) != nil {
		t.Fatalf("the list is %s (%v)", text, err)
	}
	for file, want := range map[string]string{"a.go": "package a\n", "b/a.go": "package b\n"} {
		if text, err := os.ReadFile(list.Replace[filepath.Join(root, file)]); string(text) != want || err != nil {
			t.Errorf("in the place of %s is %q (%v), want %q", file, text, err, want)
		}
	}
	if place, there := list.Replace[filepath.Join(root, "c.go")]; place != "" || !there || len(list.Replace) != 3 {
		t.Errorf("the list is %v, want three files, one of them without another in its place", list.Replace)
	}
}
