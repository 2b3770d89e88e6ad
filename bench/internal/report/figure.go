package report

import (
	"math"
	"strconv"
	"strings"

	"github.com/millrace-go/millrace/bench/internal/measure"
)

// Figure writes a number with about three digits that count.
func Figure(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "-"
	case size >= 99.95:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case size >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case size >= 0.0995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case size >= 0.0005:
		return strconv.FormatFloat(v, 'f', 3, 64)
	default:
		return "0"
	}
}

// grouped puts commas into the digits of a whole number.
func grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Number reads the output of Figure, with the digits that Figure kept.
func Number(figure string) (float64, error) {
	return strconv.ParseFloat(strings.ReplaceAll(figure, ",", ""), 64)
}

func quartiles(s measure.Spread) string {
	return Figure(s.Low) + " – " + Figure(s.High)
}
