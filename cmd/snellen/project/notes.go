package project

import (
	"encoding/json"
	"fmt"
	"slices"

	"snellen/engine"
	"snellen/engine/store"
	"snellen/steps/picture"
	"snellen/steps/study"
	"snellen/steps/video"
)

// A Note is what a person should know about the study or about its footage, which a step found.
type Note struct{ Address, Text, Hint string }

// maxNotes bounds what is read of a step's notes, in bytes.
const maxNotes = 1 << 20

// Notes returns what the study cannot show, where anything would run, and the notes of the plan's
// steps that are done, each text once. Those about photographs come last, as sums over all steps.
func (p *Project) Notes(plan *engine.Plan) []Note {
	list := p.Outage(plan)
	runs := func(d *engine.Decision) bool { return d.Verdict != engine.Cached }
	if text := study.Doubt(p.Study); text != "" && slices.ContainsFunc(plan.Decisions, runs) {
		list = append(list, Note{Text: text})
	}
	if p.Store.Exposed() {
		list = append(list, Note{Text: fmt.Sprintf("%s can be written to by every user of this "+
			"machine, and what it holds is believed: chmod -R o-w %[1]s", p.Store.Dir())})
	}
	if kind := p.Store.Network(); kind != "" {
		list = append(list, Note{Text: fmt.Sprintf("the store is on %s, and only one machine may use it",
			kind), Hint: "to share results with others, keep the store on a disk of your own, and have " +
			`shared { url = "file:///FOLDER" } in the spec`})
	}
	var pictures []string
	first := "" // address of a step with notes about photographs
	for _, d := range plan.Decisions {
		if d.Record == nil {
			continue
		}
		if d.Node.Kind == picture.Pictures {
			notes := p.NotesOf(*d.Record)
			if pictures = append(pictures, notes...); len(notes) > 0 && first == "" {
				first = d.Node.Address
			}
			continue
		}
		for _, text := range p.NotesOf(*d.Record) {
			text = footageOf(d.Node) + text
			if !slices.ContainsFunc(list, func(n Note) bool { return n.Text == text }) {
				list = append(list, Note{Address: d.Node.Address, Text: text})
			}
		}
	}
	for _, text := range picture.SumNotes(pictures) {
		list = append(list, Note{Address: first, Text: text})
	}
	return list
}

// NotesOf returns a record's notes. Notes whose bytes are gone are no reason to fail: the report
// has them too.
func (p *Project) NotesOf(r store.Record) []string {
	out, ok := r.Outputs[video.NotesFile]
	if !ok {
		return nil
	}
	data, err := p.Store.Read(out, maxNotes)
	if err != nil {
		return nil
	}
	return parseNotes(data)
}

// parseNotes returns the notes in a step's output, or none where it has no such form.
func parseNotes(data []byte) (list []string) {
	if json.Unmarshal(data, &list) != nil {
		return nil
	}
	return list
}

// footageOf returns the file that a probe's notes are about. Other kinds name it in their notes.
func footageOf(n *engine.Node) string {
	if n.Kind == video.Probe {
		for _, in := range n.Inputs {
			return in.File + ": "
		}
	}
	return ""
}

// maxProbe bounds what is read of a probe, in bytes. The frames of a whole day take less.
const maxProbe = 64 << 20

// ReadingOf returns how a step reads a video, or nil where the record does not say, or its bytes
// are gone.
func (p *Project) ReadingOf(r store.Record) *video.Reading {
	var probed struct{ Reading *video.Reading }
	if out, ok := r.Outputs["probe.json"]; ok && p.readJSON(out, &probed) &&
		probed.Reading != nil && probed.Reading.Check() == nil {
		return probed.Reading
	}
	var reading video.Reading
	if out, ok := r.Outputs["reading.json"]; ok && p.readJSON(out, &reading) &&
		reading.Check() == nil {
		return &reading
	}
	return nil
}

// readJSON reads an object, and reports whether that worked.
func (p *Project) readJSON(out store.Output, v any) bool {
	data, err := p.Store.Read(out, maxProbe)
	return err == nil && json.Unmarshal(data, v) == nil
}
