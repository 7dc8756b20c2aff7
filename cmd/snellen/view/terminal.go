package view

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Colour reports whether to colour what is written to w. It is off where the flag -no-color or
// NO_COLOR says so, on where CLICOLOR_FORCE does, and otherwise on where w is a terminal that can.
func Colour(w io.Writer, off bool) bool {
	force := os.Getenv("CLICOLOR_FORCE")
	switch {
	case off || os.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return IsTerminal(w) && os.Getenv("TERM") != "dumb" && os.Getenv("CLICOLOR") != "0"
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width returns how many columns a stream's terminal has, or 0 where it is none.
func Width(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
