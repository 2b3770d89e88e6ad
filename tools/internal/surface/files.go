package surface

import (
	"os"
	"path/filepath"
	"strings"
)

// Read returns the surface that the *.txt files of a directory hold.
func Read(dir string) (Surface, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	s := Surface{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s[filepath.Base(name)] = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	return s, nil
}

// Write makes the *.txt files of a directory those of s. Files that keep says
// so of stay as they are.
func (s Surface) Write(dir string, keep func(file string) bool) error {
	old, err := Read(dir)
	if err != nil {
		return err
	}
	for file := range old {
		if _, ok := s[file]; !ok && !keep(file) {
			if err := os.Remove(filepath.Join(dir, file)); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for file, lines := range s {
		text := strings.Join(lines, "\n") + "\n"
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
