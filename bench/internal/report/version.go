package report

import "fmt"

// Older reports whether a version is of an older minor version than another one.
// Both are like "1.2" or "1.2.3"; any other text counts as older.
func Older(version, than string) bool {
	var a, b [2]int
	if _, err := fmt.Sscanf(version, "%d.%d", &a[0], &a[1]); err != nil {
		return true
	}
	if _, err := fmt.Sscanf(than, "%d.%d", &b[0], &b[1]); err != nil {
		return true
	}
	return a[0] < b[0] || a[0] == b[0] && a[1] < b[1]
}
