package main

import (
	"encoding/json"
	"slices"

	"snellen/engine"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/video"
)

// A note is what a step found that a person should know of the footage.
type note struct{ address, text string }

// maxNotes bounds what is read of a step's notes, in bytes.
const maxNotes = 1 << 20

// notes are those of a plan's steps that are done, each text once.
func (p *project) notes(plan *engine.Plan) []note {
	var list []note
	for _, d := range plan.Decisions {
		if d.Record == nil {
			continue
		}
		for _, text := range p.notesOf(*d.Record) {
			text = footageOf(d.Node) + text
			if !slices.ContainsFunc(list, func(n note) bool { return n.text == text }) {
				list = append(list, note{d.Node.Address, text})
			}
		}
	}
	return list
}

// notesOf reads a record's notes. Those that are gone are no reason to fail: the report has them
// too.
func (p *project) notesOf(r store.Record) []string {
	out, ok := r.Outputs[video.Notes]
	if !ok {
		return nil
	}
	var list []string
	if data, err := p.store.Read(out, maxNotes); err == nil {
		_ = json.Unmarshal(data, &list)
	}
	return list
}

// footageOf names the file that a probe's notes are about; other kinds' notes name none.
func footageOf(n *engine.Node) string {
	if n.Kind == video.Probe {
		for _, in := range n.Inputs {
			return in.File + ": "
		}
	}
	return ""
}

// tellNotes warns of what is known of the footage.
func (a *app) tellNotes(notes []note) error {
	for _, n := range notes {
		if a.stream == nil {
			a.warn(n.text)
		} else if err := a.stream.Diagnose(n.address, specs.Diagnostic{Warning: true, Message: n.text}); err != nil {
			return err
		}
	}
	return nil
}

// maxProbe bounds what is read of a probe, in bytes: a day's frames have less.
const maxProbe = 64 << 20

// readingOf is how a step says that a video is read; nil where it says nothing of it, or what it said
// is gone.
func (p *project) readingOf(r store.Record) *video.Reading {
	var probed struct{ Reading *video.Reading }
	if out, ok := r.Outputs["probe.json"]; ok && p.readJSON(out, &probed) {
		return probed.Reading
	}
	var reading video.Reading
	if out, ok := r.Outputs["reading.json"]; ok && p.readJSON(out, &reading) {
		return &reading
	}
	return nil
}

// readJSON reads an object, and reports whether that worked.
func (p *project) readJSON(out store.Output, v any) bool {
	data, err := p.store.Read(out, maxProbe)
	return err == nil && json.Unmarshal(data, v) == nil
}
