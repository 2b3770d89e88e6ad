//go:build unix

package main

import (
	"fmt"
	"strings"
)

// plot returns a picture of what the systems run a second.
func plot(all []figures) string {
	const row, left, width = 34, 130, 420
	most := 1.0
	for _, f := range all {
		most = max(most, f.CallsPerSecond)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" role="img" aria-label="calls a second">`+"\n",
		left+width+90, row*len(all)+40)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="12" y="22" fill="#1c1c1a">Calls a second, %d workers of %d slots</text>`+"\n", workers, slots)
	for i, f := range all {
		y, length := 36+i*row, f.CallsPerSecond/most*width
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" fill="#1c1c1a">%s</text><rect x="%d" y="%d" width="%.1f" height="20" fill="%s"/><text x="%.1f" y="%d" fill="#5d5d58">%.0f</text>`+"\n",
			left-8, y+15, f.System, left, y, length, colour(f.System), left+length+6, y+15, f.CallsPerSecond)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func colour(system string) string {
	if strings.HasPrefix(system, "jetstream") {
		return "#1f6fb2"
	}
	return "#a3a49c"
}
