// Package machine describes the machine of a run.
package machine

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
)

// A Machine has everything that figures depend on beside the measured code.
type Machine struct {
	Processor  string
	Cores      int // as the operating system counts them
	GOMAXPROCS int
	System     string
	Go         string
	Modules    []Module
	Costs      []Cost `json:",omitempty"`
}

// A Module is one of the libraries that are measured.
type Module struct{ Path, Version string }

// Describe describes the machine it runs on, and the versions of the modules with
// the given paths that are part of the program; a test binary knows of none.
func Describe(modules []string) Machine {
	var deps []*debug.Module
	if build, ok := debug.ReadBuildInfo(); ok {
		deps = build.Deps
	}
	return Machine{
		Processor:  processor(),
		Cores:      runtime.NumCPU(),
		GOMAXPROCS: runtime.GOMAXPROCS(0),
		System:     system(),
		Go:         runtime.Version(),
		Modules:    Of(deps, modules),
	}
}

func processor() string {
	info, err := cpu.Info()
	if err != nil || len(info) == 0 {
		return runtime.GOARCH
	}
	return cmp.Or(strings.Join(strings.Fields(info[0].ModelName), " "), runtime.GOARCH)
}

func system() string {
	target := runtime.GOOS + "/" + runtime.GOARCH
	name, _, version, err := host.PlatformInformation()
	if err != nil || name == "" {
		return target
	}
	return fmt.Sprintf("%s, %s %s", target, name, version)
}

// Slug returns the name of the processor as that of a directory.
func (m Machine) Slug() string {
	name := strings.NewReplacer("(r)", "", "(tm)", "").Replace(strings.ToLower(m.Processor))
	words := strings.FieldsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return cmp.Or(strings.Join(words, "-"), "unknown")
}

// Of returns the modules among deps that have one of the paths.
func Of(deps []*debug.Module, paths []string) []Module {
	var modules []Module
	for _, m := range deps {
		if slices.Contains(paths, m.Path) {
			modules = append(modules, Module{m.Path, m.Version})
		}
	}
	return modules
}
