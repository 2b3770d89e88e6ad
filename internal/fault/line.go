package fault

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how many bytes of a value's text an error shows. PanicError.Value has the whole
// value, which may be a document.
const longest = 500

// oneLine returns text without line breaks and other characters that do not
// print: they are escaped as in a Go string. A long text is cut.
func oneLine(text string) string {
	if len(text) > longest {
		at := longest
		for at > longest-utf8.UTFMax && !utf8.RuneStart(text[at]) {
			at-- // to cut no rune
		}
		text = text[:at] + "…"
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !hidden(r) {
			b.WriteRune(r)
			continue
		}
		escaped := strconv.QuoteRune(r)
		b.WriteString(escaped[1 : len(escaped)-1])
	}
	return b.String()
}

func hidden(r rune) bool { return !unicode.IsPrint(r) }
