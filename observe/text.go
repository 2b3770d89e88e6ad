package observe

import (
	"strings"
	"unicode/utf8"
)

// cut returns at most n bytes of s, which say so if they are not all, and are valid
// UTF-8.
func cut(s string, n int) string {
	if len(s) <= n {
		return strings.ToValidUTF8(s, "�")
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.ToValidUTF8(s[:n], "�") + " …"
}
