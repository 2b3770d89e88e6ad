// Package doclint compares the documentation of a module with the module.
package doclint

import "slices"

// Check returns what is wrong in the doc comments of the module at root and of those
// below it, in its README, and in the other documents.
func Check(root string) ([]string, error) {
	m, err := load(root)
	if err != nil {
		return nil, err
	}
	findings := slices.Concat(m.badLinks(), m.badCode(), m.badFileTables(), m.missingExamples())
	readme, err := m.badReadme()
	if err != nil {
		return nil, err
	}
	constants, err := m.strayConstants()
	if err != nil {
		return nil, err
	}
	documents, err := m.badDocuments()
	return slices.Concat(findings, readme, constants, documents), err
}
