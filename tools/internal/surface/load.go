package surface

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// private are the directories of modules that nobody imports.
var private = []string{"bench", "examples", "tools"}

const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
	packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedModule

// Load returns the surface of every package of the modules at and below root
// that others may import.
func Load(root string) (Surface, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	modules, err := modules(root)
	if err != nil {
		return nil, err
	}
	s := Surface{}
	for _, dir := range modules {
		pkgs, err := packages.Load(&packages.Config{Dir: dir, Mode: mode}, "./...")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if err := s.addModule(root, dir, pkgs); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// modules returns the directories at and below root that have a go.mod and are
// not private.
func modules(root string) (dirs []string, err error) {
	err = filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if rel, _ := filepath.Rel(root, dir); rel != "." && hidden(rel) {
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			dirs = append(dirs, dir)
		}
		return nil
	})
	return dirs, err
}

func hidden(rel string) bool {
	base := filepath.Base(rel)
	return slices.Contains(private, rel) || base == "testdata" || base == "internal" || strings.HasPrefix(base, ".")
}

func (s Surface) addModule(root, dir string, pkgs []*packages.Package) error {
	names := newNames(pkgs)
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return fmt.Errorf("%s: %w", p.PkgPath, errors.Join(asErrors(p.Errors)...))
		}
		if p.Name == "main" || internal(p.PkgPath) {
			continue
		}
		rel, err := filepath.Rel(root, filepath.Dir(p.GoFiles[0]))
		if err != nil {
			return err
		}
		s.addPackage(fileName(rel, p.Name), p, names)
	}
	return nil
}

func asErrors(es []packages.Error) (all []error) {
	for _, e := range es {
		all = append(all, e)
	}
	return all
}

func internal(path string) bool {
	return slices.Contains(strings.Split(path, "/"), "internal")
}

// fileName is pool for pool, cluster_jetstream for cluster/jetstream, and the
// name of the package for the root.
func fileName(rel, name string) string {
	if rel == "." {
		return name
	}
	return strings.ReplaceAll(filepath.ToSlash(rel), "/", "_")
}

// newer returns "_go127" for a file that needs Go 1.27 in a module of Go 1.26,
// and "" for a file that the module's version of Go compiles.
func newer(file *ast.File, module string) string {
	for _, group := range file.Comments {
		if group.Pos() >= file.Package {
			break
		}
		for _, c := range group.List {
			expr, err := constraint.Parse(c.Text)
			if err != nil {
				continue
			}
			if v := constraint.GoVersion(expr); version.Compare(v, "go"+module) > 0 {
				return "_" + strings.ReplaceAll(version.Lang(v), ".", "")
			}
		}
	}
	return ""
}
