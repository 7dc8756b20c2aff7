package engine

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"snellen/engine/store"
)

// manifestVersion is the first line of every manifest, which is text, one labelled line an
// ingredient:
//
//	manifest 1
//	kind NAME VERSION
//	tool NAME IDENTITY     for each tool of the kind, in its order
//	param JSON             canonical
//	in ROLE DIGEST         for each input, in the node's order
//	out NAME NAME ...      that the kind declares
//
// Not in it: addresses, paths, host, user, time, pools, and whatever else cannot change the
// outputs' bytes.
const manifestVersion = "manifest 1\n"

// manifest returns the text that names all that a node's outputs depend on. An input whose digest
// is zero, since it is not known yet, has a line without one: then the text is partial.
func manifest(n *Node, tools []string, inputs []store.Digest) string {
	b := make([]byte, 0, 256+len(n.Params)+96*len(inputs))
	b = appendHead(b, n, tools)
	for i, in := range n.Inputs {
		b = append(append(b, "in "...), in.Role...)
		if inputs[i] != (store.Digest{}) {
			b = inputs[i].Append(append(b, ' '))
		}
		b = append(b, '\n')
	}
	b = append(b, "out "...)
	for i, name := range n.Kind.Outputs {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, name...)
	}
	return string(append(b, '\n'))
}

// shape returns the hash of a manifest without its inputs' digests.
func shape(n *Node, tools []string) store.Shape {
	return sha256.Sum256([]byte(manifest(n, tools, make([]store.Digest, len(n.Inputs)))))
}

// filesOf returns the hash of the digests of the people's files that a node reads.
func filesOf(n *Node, inputs []store.Digest) store.Digest {
	var b strings.Builder
	for i, in := range n.Inputs {
		if in.From == "" {
			b.WriteString(in.Role + " " + inputs[i].String() + "\n")
		}
	}
	return store.Sum([]byte(b.String()))
}

// KindOf returns the name of the step's kind in a manifest, or "".
func KindOf(manifest string) string {
	for _, l := range lines(manifest[:min(len(manifest), 1<<10)]) {
		if name, ok := strings.CutPrefix(l.label, "kind "); ok {
			return name
		}
	}
	return ""
}

// appendHead appends the lines of a manifest before its inputs.
func appendHead(b []byte, n *Node, tools []string) []byte {
	b = append(b, manifestVersion...)
	b = append(append(b, "kind "...), n.Kind.Name...)
	b = strconv.AppendInt(append(b, ' '), int64(n.Kind.Version), 10)
	b = append(b, '\n')
	for i, name := range n.Kind.Tools {
		b = append(append(b, "tool "...), name...)
		b = append(append(append(b, ' '), tools[i]...), '\n')
	}
	return append(append(append(b, "param "...), n.Params...), '\n')
}

// A line is one ingredient of a manifest, read back: its label with its name ("in video", "tool
// ffmpeg", "kind", "param"), and its value.
type line struct{ label, value string }

// lines reads a manifest back, to compare it with another.
func lines(text string) []line {
	var all []line
	for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		label, value, _ := strings.Cut(l, " ")
		if label == "in" || label == "tool" || label == "kind" {
			name, rest, _ := strings.Cut(value, " ")
			label, value = label+" "+name, rest
		}
		all = append(all, line{label, value})
	}
	return all
}
