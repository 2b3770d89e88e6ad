package surface

import (
	"cmp"
	"fmt"
	"go/types"
	"strings"

	"golang.org/x/tools/go/packages"
)

// names says how a package is called where its types are named. An internal
// package goes by the name of the public one that has aliases for its types.
type names map[string]string

func newNames(pkgs []*packages.Package) names {
	n := names{}
	for _, p := range pkgs {
		if internal(p.PkgPath) {
			continue
		}
		for _, name := range p.Types.Scope().Names() {
			if t, ok := p.Types.Scope().Lookup(name).(*types.TypeName); ok && t.IsAlias() {
				if named, ok := types.Unalias(t.Type()).(*types.Named); ok && named.Obj().Pkg() != nil && internal(named.Obj().Pkg().Path()) {
					n[named.Obj().Pkg().Path()] = p.Name
				}
			}
		}
	}
	return n
}

// addPackage adds the lines of p to the files of the API.
func (s Surface) addPackage(file string, p *packages.Package, n names) {
	w := &writer{p: p, names: n, lines: map[string][]line{}}
	for _, name := range p.Types.Scope().Names() {
		if o := p.Types.Scope().Lookup(name); o.Exported() {
			w.object(o)
		}
	}
	for suffix, lines := range w.lines {
		s[file+suffix+".txt"] = sorted(lines)
	}
}

type writer struct {
	p     *packages.Package
	names names
	lines map[string][]line // by the suffix of their file
}

func (w *writer) add(o types.Object, owner string, kind int, format string, args ...any) {
	suffix := ""
	for _, f := range w.p.Syntax {
		if f.FileStart <= o.Pos() && o.Pos() < f.FileEnd {
			suffix = newer(f, w.p.Module.GoVersion)
		}
	}
	w.lines[suffix] = append(w.lines[suffix], line{owner, kind, fmt.Sprintf(format, args...)})
}

// Hidden is before the name of an internal package that a public declaration names, so
// that nobody else can write the type.
const Hidden = "internal/"

// text writes a type as the package itself would.
func (w *writer) text(t types.Type) string {
	return types.TypeString(unnamed(t), func(p *types.Package) string {
		name := cmp.Or(w.names[p.Path()], p.Name())
		if internal(p.Path()) && w.names[p.Path()] == "" {
			name = Hidden + name
		}
		if p == w.p.Types || name == w.p.Name {
			return ""
		}
		return name
	})
}

func (w *writer) object(o types.Object) {
	switch o := o.(type) {
	case *types.Const:
		w.add(o, o.Name(), constant, "const %s %s = %s", o.Name(), w.text(o.Type()), o.Val())
	case *types.Var:
		w.add(o, o.Name(), variable, "var %s %s", o.Name(), w.text(o.Type()))
	case *types.Func:
		w.add(o, o.Name(), function, "func %s%s", o.Name(), w.signature(o))
	case *types.TypeName:
		w.typeName(o)
	}
}

// typeName writes a type, its fields and its methods. An alias for a type of an
// internal package is written as if the type were declared here: there is no
// other place where a user could read it.
func (w *writer) typeName(o *types.TypeName) {
	named, ok := types.Unalias(o.Type()).(*types.Named)
	if !ok || o.IsAlias() && !internal(named.Obj().Pkg().Path()) {
		w.add(o, o.Name(), typeName, "type %s = %s", o.Name(), w.text(types.Unalias(o.Type())))
		return
	}
	name := o.Name() + w.params(named.TypeParams())
	w.methods(o, o.Name()+arguments(named.TypeParams()), named)
	switch u := named.Underlying().(type) {
	case *types.Struct:
		w.add(o, o.Name(), typeName, "type %s struct", name)
		w.fields(o, name, u)
	case *types.Interface:
		w.add(o, o.Name(), typeName, "type %s %s", name, w.iface(u))
	default:
		w.add(o, o.Name(), typeName, "type %s %s", name, w.text(u))
	}
}

func (w *writer) fields(o types.Object, name string, s *types.Struct) {
	for f := range s.Fields() {
		if f.Exported() {
			w.add(o, o.Name(), field, "type %s struct, %s %s", name, f.Name(), w.text(f.Type()))
		}
	}
}

// iface is one line, because a method more breaks those who implement it.
func (w *writer) iface(i *types.Interface) string {
	var parts []string
	sealed := false
	for m := range i.Methods() {
		if m.Exported() {
			parts = append(parts, m.Name()+w.signature(m))
		} else {
			sealed = true
		}
	}
	if sealed {
		parts = append(parts, "unexported methods")
	}
	if len(parts) == 0 {
		return w.text(i)
	}
	return "interface { " + strings.Join(parts, "; ") + " }"
}

func (w *writer) methods(o types.Object, name string, t *types.Named) {
	if types.IsInterface(t) {
		return
	}
	values := types.NewMethodSet(t)
	pointers := types.NewMethodSet(types.NewPointer(t))
	for sel := range pointers.Methods() {
		m := sel.Obj().(*types.Func)
		if !m.Exported() {
			continue
		}
		recv := name
		if values.Lookup(m.Pkg(), m.Name()) == nil {
			recv = "*" + name
		}
		w.add(m, o.Name(), method, "method (%s) %s%s", recv, m.Name(), w.signature(m))
	}
}
