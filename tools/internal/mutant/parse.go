package mutant

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ReadList returns the faults of every *.txt file in a directory. A fault is
//
//	== what is wrong
//	promise: bounds
//	kind: off by one
//	file: internal/queue/queue.go
//	test: ./pool -run TestQueue
//	-- old
//	the text that is replaced
//	-- new
//	the text that replaces it
//
// with "equivalent: why" in place of the test where no caller can tell the two apart.
// Lines that begin with # outside of the texts are comments. A text ends before the
// next line that begins with -- or ==, without the last line break.
func ReadList(dir string) ([]Fault, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	var faults []Fault
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		some, err := Parse(filepath.Base(name), string(text))
		if err != nil {
			return nil, err
		}
		faults = append(faults, some...)
	}
	return faults, nil
}

// Parse returns the faults in the text of one file.
func Parse(file, text string) ([]Fault, error) {
	var faults []Fault
	var into *string // the text that lines belong to, nil between texts
	n := 0
	for line := range strings.Lines(text) {
		n++
		bare := strings.TrimSuffix(line, "\n")
		name, isFault := strings.CutPrefix(bare, "== ")
		switch {
		case isFault:
			faults, into = append(faults, Fault{At: fmt.Sprintf("%s:%d", file, n), Name: name}), nil
			continue
		case len(faults) == 0 && (bare == "" || strings.HasPrefix(bare, "#")):
			continue
		case len(faults) == 0:
			return nil, fmt.Errorf("%s:%d: %q before the first fault", file, n, bare)
		}
		f := &faults[len(faults)-1]
		switch {
		case bare == "-- old":
			into = &f.Old
		case bare == "-- new":
			into = &f.New
		case into != nil:
			*into += line
		default:
			if err := f.set(bare); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, n, err)
			}
		}
	}
	for i := range faults {
		faults[i].Old = strings.TrimRight(faults[i].Old, "\n")
		faults[i].New = strings.TrimRight(faults[i].New, "\n")
	}
	return faults, nil
}

// set sets a field by a line "key: value".
func (f *Fault) set(line string) error {
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	key, value, _ := strings.Cut(line, ": ")
	field, ok := map[string]*string{
		"promise":    &f.Promise,
		"kind":       &f.Kind,
		"file":       &f.File,
		"test":       &f.Test,
		"equivalent": &f.Equivalent,
	}[key]
	if !ok || *field != "" || value == "" {
		return fmt.Errorf("%q: want promise, kind, file, test or equivalent, once each", line)
	}
	*field = value
	return nil
}
