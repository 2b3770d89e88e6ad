package doclint

import (
	"fmt"
	"go/doc"
	"go/doc/comment"
	"regexp"
	"slices"
	"strings"
)

// unlinked matches text that was meant as a doc link and stayed text, because
// the name in it is unknown where it is written.
var unlinked = regexp.MustCompile(`(?:^|[\s(])\[(\*?(?:\w+\.)?[A-Z]\w*(?:\.[A-Z]\w*)?)\]`)

// badLinks reports every doc link of the module that leads nowhere.
func (m *module) badLinks() []string {
	var findings []string
	for importPath, p := range m.packages {
		for name, text := range docs(p) {
			report := func(link, why string) {
				findings = append(findings, fmt.Sprintf("%s: %s: [%s] %s", importPath, name, link, why))
			}
			for _, block := range p.Parser().Parse(text).Content {
				m.checkBlock(block, report)
			}
		}
	}
	slices.Sort(findings)
	return findings
}

func (m *module) checkBlock(b comment.Block, report func(link, why string)) {
	switch b := b.(type) {
	case *comment.Paragraph:
		m.checkText(b.Text, report)
	case *comment.Heading:
		m.checkText(b.Text, report)
	case *comment.List:
		for _, item := range b.Items {
			for _, inner := range item.Content {
				m.checkBlock(inner, report)
			}
		}
	}
}

func (m *module) checkText(text []comment.Text, report func(link, why string)) {
	for _, t := range text {
		switch t := t.(type) {
		case comment.Plain:
			for _, match := range unlinked.FindAllStringSubmatch(string(t), -1) {
				report(match[1], "is no link: the name is not known here")
			}
			for _, name := range m.unknownNames(string(t)) {
				report(name, "does not exist")
			}
		case *comment.DocLink:
			if !m.leadsSomewhere(t) {
				report(t.DefaultURL(""), "leads nowhere")
			}
		}
	}
}

// leadsSomewhere reports whether a link that leaves its package for another one
// of the module finds it, and the name in it. Links to other modules are taken
// on trust.
func (m *module) leadsSomewhere(l *comment.DocLink) bool {
	if l.ImportPath != m.path && !strings.HasPrefix(l.ImportPath, m.path+"/") {
		return true
	}
	p, ok := m.packages[l.ImportPath]
	return ok && (l.Name == "" || p.Parser().LookupSym(l.Recv, l.Name))
}

// docs returns the doc comments of a package by the name they belong to.
func docs(p *doc.Package) map[string]string {
	all := map[string]string{"package " + p.Name: p.Doc}
	values := func(vs []*doc.Value) {
		for _, v := range vs {
			all[strings.Join(v.Names, ", ")] = v.Doc
		}
	}
	funcs := func(prefix string, fs []*doc.Func) {
		for _, f := range fs {
			all[prefix+f.Name] = f.Doc
		}
	}
	values(p.Consts)
	values(p.Vars)
	funcs("", p.Funcs)
	for _, t := range p.Types {
		all[t.Name] = t.Doc
		values(t.Consts)
		values(t.Vars)
		funcs("", t.Funcs)
		funcs(t.Name+".", t.Methods)
	}
	return all
}
