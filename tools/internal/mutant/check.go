package mutant

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Check says which faults of a list are not written as they should be, or no longer
// apply to the library at root.
func Check(root string, faults []Fault) (findings []string) {
	names, texts, known := map[string]bool{}, map[string]string{}, testNames{}
	for _, f := range faults {
		report := func(format string, args ...any) {
			findings = append(findings, fmt.Sprintf("%s: %s: %s", f.At, f.Name, fmt.Sprintf(format, args...)))
		}
		if names[f.Name] {
			report("there is another fault of that name")
		}
		names[f.Name] = true
		if Promises[f.Promise] == "" {
			report("there is no promise %q", f.Promise)
		}
		if !slices.Contains(Kinds, f.Kind) {
			report("there is no kind %q", f.Kind)
		}
		if (f.Test == "") == (f.Equivalent == "") {
			report("want a test, or why it is equivalent")
		}
		text, err := f.apply(root)
		if err != nil {
			report("%v", err)
		} else if same := texts[text]; same != "" {
			report("it is the same as %q", same)
		} else {
			texts[text] = f.Name
		}
		for _, test := range f.missingFrom(root, known) {
			report("there is no test %s", test)
		}
	}
	return findings
}

// apply returns the text of the fault's file with the fault in it.
func (f *Fault) apply(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.File)))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), f.Old); f.Old == "" || n != 1 {
		return "", fmt.Errorf("the old text occurs %d times in %s, want once", n, f.File)
	}
	if f.Old == f.New {
		return "", fmt.Errorf("the texts are the same")
	}
	return strings.Replace(string(text), f.Old, f.New, 1), nil
}

var (
	testName = regexp.MustCompile(`\b(?:Test|Fuzz|Example)\w+`)
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w+)\(`)
)

// testNames has the names of the tests of each package that was looked at, by directory.
type testNames map[string][]string

// of returns the names of the tests in a directory. It reads them once: most faults of the list
// are for the same package.
func (known testNames) of(dir string) []string {
	if have, ok := known[dir]; ok {
		return have
	}
	var have []string
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, m := range testFunc.FindAllStringSubmatch(string(text), -1) {
			have = append(have, m[1])
		}
	}
	known[dir] = have
	return have
}

// missingFrom returns the tests that the fault names and that no package has that
// the command runs. A name may be the beginning of a test's.
func (f *Fault) missingFrom(root string, known testNames) (missing []string) {
	var have []string
	for _, word := range strings.Fields(f.Test) {
		if strings.HasPrefix(word, "./") {
			have = append(have, known.of(filepath.Join(root, filepath.FromSlash(word)))...)
		}
	}
	for _, name := range testName.FindAllString(f.Test, -1) {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, name) }) {
			missing = append(missing, name)
		}
	}
	return missing
}
