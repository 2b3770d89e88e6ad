package millrace_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/millrace-go/millrace"

// allowed says what the non-test build of each package may import of this
// module: a package, or with a slash at the end all below it. The arrows point
// one way. Beside that, every package may import the standard library without
// its test support, golang.org/x/sync, golang.org/x/exp and golang.org/x/time.
var allowed = map[string][]string{
	"":                    {"internal/"},
	"/internal/alarm":     {"internal/queue"},
	"/internal/bubble":    nil,
	"/internal/litmus":    nil,
	"/internal/memory":    nil,
	"/internal/effects":   {"internal/outcome", "internal/taskctx"},
	"/internal/fault":     nil,
	"/internal/options":   {"internal/"},
	"/internal/cell":      {"internal/fault", "internal/outcome", "internal/sched"},
	"/internal/claim":     nil,
	"/internal/observed":  {"internal/options", "internal/outcome"},
	"/internal/parallel":  {"internal/"},
	"/internal/ring":      nil,
	"/internal/outcome":   {"internal/unshared"},
	"/internal/queue":     nil,
	"/internal/sched":     {"internal/"},
	"/internal/waitgraph": nil,
	"/internal/waitset":   {"internal/outcome"},
	"/internal/taskctx":   {"internal/fault", "internal/outcome"},
	"/internal/unshared":  nil,
	"/future":             {"", "internal/"},
	"/pool":               {"", "internal/", "future"},
	"/stream":             {"", "internal/", "future", "pool"},
	"/observe":            {"", "future", "pool", "observe/queues", "observe/internal/safe"},
	"/observe/queues":     nil,

	"/observe/internal/safe": {"future"},

	"/observe/internal/figures": {"", "pool", "observe"},

	"/observe/internal/demo": {"", "future", "pool", "stream", "observe", "observe/queues"},
}

// testSupport is what tests import, and nothing else does.
var testSupport = []string{"/internal/bubble", "/internal/litmus", "/internal/memory"}

// logs are the packages that import log/slog: those that write logs, and that of an
// error which knows how to be logged.
var logs = []string{"/internal/fault", "/observe", "/observe/internal/demo"}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		if _, ok := allowed[name]; !ok {
			t.Errorf("package %s has no rule here", p.ImportPath)
		}
		for _, imp := range p.Imports {
			if !mayImport(name, imp) {
				t.Errorf("%s imports %s", p.ImportPath, imp)
			}
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("there is a rule for %s%s, which does not exist", module, name)
		}
	}
}

// What runs tasks does not bring a web server along: neither by itself nor by what it
// imports.
func TestNoServer(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".", "./future", "./pool", "./stream").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for imp := range strings.Lines(string(out)) {
		switch imp = strings.TrimSpace(imp); imp {
		case "net", "net/http", "html/template", "expvar", module + "/observe":
			t.Errorf("%s is imported", imp)
		}
	}
}

// mayImport reports whether the package, named as in allowed, may import imp.
func mayImport(name, imp string) bool {
	if rest, ours := strings.CutPrefix(imp, module); ours && (rest == "" || rest[0] == '/') {
		return !slices.Contains(testSupport, rest) && ruled(name, strings.TrimPrefix(rest, "/"))
	}
	if isTestSupport := imp == "testing" || strings.HasPrefix(imp, "testing/"); isTestSupport {
		return slices.Contains(testSupport, name)
	}
	switch imp {
	case "log/slog":
		return slices.Contains(logs, name)
	case "unsafe":
		return name == "/internal/taskctx" || name == "/internal/unshared"
	}
	first, _, _ := strings.Cut(imp, "/")
	standard := !strings.Contains(first, ".")
	return standard || strings.HasPrefix(imp, "golang.org/x/sync/") || strings.HasPrefix(imp, "golang.org/x/exp/") || strings.HasPrefix(imp, "golang.org/x/time/")
}

// ruled reports whether the rule of a package has a place for another one of
// this module.
func ruled(name, other string) bool {
	for _, may := range allowed[name] {
		below := strings.HasSuffix(may, "/") && strings.HasPrefix(other, may)
		if other == may || below {
			return true
		}
	}
	return false
}

// The rule is only as good as what reads it.
func TestMayImport(t *testing.T) {
	for _, c := range []struct {
		name, imp string
		want      bool
	}{
		{"/pool", "context", true},
		{"/pool", "unsafe", false},
		{"/internal/taskctx", "unsafe", true},
		{"/pool", module, true},
		{"/pool", module + "/future", true},
		{"/pool", module + "/internal/sched", true},
		{"/pool", module + "/stream", false},
		{"/pool", module + "/internal/bubble", false},
		{"/pool", module + "-other/future", false},
		{"/pool", "log/slog", false},
		{"/internal/fault", "log/slog", true},
		{"/pool", "testing", false},
		{"/pool", "testing/synctest", false},
		{"/pool", "golang.org/x/sync/semaphore", true},
		{"/pool", "github.com/stretchr/testify/require", false},
		{"/future", module + "/pool", false},
		{"/stream", module + "/pool", true},
		{"/internal/bubble", "testing/synctest", true},
		{"/internal/bubble", module, false},
		{"/internal/parallel", module + "/internal/sched", true},
		{"/internal/parallel", module + "/pool", false},
		{"", module + "/internal/options", true},
		{"", module + "/future", false},
	} {
		if got := mayImport(c.name, c.imp); got != c.want {
			t.Errorf("mayImport(%q, %q) = %t, want %t", c.name, c.imp, got, c.want)
		}
	}
}
