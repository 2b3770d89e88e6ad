// Package hosting looks at what the repository tells its host to do: the workflows
// and the updates of dependencies. They run elsewhere, so that a mistake in them
// would show only there.
package hosting

import (
	"fmt"
	"io/fs"
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
	steps, err := scripts(root)
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
		for _, f := range checkFile(rel, text, steps) {
			findings = append(findings, ".github/"+rel+": "+f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	updates, err := checkUpdates(root)
	return append(findings, updates...), err
}

func checkFile(rel string, text []byte, steps map[string][]string) []string {
	if strings.HasPrefix(rel, "workflows/") {
		var w workflow
		if err := yaml.Unmarshal(text, &w); err != nil {
			return []string{err.Error()}
		}
		return w.check(steps)
	}
	var any map[string]any
	if err := yaml.Unmarshal(text, &any); err != nil {
		return []string{err.Error()}
	}
	return nil
}

var stepName = regexp.MustCompile(`(?m)^step_(\w+)\(\)`)

// scripts returns the scripts that workflows may call, with their steps.
func scripts(root string) (map[string][]string, error) {
	common, err := os.ReadFile(filepath.Join(root, ".ci", "steps.sh"))
	if err != nil {
		return nil, err
	}
	steps := map[string][]string{}
	for _, script := range []string{".ci/run", "tools/nightly"} {
		own, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(script)))
		if err != nil {
			return nil, err
		}
		steps[script] = []string{}
		for _, m := range stepName.FindAllStringSubmatch(string(common)+string(own), -1) {
			steps[script] = append(steps[script], m[1])
		}
	}
	return steps, nil
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
