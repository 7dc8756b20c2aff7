package specs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// This file reads what an evaluation shows to models: a video, stills, or whole pictures.

// readShown fills an evaluation's video, stills or samples. Exactly one of them must be given.
func (l *loader) readShown(e *Evaluation, c declaration) {
	samples := len(blocksOf(c.body, samplesBlock.name)) > 0
	given := 0
	for _, there := range []bool{
		c.body.Attributes["video"] != nil, c.body.Attributes["stills"] != nil, samples,
	} {
		if there {
			given++
		}
	}
	if c.body.Attributes[samplesBlock.name] != nil { // said to be a block: that mistake is enough
		e.Samples = []Sample{}
		return
	}
	if given != 1 {
		problem := "has neither a video, nor stills, nor pictures"
		if given > 1 {
			problem = "has more than one of video, stills and pictures"
		}
		l.add(c.header, `write one: video = "shelf.mp4", stills = fileset("shelf", "*.jpg"), or `+
			`pictures { ... }`, fmt.Sprintf("evaluation %q %s", c.name, problem))
	}
	if video, ok := c.values["video"].(string); ok {
		e.Video = l.footagePath("video", video, c.at("video"))
	}
	l.readStills(e, c)
	if samples {
		l.readSamples(e, c)
	}
}

// readStills fills an evaluation's stills.
func (l *loader) readStills(e *Evaluation, c declaration) {
	stills, given := c.values["stills"].([]string)
	switch {
	case given && len(stills) == 0:
		l.add(c.at("stills"), "check the folder and the pattern", "there are no stills")
	case len(stills) > maxPictures:
		l.add(c.at("stills"), "", fmt.Sprintf("an evaluation may have at most %d stills, and "+
			"this has %d", maxPictures, len(stills)))
		return
	}
	for i, path := range stills {
		e.Stills = append(e.Stills, l.footagePath("picture", path, c.elementAt("stills", i)))
	}
	slices.Sort(e.Stills)
	e.Stills = slices.Compact(e.Stills)
}

// readSamples fills an evaluation's samples. They are not nil even if all are wrong.
func (l *loader) readSamples(e *Evaluation, c declaration) {
	e.Samples = []Sample{}
	for _, name := range []string{"frame", "area", "areas", "grid"} {
		if found := blocksOf(c.body, name); len(found) > 0 {
			l.add(found[0].DefRange(), "remove it, or write stills in place of pictures",
				"whole pictures have no "+name)
		}
	}
	owner := map[string]Sample{}
	for _, b := range blocksOf(c.body, samplesBlock.name) {
		if b.Body.Attributes["for_each"] == nil && b.Body.Attributes["files"] == nil {
			l.add(b.DefRange(), `write files = fileset("FOLDER", "**/*.jpg")`,
				"this pictures block has neither files nor for_each")
			return
		}
		elements := []*eachElement{nil}
		if each := b.Body.Attributes["for_each"]; each != nil {
			list, _ := l.forEach(each.Expr, b.Body.Attributes["files"] == nil)
			elements = nil
			for i := range list {
				elements = append(elements, &list[i])
			}
		}
		for _, each := range elements {
			s := l.decode(samplesBlock, b.Body, b.DefRange(), each)
			if each != nil && b.Body.Attributes["files"] == nil {
				l.filesOf(s, *each)
			}
			if !s.valid("files", "expect") || !l.readFiles(e, s, owner) {
				return
			}
		}
	}
	slices.SortFunc(e.Samples, func(a, b Sample) int { return cmp.Compare(a.Path, b.Path) })
	if len(e.Samples) < 2 {
		l.add(c.header, "", fmt.Sprintf("evaluation %q has fewer than two pictures", e.Name))
	}
}

// filesOf sets a block's files to the value of an element: a path, or a list of them.
func (l *loader) filesOf(s *section, each eachElement) {
	value := each.value
	if value.Type() == cty.String && !value.IsNull() {
		value = cty.ListVal([]cty.Value{value})
	}
	a, _ := samplesBlock.attribute("files")
	files, problem := a.decode(value)
	if problem != "" {
		l.add(s.at("for_each"), "write for_each = fileset(...), or files as well",
			"each.value must be a path or a list of paths, not "+typeName(each.value))
		s.invalid["files"] = true
		return
	}
	s.values["files"] = files
}

// readFiles adds the samples of one pictures block, or of one of its elements. It reports whether
// there were no more than an evaluation may have.
func (l *loader) readFiles(e *Evaluation, s *section, owner map[string]Sample) bool {
	var expect string
	var files []string
	s.assign(map[string]any{"expect": &expect, "files": &files}, false)
	l.checkLabel(expect, s.at("expect"))
	if len(files) == 0 {
		l.add(s.at("files"), "check the folder and the pattern",
			fmt.Sprintf("there are no pictures of %q", expect))
	}
	if len(e.Samples)+len(files) > maxPictures {
		l.add(s.at("files"), "", fmt.Sprintf("an evaluation may have at most %d pictures",
			maxPictures))
		return false
	}
	for i, name := range files {
		at := s.elementAt("files", i)
		sample := Sample{Name: name, Path: l.footagePath("picture", name, at), Expect: expect,
			At: position(s.header)}
		if before, again := owner[sample.Path]; again && before.Expect != expect {
			l.addContradiction(sample, before, at)
		} else if !again {
			owner[sample.Path] = sample
			e.Samples = append(e.Samples, sample)
		}
	}
	return true
}

// addContradiction records a picture that is said to show two labels.
func (l *loader) addContradiction(s, before Sample, at hcl.Range) {
	l.add(at, "a picture shows one label", fmt.Sprintf("%s is to show %q and %q", s.Path,
		before.Expect, s.Expect))
}
