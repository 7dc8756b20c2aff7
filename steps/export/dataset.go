package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

	"snellen/engine/store"
	"snellen/steps/frames"
)

// sets are the two parts of a dataset, and the names of their folders.
var sets = []string{"train", "validation"}

const (
	classesName = "classes.json"
	maxImage    = 64 << 20 // bytes
	maxJSON     = 16 << 20 // bytes of a dataset's or model's description
)

// Classes is the content of classes.json in an exported dataset.
type Classes struct {
	Study      string  `json:"study"`
	Resolution string  `json:"resolution"`
	Key        string  `json:"key"`     // of the dataset step
	Classes    []Class `json:"classes"` // in class order
}

// A Class is a label of an exported dataset.
type Class struct {
	Index      int    `json:"index"` // in the models' output, from 0
	Label      string `json:"label"`
	Folder     string `json:"folder"` // of its images, below train and below validation
	Train      int    `json:"train"`  // images
	Validation int    `json:"validation"`
}

// A Dataset is the result of a dataset step, in either of its two forms: packed or image by image.
type Dataset struct {
	Study, Resolution, Address string
	Record                     store.Record
	Progress                   func(done, of int) // counts images; may be nil
}

// Write writes a dataset's images to dir by set and label, as train/LABEL/000012.jpg, and
// classes.json. The number is the image's place in the selection of its label: one moment has the
// same number at every resolution. dir must be new, empty, or the folder of an earlier export.
func (d *Dataset) Write(ctx context.Context, st *store.Store, dir string) (Result, error) {
	summary, err := d.summary(st)
	if err != nil {
		return Result{}, err
	}
	f, err := openFolder(dir, "dataset", true)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	classes := d.classes(summary)
	of := total(summary)
	f.done = func(files int) {
		if d.Progress != nil && files <= of { // classes.json, the last file, is no image
			d.Progress(files, of)
		}
	}
	var result Result
	for _, set := range sets {
		files, bytes := len(f.order), f.bytes
		if err := d.set(ctx, st, f, set, classes.Classes); err != nil {
			return Result{}, fmt.Errorf("the %s set: %w", set, err)
		}
		result.Items = append(result.Items, Item{
			Name: set, Address: d.Address, At: f.path(set), Files: len(f.order) - files,
			Bytes: f.bytes - bytes,
		})
	}
	write := func(w io.Writer) error { return writeJSON(w, classes) }
	if err := f.write(classesName, write); err != nil {
		return Result{}, err
	}
	result.Changed, err = f.commit()
	return result, err
}

// summary reads dataset.json, in which each class has its counts.
func (d *Dataset) summary(st *store.Store) (frames.Summary, error) {
	var s frames.Summary
	data, err := st.Read(d.Record.Outputs["dataset.json"], maxJSON)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	n := len(s.Classes)
	if err == nil && (len(s.Train) != n || len(s.Validation) != n) {
		err = fmt.Errorf("it has %d classes, and counts of %d and %d", n, len(s.Train),
			len(s.Validation))
	}
	if err != nil {
		return s, fmt.Errorf("read dataset.json: %w", err)
	}
	return s, nil
}

// total returns the number of images of both sets.
func total(s frames.Summary) (n int) {
	for i := range s.Classes {
		n += s.Train[i] + s.Validation[i]
	}
	return n
}

// classes returns the content of classes.json.
func (d *Dataset) classes(s frames.Summary) Classes {
	out := Classes{d.Study, d.Resolution, d.Record.Key().String(), []Class{}}
	for i, folder := range safeNames(s.Classes) {
		class := Class{i, s.Classes[i], folder, s.Train[i], s.Validation[i]}
		out.Classes = append(out.Classes, class)
	}
	return out
}

// set writes one set's images. The .lst file lists them in both forms of a dataset, in the order of
// the .rec file.
func (d *Dataset) set(ctx context.Context, st *store.Store, f *folder, set string,
	classes []Class) error {
	lst := d.Record.Outputs[set+".lst"]
	if err := st.Check(lst); err != nil {
		return err
	}
	list, err := frames.OpenImages("", st.Path(lst.Digest))
	if err != nil {
		return err
	}
	read, end, err := d.images(st, set, list)
	if err != nil {
		return err
	}
	defer end()
	for i := range list.Len() {
		if err := ctx.Err(); err != nil {
			return err
		}
		class, name := list.Entry(i)
		if class >= len(classes) {
			return fmt.Errorf("%s has class %d, and the dataset has %d classes", name, class,
				len(classes))
		}
		image, err := read(i)
		if err != nil {
			return err
		}
		to := path.Join(set, classes[class].Folder, path.Base(name))
		if err := f.writeBytes(to, image); err != nil {
			return err
		}
	}
	return nil
}

// An imageReader returns image i of a set's list.
type imageReader func(i int) ([]byte, error)

// images returns a reader of a set's images, in either form of the dataset. The caller calls end
// when it has read them.
func (d *Dataset) images(st *store.Store, set string,
	list *frames.Images) (read imageReader, end func(), err error) {
	if rec, ok := d.Record.Outputs[set+".rec"]; ok {
		return packedImages(st, rec, list)
	}
	return func(i int) ([]byte, error) {
		_, name := list.Entry(i)
		out, ok := d.Record.Outputs[set+"/"+name]
		if !ok {
			return nil, fmt.Errorf("the dataset has no output %s/%s", set, name)
		}
		return st.Read(out, maxImage)
	}, func() {}, nil
}

// packedImages returns a reader of the images in rec, whose number and classes must be the list's.
func packedImages(st *store.Store, rec store.Output,
	list *frames.Images) (read imageReader, end func(), err error) {
	if err := st.Check(rec); err != nil {
		return nil, nil, err
	}
	records, err := frames.OpenRecords(st.Path(rec.Digest))
	if err != nil {
		return nil, nil, err
	}
	if records.Len() != list.Len() {
		err := fmt.Errorf("it has %d images, and its list has %d", records.Len(), list.Len())
		return nil, nil, errors.Join(err, records.Close())
	}
	return func(i int) ([]byte, error) {
		class, image, err := records.Read(i)
		if listed, name := list.Entry(i); err == nil && class != listed {
			err = fmt.Errorf("%s has class %d, and the list has class %d", name, class, listed)
		}
		return image, err
	}, func() { records.Close() }, nil
}

// writeJSON writes a value as indented JSON, without escapes for HTML.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
