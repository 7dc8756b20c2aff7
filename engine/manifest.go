package engine

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"snellen/engine/store"
)

// manifestVersion is the first line of every manifest, which is text, one labelled line an ingredient:
//
//	manifest 1
//	kind NAME VERSION
//	tool NAME IDENTITY     for each tool of the kind, in its order
//	param JSON             canonical
//	in ROLE DIGEST         for each input, in the node's order
//	out NAME NAME ...      that the kind declares
//
// Not in it: addresses, paths, host, user, time, pools, and whatever else cannot change the outputs' bytes.
const manifestVersion = "manifest 1\n"

// manifest is the text that names all that a node's outputs depend on. An input whose digest is zero, for it is not known,
// has a line without one: then the text is a draft.
func manifest(n *Node, tools []string, inputs []store.Digest) string {
	var b strings.Builder
	b.Grow(256 + len(n.Params) + 96*len(inputs))
	head(&b, n, tools)
	for i, in := range n.Inputs {
		b.WriteString("in " + in.Role)
		if inputs[i] != (store.Digest{}) {
			b.WriteString(" " + inputs[i].String())
		}
		b.WriteByte('\n')
	}
	b.WriteString("out " + strings.Join(n.Kind.Outputs, " ") + "\n")
	return b.String()
}

// shape is the hash of a manifest without its inputs' digests.
func shape(n *Node, tools []string) store.Shape {
	return sha256.Sum256([]byte(manifest(n, tools, make([]store.Digest, len(n.Inputs)))))
}

// filesOf is the hash of the digests of the people's files that a node reads.
func filesOf(n *Node, inputs []store.Digest) store.Digest {
	var b strings.Builder
	for i, in := range n.Inputs {
		if in.From == "" {
			b.WriteString(in.Role + " " + inputs[i].String() + "\n")
		}
	}
	return store.Sum([]byte(b.String()))
}

// KindOf is the name of the kind of step that a manifest is of, or "".
func KindOf(manifest string) string {
	for _, l := range lines(manifest[:min(len(manifest), 1<<10)]) {
		if name, ok := strings.CutPrefix(l.label, "kind "); ok {
			return name
		}
	}
	return ""
}

func head(b *strings.Builder, n *Node, tools []string) {
	b.WriteString(manifestVersion)
	fmt.Fprintf(b, "kind %s %d\n", n.Kind.Name, n.Kind.Version)
	for i, t := range n.Kind.Tools {
		b.WriteString("tool " + t + " " + tools[i] + "\n")
	}
	b.WriteString("param ")
	b.Write(n.Params)
	b.WriteByte('\n')
}

// A line is one ingredient of a manifest, read back: its label with its name ("in video", "tool ffmpeg", "kind", "param"),
// and its value.
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
