package document

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// How figures are written, wherever a report shows them.

// Percent is a share for people: "97.5 %".
func Percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + " %" }

// Duration is short and has the unit that fits: "37.2s", "28m57s", "3h05m".
func Duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// Bytes is a size for people: "12.3 MiB".
func Bytes(n int64) string {
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n), -1
	for size >= 1024 && unit < 4 {
		size, unit = size/1024, unit+1
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + [...]string{"KiB", "MiB", "GiB", "TiB", "PiB"}[unit]
}

// Signed is a difference of shares in points: "-2.0", "+0.5".
func Signed(d float64) string {
	if math.Round(1e8*d) == 0 {
		return "0.0"
	}
	return fmt.Sprintf("%+.1f", 100*d)
}
