package edit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs"
)

// AddResolution adds a resolution that is named by its size, 320x240, in the order of its
// neighbours.
func AddResolution(src []byte, name string) ([]byte, error) {
	s, err := parse(src)
	if err != nil {
		return nil, err
	}
	pixels := pixelsOf(name)
	if pixels == 0 {
		return nil, &Error{0, fmt.Sprintf("%q is not a size in pixels", name),
			"write it like 320x240"}
	}
	sizes := s.resolutions()
	for _, r := range sizes {
		if r.name == name {
			return nil, &Error{r.line, fmt.Sprintf("resolution %q is there already, at line %d",
				name, r.line), ""}
		}
	}
	if list := lastList(sizes); list != nil {
		own := slices.DeleteFunc(sizes, func(r resolution) bool { return r.list != list })
		s.insertElement(list, place(own, pixels), specs.Quote(name))
		return s.result()
	}
	own := slices.DeleteFunc(sizes, func(r resolution) bool { return r.block == nil })
	s.addResolution(own, place(own, pixels), fmt.Sprintf("resolution %s {}\n", specs.Quote(name)))
	return s.result()
}

// A resolution is one that is written out: a block, or an element of a for_each.
type resolution struct {
	name   string
	pixels int // 0: not known
	line   int
	block  *hclsyntax.Block         // or nil
	list   *hclsyntax.TupleConsExpr // or nil
	many   *hclsyntax.Block         // the list's block
}

// resolutions returns those that are written out, in the order of the file.
func (s *source) resolutions() (list []resolution) {
	for _, b := range blocks(s.body, "resolution", "resolutions") {
		if b.Type == "resolution" && len(b.Labels) == 1 {
			r := resolution{name: specs.Normal(b.Labels[0]), line: b.TypeRange.Start.Line, block: b}
			if r.pixels = pixelsOf(r.name); r.pixels == 0 {
				r.pixels = s.product(b.Body)
			}
			list = append(list, r)
		}
		if each := literalEach(b); each != nil {
			names, _ := s.texts(each)
			for i, name := range names {
				list = append(list, resolution{name: name, pixels: pixelsOf(name),
					line: each.Exprs[i].Range().Start.Line, list: each, many: b})
			}
		}
	}
	return list
}

// product returns the pixels of a resolution that has its width and height written out, or 0.
func (s *source) product(body *hclsyntax.Body) int {
	width, height := body.Attributes["width"], body.Attributes["height"]
	if width == nil || height == nil {
		return 0
	}
	w, _ := integer(width.Expr)
	h, _ := integer(height.Expr)
	return min(w, maxSide) * min(h, maxSide)
}

// literalEach returns the for_each of a resolutions block whose names are written out, or nil.
func literalEach(b *hclsyntax.Block) *hclsyntax.TupleConsExpr {
	each := b.Body.Attributes["for_each"]
	if b.Type != "resolutions" || each == nil || b.Body.Attributes["name"] != nil {
		return nil
	}
	list, _ := each.Expr.(*hclsyntax.TupleConsExpr)
	return list
}

// lastList returns the list that takes a resolution where no block stands for itself, or nil.
func lastList(all []resolution) (list *hclsyntax.TupleConsExpr) {
	for _, r := range all {
		if r.block != nil {
			return nil
		}
		list = r.list
	}
	return list
}

// pixelsOf returns the pixels of a size like 320x240, or 0.
func pixelsOf(name string) int {
	w, h, ok := strings.Cut(name, "x")
	width, height := side(w), side(h)
	if !ok {
		return 0
	}
	return width * height
}

// side returns a number of at most five digits, or 0.
func side(digits string) int {
	if len(digits) > 5 || strings.Trim(digits, "0123456789") != "" {
		return 0
	}
	n, _ := strconv.Atoi(digits)
	return n
}

// place returns the index of the first resolution that belongs behind one of so many pixels: they
// fall, unless the file has them rise.
func place(all []resolution, pixels int) int {
	known := slices.DeleteFunc(slices.Clone(all), func(r resolution) bool { return r.pixels == 0 })
	rising := len(known) > 1 && known[0].pixels < known[len(known)-1].pixels
	for i, r := range all {
		if r.pixels > 0 && r.pixels != pixels && r.pixels > pixels == rising {
			return i
		}
	}
	return len(all)
}

// addResolution adds a block at a place among others.
func (s *source) addResolution(all []resolution, i int, text string) {
	isShort := func(b *hclsyntax.Block) bool {
		return b.OpenBraceRange.Start.Line == b.CloseBraceRange.Start.Line
	}
	switch {
	case len(all) == 0:
		s.insertLines(s.behindOthers(), text, "", true)
	case i == 0: // a comment there is a heading
		b := all[0].block
		if at := s.begin(b.TypeRange.Start.Byte, false); isShort(b) {
			s.insertLines(at, text, "", false)
		} else {
			s.insertLines(at, text+"\n", "", false)
		}
	default:
		b := all[i-1].block
		s.insertLines(s.endOfLine(b.CloseBraceRange.End.Byte), text, "", !isShort(b))
	}
}

// behindOthers returns where resolutions begin that have none before them.
func (s *source) behindOthers() int {
	for _, types := range [][]string{{"resolutions"}, {"label", "labels"}} {
		if all := blocks(s.body, types...); len(all) > 0 {
			return s.endOfLine(all[len(all)-1].CloseBraceRange.End.Byte)
		}
	}
	return len(s.src)
}

// RemoveResolution removes a resolution with what its block has. The comment above the first of
// several stays: it is about all.
func RemoveResolution(src []byte, name string) ([]byte, error) {
	s, err := parse(src)
	if err != nil {
		return nil, err
	}
	all := s.resolutions()
	i := slices.IndexFunc(all, func(r resolution) bool { return r.name == specs.Normal(name) })
	computes := slices.IndexFunc(s.body.Blocks, func(b *hclsyntax.Block) bool {
		return b.Type == "resolutions" && !slices.ContainsFunc(all,
			func(r resolution) bool { return r.many == b })
	})
	switch {
	case i < 0 && computes >= 0:
		return nil, computed("the spec names no resolution "+name+": some are",
			s.body.Blocks[computes].TypeRange)
	case i < 0:
		return nil, &Error{0, fmt.Sprintf("the spec has no resolution %q", name), ""}
	case len(all) == 1 && computes < 0:
		return nil, &Error{all[i].line, "a study needs at least one resolution, and this is the last",
			"add another one first"}
	}
	s.removeResolution(all, i)
	return s.result()
}

// removeResolution removes one of those that are written out.
func (s *source) removeResolution(all []resolution, i int) {
	r := all[i]
	own := 0
	first := true
	for k, other := range all {
		if other.list != nil && other.list == r.list {
			own++
		}
		first = first && (k >= i || other.block == nil)
	}
	switch {
	case r.block != nil:
		s.removeBlock(r.block, !first || i == len(all)-1)
	case own == 1:
		s.removeBlock(r.many, true)
	default:
		s.removeElements(r.list, func(k int) bool {
			text, _ := s.text(r.list.Exprs[k])
			return text == r.name
		})
	}
}
