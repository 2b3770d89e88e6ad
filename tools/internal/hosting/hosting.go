// Package hosting looks at what the repository tells its host to do: the workflows
// and the updates of dependencies. They run elsewhere, so that a mistake in them
// would show only there.
package hosting

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Check returns what is wrong below .github of the repository at root.
func Check(root string) ([]string, error) {
	var findings []string
	known, err := scripts(root)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(root, ".github")
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".yml" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		for _, f := range checkFile(rel, text, known) {
			findings = append(findings, ".github/"+rel+": "+f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	updates, err := checkUpdates(root)
	return slices.Concat(findings, unused(known), updates), err
}

func checkFile(rel string, text []byte, known map[string]*script) []string {
	if strings.HasPrefix(rel, "workflows/") {
		var w workflow
		if err := yaml.Unmarshal(text, &w); err != nil {
			return []string{err.Error()}
		}
		return w.check(known)
	}
	var any map[string]any
	if err := yaml.Unmarshal(text, &any); err != nil {
		return []string{err.Error()}
	}
	return nil
}

// A script is one that workflows may call.
type script struct {
	steps []string // that it has
	list  []string // that it runs without arguments
	used  []string // that a workflow runs
}

var (
	stepName = regexp.MustCompile(`(?m)^step_(\w+)\(\)`)
	stepList = regexp.MustCompile(`(?m)^readonly \w+="([^"]*)"`)
)

// scripts returns the scripts that workflows may call.
func scripts(root string) (map[string]*script, error) {
	common, err := os.ReadFile(filepath.Join(root, ".ci", "steps.sh"))
	if err != nil {
		return nil, err
	}
	all := map[string]*script{}
	for _, name := range []string{".ci/run", "tools/nightly"} {
		own, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		s := &script{}
		for _, m := range stepName.FindAllStringSubmatch(string(common)+string(own), -1) {
			s.steps = append(s.steps, m[1])
		}
		if m := stepList.FindStringSubmatch(string(own)); m != nil {
			s.list = strings.Fields(m[1])
		}
		all[name] = s
	}
	return all, nil
}

// unused says which steps of a script no workflow runs.
func unused(scripts map[string]*script) (findings []string) {
	for _, name := range slices.Sorted(maps.Keys(scripts)) {
		s := scripts[name]
		for _, step := range s.list {
			if !slices.Contains(s.used, step) {
				findings = append(findings, fmt.Sprintf(".github/workflows: no job runs the step %s of %s", step, name))
			}
		}
	}
	return findings
}

// checkUpdates says which modules of the tree get no updates of what they require.
func checkUpdates(root string) (findings []string, err error) {
	text, err := os.ReadFile(filepath.Join(root, ".github", "dependabot.yml"))
	if err != nil {
		return nil, err
	}
	var updates struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
		}
	}
	if err := yaml.Unmarshal(text, &updates); err != nil {
		return nil, err
	}
	var listed []string
	for _, u := range updates.Updates {
		if u.Ecosystem == "gomod" {
			listed = append(listed, u.Directories...)
		}
	}
	modules, err := modules(root)
	for _, m := range modules {
		if !slices.Contains(listed, m) {
			findings = append(findings, fmt.Sprintf(".github/dependabot.yml: the module in %s is not listed", m))
		}
	}
	for _, m := range listed {
		if !slices.Contains(modules, m) {
			findings = append(findings, fmt.Sprintf(".github/dependabot.yml: there is no module in %s", m))
		}
	}
	return findings, err
}

// modules returns the directories with a go.mod as dependabot names them: / and
// below.
func modules(root string) (dirs []string, err error) {
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch base := filepath.Base(name); {
		case err != nil:
			return err
		case d.IsDir() && name != root && (base == "testdata" || strings.HasPrefix(base, ".")):
			return filepath.SkipDir
		case base == "go.mod":
			rel, err := filepath.Rel(root, filepath.Dir(name))
			dirs = append(dirs, "/"+strings.TrimPrefix(filepath.ToSlash(rel), "."))
			return err
		}
		return nil
	})
	return dirs, err
}
