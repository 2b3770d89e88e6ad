package doclint

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	anchorLink  = regexp.MustCompile(`\]\(([^)#:]*)#([^)]+)\)`)
	heading     = regexp.MustCompile(`(?m)^#+ (.*)$`)
	anchorID    = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
	punctuation = regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
)

// badAnchors reports the links of a document in dir, whose text is given, to a heading of
// itself or of another document that is not there.
func badAnchors(dir, text string) (findings []string) {
	for _, link := range anchorLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(prose(text), ""), -1) {
		target := text
		if link[1] != "" {
			other, err := os.ReadFile(filepath.Join(dir, link[1]))
			if err != nil {
				findings = append(findings, fmt.Sprintf("there is no %s", link[1]))
				continue
			}
			target = string(other)
		}
		if !anchors(target)[link[2]] {
			findings = append(findings, fmt.Sprintf("there is no heading %s#%s", link[1], link[2]))
		}
	}
	return findings
}

// anchors returns the anchors of a document, as hosts of repositories make them of its
// headings, and those that it sets itself.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(prose(text), -1) {
		name := punctuation.ReplaceAllString(strings.ToLower(strings.TrimSpace(match[1])), "")
		all[strings.ReplaceAll(name, " ", "-")] = true
	}
	for _, match := range anchorID.FindAllStringSubmatch(text, -1) {
		all[match[1]] = true
	}
	return all
}
