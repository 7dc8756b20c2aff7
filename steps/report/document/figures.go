package document

import (
	"fmt"
	"math"
	"strconv"
)

// The functions in this file format figures the same way wherever a report shows them.

// Percent returns a share in percent: "97.5 %".
func Percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + " %" }

// Signed returns a difference of shares in points, with a sign: "-2.0", "+0.5", "0.0".
func Signed(d float64) string {
	if math.Round(1e8*d) == 0 {
		return "0.0"
	}
	return fmt.Sprintf("%+.1f", 100*d)
}

// Confidence returns a confidence in percent, with as few decimals as possible: "95 %".
func Confidence(c float64) string {
	return strconv.FormatFloat(math.Round(1e8*c)/1e6, 'f', -1, 64) + " %"
}
