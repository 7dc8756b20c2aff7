package export

import (
	"bytes"
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

	done, of int // images
}

// A WriteDataset writes a dataset to a folder.
type WriteDataset func(*Dataset, context.Context, *store.Store, string) (Result, error)

// DatasetForm returns the method that writes a dataset in a form: folders or recordio.
func DatasetForm(name string) (WriteDataset, error) {
	switch name {
	case "folders":
		return (*Dataset).Write, nil
	case "recordio":
		return (*Dataset).WriteRecords, nil
	}
	return nil, fmt.Errorf("-format is folders or recordio, not %q", name)
}

// Write writes a dataset's images to dir by set and label, as train/LABEL/000012.jpg, and
// classes.json. The number is the image's place in the selection of its label: one moment has the
// same number at every resolution. dir must be new, empty, or the folder of an earlier export.
func (d *Dataset) Write(ctx context.Context, st *store.Store, dir string) (Result, error) {
	return d.write(st, dir, "", func(f *folder, set string, classes []Class) error {
		return d.each(ctx, st, set, classes, func(i imageOf) error {
			return f.writeBytes(path.Join(set, classes[i.class].Folder, path.Base(i.name)), i.data)
		})
	})
}

// Images returns how many images the last Write or WriteRecords wrote.
func (d *Dataset) Images() int { return d.done }

// WriteRecords writes a dataset to dir as MXNet's tools and the built-in algorithm of SageMaker
// read it: train.rec and validation.rec, which are RecordIO, with a list of the images and an index
// of the records beside each, and classes.json. dir is as for Write.
func (d *Dataset) WriteRecords(ctx context.Context, st *store.Store, dir string) (Result, error) {
	return d.write(st, dir, records, func(f *folder, set string, classes []Class) error {
		var list, index bytes.Buffer
		pack := func(w io.Writer) error {
			packed, n := frames.NewWriter(w), 0
			err := d.each(ctx, st, set, classes, func(i imageOf) error {
				fmt.Fprintf(&list, "%d\t%d\t%s\n", n, i.class, i.name)
				fmt.Fprintf(&index, "%d\t%d\n", n, packed.Offset())
				n++
				return packed.Write(i.class, i.data)
			})
			return errors.Join(err, packed.Flush())
		}
		if err := f.write(set+records, pack); err != nil {
			return err
		}
		return errors.Join(f.writeBytes(set+".lst", list.Bytes()),
			f.writeBytes(set+".idx", index.Bytes()))
	})
}

// records is the suffix of a RecordIO file.
const records = ".rec"

// write writes each set by fill, at its name with that suffix, and classes.json.
func (d *Dataset) write(st *store.Store, dir, suffix string,
	fill func(f *folder, set string, classes []Class) error) (Result, error) {
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
	d.done, d.of = 0, total(summary)
	var result Result
	for _, set := range sets {
		files, bytes := len(f.order), f.bytes
		if err := fill(f, set, classes.Classes); err != nil {
			return Result{}, fmt.Errorf("the %s set: %w", set, err)
		}
		result.Items = append(result.Items, Item{
			Name: set, Address: d.Address, At: f.path(set + suffix), Files: len(f.order) - files,
			Bytes: f.bytes - bytes,
		})
	}
	describe := func(w io.Writer) error { return writeJSON(w, classes) }
	if err := f.write(classesName, describe); err != nil {
		return Result{}, err
	}
	result.Changed, err = f.commit()
	return result, err
}

// summary reads dataset.json, in which each class has its counts.
func (d *Dataset) summary(st *store.Store) (frames.Summary, error) {
	data, err := st.Read(d.Record.Outputs["dataset.json"], maxJSON)
	if err != nil {
		return frames.Summary{}, fmt.Errorf("read dataset.json: %w", err)
	}
	s, err := parseSummary(data)
	if err != nil {
		return s, fmt.Errorf("read dataset.json: %w", err)
	}
	return s, nil
}

func parseSummary(data []byte) (s frames.Summary, err error) {
	if err := json.Unmarshal(data, &s); err != nil {
		return s, err
	}
	if n := len(s.Classes); len(s.Train) != n || len(s.Validation) != n {
		return s, fmt.Errorf("it has %d classes, and counts of %d and %d", n, len(s.Train),
			len(s.Validation))
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

// An imageOf is an image of a set: its class, its name in the list, and its bytes.
type imageOf struct {
	class int
	name  string
	data  []byte
}

// each calls do with every image of a set. The .lst file lists them in both forms of a dataset, in
// the order of the .rec file.
func (d *Dataset) each(ctx context.Context, st *store.Store, set string, classes []Class,
	do func(imageOf) error) error {
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
		if err := do(imageOf{class, name, image}); err != nil {
			return err
		}
		if d.done++; d.Progress != nil {
			d.Progress(d.done, d.of)
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
	if rec, ok := d.Record.Outputs[set+records]; ok {
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
	packed, err := frames.OpenRecords(st.Path(rec.Digest))
	if err != nil {
		return nil, nil, err
	}
	if packed.Len() != list.Len() {
		err := fmt.Errorf("it has %d images, and its list has %d", packed.Len(), list.Len())
		return nil, nil, errors.Join(err, packed.Close())
	}
	return func(i int) ([]byte, error) {
		class, image, err := packed.Read(i)
		if listed, name := list.Entry(i); err == nil && class != listed {
			err = fmt.Errorf("%s has class %d, and the list has class %d", name, class, listed)
		}
		return image, err
	}, func() { packed.Close() }, nil
}

// writeJSON writes a value as indented JSON, without escapes for HTML.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
