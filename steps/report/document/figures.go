package document

import (
	"fmt"
	"math"
	"strconv"
)

// How figures are written, wherever a report shows them.

// Percent is a share for people: "97.5 %".
func Percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + " %" }

// Signed is a difference of shares in points: "-2.0", "+0.5".
func Signed(d float64) string {
	if math.Round(1e8*d) == 0 {
		return "0.0"
	}
	return fmt.Sprintf("%+.1f", 100*d)
}
