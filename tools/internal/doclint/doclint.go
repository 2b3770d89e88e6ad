// Package doclint compares the documentation of a module with the module.
package doclint

// Check returns what is wrong in the doc comments of the module at root, and in
// its README.
func Check(root string) ([]string, error) {
	m, err := load(root)
	if err != nil {
		return nil, err
	}
	findings := m.badLinks()
	readme, err := m.badReadme()
	return append(findings, readme...), err
}
