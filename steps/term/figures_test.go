package term

import (
	"testing"
	"time"
)

func TestFigures(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{Count(1, "run"), "1 run"},
		{Count(0, "run"), "0 runs"},
		{Count(2, "it is", "they are"), "2 they are"},
		{Duration(37200 * time.Millisecond), "37.2s"},
		{Duration(1737 * time.Second), "28m57s"},
		{Duration(3*time.Hour + 5*time.Minute), "3h05m"},
		{Seconds(2.6), "3s"},
		{Seconds(125), "2m05s"},
		{Seconds(3720), "1h02m"},
		{Bytes(1023), "1023 B"},
		{Bytes(1 << 20), "1.0 MiB"},
		{Bytes(3 << 60), "3072.0 PiB"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
