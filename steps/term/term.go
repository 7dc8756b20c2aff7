// Package term lays out text for people: tables whose columns line up, lines that fit a terminal,
// and figures that are short enough to read. It knows nothing of studies or steps, writes to no
// terminal itself, and asks none for its width.
//
// Widths are columns of a terminal: a wide East Asian letter takes two. A limit of 0 columns is no
// limit.
package term
