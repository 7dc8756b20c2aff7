//go:build native

package picture

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// An output is what one job makes of the pictures: a description, or the JPEGs of one size.
type output struct {
	index  int // of the job
	job    *step.Job
	params Params
	notes  notes

	set video.PictureSet // the description

	file     *os.File // of the JPEGs; nil for a description
	records  *frames.Writer
	frame    *vision.Frame // the last picture
	tooSmall unreadable
	err      error // of the first picture that could not be written
}

// newOutput reads a job's parameters, and creates its file.
func newOutput(job *step.Job) (*output, error) {
	o := &output{job: job}
	if err := json.Unmarshal(job.Params, &o.params); err != nil {
		return nil, err
	}
	if err := o.params.check(); err != nil || o.params.Quality == 0 {
		return o, err
	}
	var err error
	if o.file, err = os.Create(filepath.Join(job.Out, "pictures.rec")); err != nil {
		return nil, err
	}
	o.records = frames.NewWriter(o.file)
	return o, nil
}

// check refuses parameters that would make other pictures than asked for.
func (p Params) check() error {
	switch {
	case p.Quality < 0 || p.Quality > 100,
		min(p.Width, p.Height) < 0 || max(p.Width, p.Height) > MaxSide,
		(p.Width == 0) != (p.Height == 0):
		return fmt.Errorf("%+v is not a size and a quality", p)
	}
	return nil
}

// add adds the picture of a path.
func (o *output) add(path string, p decoded) {
	switch {
	case o.err != nil:
	case o.file == nil:
		o.err = o.describe(path, p)
	default:
		o.err = o.scale(path, p)
	}
}

// describe adds a picture's description.
func (o *output) describe(path string, p decoded) error {
	var small [video.HashWidth * video.HashHeight]byte
	err := p.still.Picture(video.HashWidth, video.HashHeight, video.HashScaler, "squeeze", "gray",
		small[:])
	w, h := p.header.Shown()
	if frame := o.params.Frame; frame != nil && err == nil {
		err = o.checkStill(path, w, h)
	}
	o.set.Pictures = append(o.set.Pictures, video.PictureInfo{
		Width: w, Height: h, Digest: p.digest,
		Hash: video.DifferenceHash(small), Reading: p.still.Reading()})
	for _, note := range p.still.Notes() {
		o.notes.count("have a note: " + note)
	}
	return err
}

// checkStill refuses a still that the camera's areas do not fit, or of another size than the first.
func (o *output) checkStill(path string, width, height int) error {
	if len(o.set.Pictures) > 0 {
		first := o.set.Pictures[0]
		if first.Width != width || first.Height != height {
			return step.WithHint(fmt.Errorf("%s is %dx%d, and the first still is %dx%d",
				ShownPath(path), width, height, first.Width, first.Height),
				"areas need stills of one size: leave the others out")
		}
	}
	still := video.ProbeResult{Width: width, Height: height}
	if err := still.CheckFrame(*o.params.Frame); err != nil {
		return step.WithHint(fmt.Errorf("%s: %w", ShownPath(path), err), step.Hint(err))
	}
	return nil
}

// scale adds a picture as a JPEG.
func (o *output) scale(path string, p decoded) error {
	shownW, shownH := p.header.Shown()
	width, height := o.params.Width, o.params.Height
	if width == 0 {
		width, height = within(shownW, shownH, o.params.Within)
	}
	if w, h := video.ScaledSize(o.params.Fit, shownW, shownH, width, height); w > shownW+1 ||
		h > shownH+1 { // one more is a side that was rounded to an even number
		o.tooSmall.add(path, fmt.Errorf("it is %dx%d", shownW, shownH))
	}
	if o.tooSmall.n > 0 {
		return nil
	}
	if video.Squeezed(o.params.Fit, shownW, shownH, width, height) {
		o.notes.count(fmt.Sprintf("have another shape than %dx%d, and are squeezed to it; to "+
			"keep their shape write transcode { fit = \"pad\" }, or \"crop\"", width, height))
	}
	return o.write(p, width, height)
}

// within returns the size of a picture of width and height pixels whose sides are at most side, if
// that is not 0.
func within(width, height, side int) (int, int) {
	long := max(width, height)
	if side == 0 || long <= side {
		return width, height
	}
	return max(width*side/long, 1), max(height*side/long, 1)
}

// write adds a picture as a JPEG of width and height pixels.
func (o *output) write(p decoded, width, height int) error {
	if o.frame != nil {
		if w, h := o.frame.Size(); w != width || h != height {
			o.frame.Close()
			o.frame = nil
		}
	}
	if o.frame == nil {
		o.frame = vision.NewFrame(width, height)
	}
	err := p.still.Picture(width, height, cmp.Or(o.params.Filter, "bicubic"), o.params.Fit, "bgr24",
		o.frame.Pixels())
	if err != nil {
		return err
	}
	data, err := o.frame.JPEG(o.params.Quality)
	if err != nil {
		return err
	}
	return o.records.Write(0, data)
}

// finish completes the job, whose pictures could be read if err is nil, and frees what it holds.
func (o *output) finish(err error) error {
	total := len(o.job.Inputs)
	o.frame.Close()
	err = cmp.Or(err, o.err, o.tooSmall.err(fmt.Sprintf(
		"of %d pictures are smaller than the resolution %dx%d", total, o.params.Width,
		o.params.Height), "leave them out, or remove the resolution: upscaling adds no detail"))
	if o.file != nil {
		err = cmp.Or(err, o.records.Flush())
		err = cmp.Or(err, o.file.Close())
	} else if err == nil {
		err = o.writeSet()
	}
	if err != nil {
		return err
	}
	return video.WriteNotes(o.job, o.notes.list(total), "")
}

// writeSet writes the description.
func (o *output) writeSet() error {
	data, err := json.Marshal(o.set)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.job.Out, "pictures.json"), append(data, '\n'), 0o666)
}

// notes counts the pictures that share a note.
type notes map[string]int

func (n *notes) count(note string) {
	if *n == nil {
		*n = notes{}
	}
	(*n)[note]++
}

// list returns the notes about a set of so many pictures, in the order of their texts.
func (n notes) list(total int) (texts []string) {
	for _, note := range slices.Sorted(maps.Keys(n)) {
		texts = append(texts, fmt.Sprintf("%d of %d pictures %s", n[note], total, note))
	}
	return texts
}
