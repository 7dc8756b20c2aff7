package cmdline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Age is the value of a flag: a time as time.ParseDuration reads it, or in days, "30d".
type Age struct {
	time.Duration
	Typed string // as it was typed; "": it was not
}

// Set reads the value.
func (v *Age) Set(text string) error {
	days, ok := strings.CutSuffix(text, "d")
	if n, err := strconv.ParseFloat(days, 64); ok && err == nil && n >= 0 && n < 100_000 {
		*v = Age{time.Duration(n * float64(24*time.Hour)), text}
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("write a time such as 36h or 30d")
	}
	*v = Age{d, text}
	return nil
}

func (v *Age) String() string { return v.Typed }

// Type returns the name of the value's type in usage.
func (v *Age) Type() string { return "TIME" }

// A Size is the value of a flag: a number of bytes, such as "500MB", "20GiB" or "1000".
type Size struct {
	Bytes int64
	Typed string // as it was typed; "": it was not
}

// Set reads the value.
func (v *Size) Set(text string) error {
	units := map[string]float64{
		"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
		"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40,
		"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40,
	}
	at := strings.LastIndexAny(text, "0123456789.") + 1
	n, err := strconv.ParseFloat(text[:at], 64)
	unit, known := units[strings.ToUpper(strings.TrimSpace(text[at:]))]
	if err != nil || !known || n < 0 || n*unit > 1<<62 {
		return fmt.Errorf("write a size such as 500MB or 20GiB")
	}
	*v = Size{int64(n * unit), text}
	return nil
}

func (v *Size) String() string { return v.Typed }

// Type returns the name of the value's type in usage.
func (v *Size) Type() string { return "SIZE" }
