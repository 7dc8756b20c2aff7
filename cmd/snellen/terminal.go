package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// colour tells whether to colour what goes to w: as -no-color, NO_COLOR and CLICOLOR_FORCE say, the first of these that
// says anything, and otherwise where w is a terminal that can.
func (a *app) colour(w io.Writer) bool {
	force := os.Getenv("CLICOLOR_FORCE")
	switch {
	case a.flags.noColor || os.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return isTerminal(w) && os.Getenv("TERM") != "dumb" && os.Getenv("CLICOLOR") != "0"
}

// isTerminal tells whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how many columns a stream's terminal has, or 0 where it is none.
func width(stream any) int {
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
