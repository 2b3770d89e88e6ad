package hosting

import (
	"fmt"
	"slices"
	"strings"
)

// A workflow is what the checks look at in a file of .github/workflows.
type workflow struct {
	Name        string
	On          any
	Permissions any
	Jobs        map[string]job
}

type job struct {
	RunsOn   string `yaml:"runs-on"`
	Timeout  int    `yaml:"timeout-minutes"`
	Strategy struct{ Matrix map[string][]string }
	Steps    []struct{ Uses, Run string }
}

func (w *workflow) check(scripts map[string]*script) (findings []string) {
	report := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	if w.Name == "" || w.On == nil || w.Permissions == nil || len(w.Jobs) == 0 {
		report("want a name, on, permissions and jobs")
	}
	for name, j := range w.Jobs {
		if j.RunsOn == "" || j.Timeout == 0 || len(j.Steps) == 0 {
			report("job %s: want runs-on, timeout-minutes and steps", name)
		}
		for _, s := range j.Steps {
			if s.Uses != "" && !strings.HasPrefix(s.Uses, "actions/") {
				report("job %s: %s is not an action of the host", name, s.Uses)
			}
			for line := range strings.Lines(s.Run) {
				for _, f := range j.checkCommand(strings.Fields(line), scripts) {
					report("job %s: %s: %s", name, strings.TrimSpace(line), f)
				}
			}
		}
	}
	slices.Sort(findings)
	return findings
}

// checkCommand says what is wrong with a command, which has to be bash, a script of
// the repository and steps of it: so all of it can be tried without the host.
func (j job) checkCommand(words []string, scripts map[string]*script) (findings []string) {
	if len(words) < 3 || words[0] != "bash" || scripts[words[1]] == nil {
		return []string{"want bash, .ci/run or tools/nightly, and steps"}
	}
	called := scripts[words[1]]
	rest := strings.Join(words[2:], " ")
	names := strings.Fields(rest)
	if key, ok := strings.CutPrefix(rest, "${{ matrix."); ok {
		names = j.Strategy.Matrix[strings.TrimSuffix(key, " }}")]
		if len(names) == 0 {
			return []string{"the matrix has no such values"}
		}
	}
	called.used = append(called.used, names...)
	for _, name := range names {
		if !slices.Contains(called.steps, name) {
			findings = append(findings, fmt.Sprintf("%s has no step %s", words[1], name))
		}
	}
	return findings
}
