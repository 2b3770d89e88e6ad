// Package overlay makes go build take other texts in place of files, by its flag -overlay.
package overlay

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Write writes texts to dir, and a file for the flag -overlay that has them take the place of
// the files below root; an empty text stands for no file. It returns the name of that file.
func Write(root, dir string, texts map[string]string) (name string, err error) {
	if root, err = filepath.Abs(root); err != nil {
		return "", err
	}
	replace := map[string]string{}
	for file, text := range texts {
		place := filepath.Join(root, filepath.FromSlash(file))
		if text == "" {
			replace[place] = ""
			continue
		}
		replace[place] = filepath.Join(dir, Name(file))
		if err := os.WriteFile(replace[place], []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name = filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, list, 0o644)
}

// Name is the name of the file that takes the place of another one.
func Name(file string) string { return strings.ReplaceAll(filepath.ToSlash(file), "/", "+") }
