package term

import (
	"path/filepath"
	"strings"
)

// ShortPaths returns for each path its file name, preceded by as many of its folders as tell it
// from the other paths.
func ShortPaths(paths []string) map[string]string {
	short := map[string]string{}
	for _, p := range paths {
		if p != "" {
			short[p] = ""
		}
	}
	for parts := 1; ; parts++ {
		holders := map[string][]string{} // paths by their last parts
		for p := range short {
			end := lastParts(p, parts)
			holders[end] = append(holders[end], p)
		}
		shared := false
		for end, all := range holders {
			for _, p := range all {
				if short[p] == "" && (len(all) == 1 || end == p) {
					short[p] = end
				}
				shared = shared || short[p] == ""
			}
		}
		if !shared {
			return short
		}
	}
}

// lastParts returns the last so many parts of a path, or all of it.
func lastParts(path string, n int) string {
	at := len(path)
	for range n {
		if at = strings.LastIndexByte(path[:at], filepath.Separator); at < 0 {
			return path
		}
	}
	return path[at+1:]
}
