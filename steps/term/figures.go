package term

import (
	"fmt"
	"strconv"
	"time"
)

// Count returns a number and what it counts: "1 run", "2 runs". The plural is what with an "s",
// unless it is given: Count(2, "it is", "they are").
func Count(n int, what string, plural ...string) string {
	switch {
	case n == 1:
		return "1 " + what
	case len(plural) > 0:
		return strconv.Itoa(n) + " " + plural[0]
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// Duration returns a time in the unit that fits, with tenths of a second below a minute: "37.2s",
// "28m57s", "3h05m".
func Duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// Seconds returns a number of seconds in the unit that fits, without fractions: "3s", "2m05s",
// "1h02m". It is for a time that changes while it is shown.
func Seconds(s float64) string {
	n := int(s + 0.5)
	switch {
	case n < 60:
		return fmt.Sprintf("%ds", n)
	case n < 3600:
		return fmt.Sprintf("%dm%02ds", n/60, n%60)
	}
	return fmt.Sprintf("%dh%02dm", n/3600, n/60%60)
}

// Bytes returns a size in the binary unit that fits: "12.3 MiB".
func Bytes(n int64) string {
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n), -1
	for size >= 1024 && unit < 4 {
		size, unit = size/1024, unit+1
	}
	units := [...]string{"KiB", "MiB", "GiB", "TiB", "PiB"}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + units[unit]
}
