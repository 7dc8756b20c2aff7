package export

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is the longest name in bytes, short enough for every file system even with a suffix.
const maxName = 100

// reserved are the names of devices on Windows.
const reserved = " con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 " +
	"lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 "

// safeNames returns one file name for each text, in order, that every file system accepts and that
// means nothing to a shell. Texts whose names a file system may take for the same, because they
// differ in case alone, get different numbers.
func safeNames(texts []string) []string {
	taken := map[string]bool{}
	var list []string
	for _, text := range texts {
		name := safeName(text)
		for n := 2; taken[foldName(name)]; n++ {
			name = fmt.Sprintf("%s-%d", safeName(text), n)
		}
		taken[foldName(name)] = true
		list = append(list, name)
	}
	return list
}

// foldName returns the same text for names that a file system may take for the same.
func foldName(name string) string { return strings.ToLower(norm.NFKC.String(name)) }

// safeName keeps letters and digits of any script, "-", "_", "+", and inner "." and blanks. Other
// characters become "_". A long text is cut and ends in a part of its hash.
func safeName(text string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) ||
			strings.ContainsRune("-_+. ", r) {
			return r
		}
		return '_'
	}, norm.NFC.String(strings.ToValidUTF8(text, "_")))
	if name = strings.Trim(name, ". "); strings.HasPrefix(name, "-") {
		name = "_" + name
	}
	if base, _, _ := strings.Cut(name, "."); name == "" ||
		strings.Contains(reserved, " "+strings.ToLower(base)+" ") {
		name = "_" + name
	}
	if len(name) > maxName {
		sum := sha256.Sum256([]byte(text))
		cut := maxName - 9
		for !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = fmt.Sprintf("%s-%x", name[:cut], sum[:4])
	}
	return name
}
