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

// Sets are the two parts of a dataset, and the names of their folders.
var sets = []string{"train", "validation"}

const (
	classesName = "classes.json"
	maxImage    = 64 << 20 // bytes
	maxJSON     = 16 << 20 // bytes of a dataset's or model's description
)

// Classes is classes.json of an exported dataset.
type Classes struct {
	Study      string  `json:"study"`
	Resolution string  `json:"resolution"`
	Key        string  `json:"key"`     // of the step that made the dataset
	Classes    []Class `json:"classes"` // in class order
}

// A Class is a label of an exported dataset.
type Class struct {
	Index      int    `json:"index"` // that the models use, from 0
	Label      string `json:"label"`
	Folder     string `json:"folder"` // of its images, in train and in validation
	Train      int    `json:"train"`  // images
	Validation int    `json:"validation"`
}

// A Dataset is one that is to be exported: the record of a dataset step, in either of its forms.
type Dataset struct {
	Study, Resolution, Address string
	Record                     store.Record
	Progress                   func(done, of int) // images; may be nil
}

// Write puts a dataset's images into dir by set and label, train/LABEL/000012.jpg, and writes classes.json. The number is
// the image's place among its label's, as selected: one moment has the same number at every resolution. What is in dir must
// be an earlier export's.
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
	f.done = func(files int, _ int64) {
		if of := total(summary); d.Progress != nil && files <= of {
			d.Progress(files, of)
		}
	}
	var result Result
	for _, set := range sets {
		files, bytes := len(f.order), f.bytes
		if err := d.set(ctx, st, f, set, classes.Classes); err != nil {
			return Result{}, fmt.Errorf("the %s set: %w", set, err)
		}
		result.Made = append(result.Made, Made{Name: set, Address: d.Address, At: f.path(set), Files: len(f.order) - files, Bytes: f.bytes - bytes})
	}
	if err := f.write(classesName, func(w io.Writer) error { return writeJSON(w, classes) }); err != nil {
		return Result{}, err
	}
	result.Changed, err = f.commit()
	return result, err
}

func (d *Dataset) summary(st *store.Store) (frames.Summary, error) {
	var s frames.Summary
	data, err := st.Read(d.Record.Outputs["dataset.json"], maxJSON)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err == nil && (len(s.Train) != len(s.Classes) || len(s.Validation) != len(s.Classes)) {
		err = errors.New("it counts other classes than it has")
	}
	if err != nil {
		return s, fmt.Errorf("read dataset.json: %w", err)
	}
	return s, nil
}

func total(s frames.Summary) (n int) {
	for i := range s.Classes {
		n += s.Train[i] + s.Validation[i]
	}
	return n
}

func (d *Dataset) classes(s frames.Summary) Classes {
	out := Classes{d.Study, d.Resolution, d.Record.Key().String(), []Class{}}
	for i, folder := range safeNames(s.Classes) {
		out.Classes = append(out.Classes, Class{i, s.Classes[i], folder, s.Train[i], s.Validation[i]})
	}
	return out
}

// set writes one set's images. The .lst names them in both forms of a dataset, in the order of the .rec.
func (d *Dataset) set(ctx context.Context, st *store.Store, f *folder, set string, classes []Class) error {
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
		class, name := list.Listed(i)
		if class >= len(classes) {
			return fmt.Errorf("%s is of class %d, and there are %d", name, class, len(classes))
		}
		image, err := read(i)
		if err != nil {
			return err
		}
		to := path.Join(set, classes[class].Folder, path.Base(name))
		if err := f.write(to, func(w io.Writer) error { _, err := w.Write(image); return err }); err != nil {
			return err
		}
	}
	return nil
}

// images gives what reads a set's images by their places in its list.
func (d *Dataset) images(st *store.Store, set string, list *frames.Images) (read func(i int) ([]byte, error), end func(), err error) {
	rec, ok := d.Record.Outputs[set+".rec"]
	if !ok {
		return func(i int) ([]byte, error) {
			_, name := list.Listed(i)
			out, ok := d.Record.Outputs[set+"/"+name]
			if !ok {
				return nil, fmt.Errorf("there is no %s", name)
			}
			return st.Read(out, maxImage)
		}, func() {}, nil
	}
	if err := st.Check(rec); err != nil {
		return nil, nil, err
	}
	records, err := frames.OpenRecords(st.Path(rec.Digest))
	if err != nil {
		return nil, nil, err
	}
	if records.Len() != list.Len() {
		return nil, nil, errors.Join(fmt.Errorf("%d images, and the list has %d", records.Len(), list.Len()), records.Close())
	}
	return func(i int) ([]byte, error) {
		class, image, err := records.Read(i)
		if listed, name := list.Listed(i); err == nil && class != listed {
			err = fmt.Errorf("%s is of class %d, and the list has %d", name, class, listed)
		}
		return image, err
	}, func() { records.Close() }, nil
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
