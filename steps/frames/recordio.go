package frames

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// MXNet's RecordIO: records one after the other, little endian, each
//
//	uint32 magic
//	uint32 flag<<29 | length     flag 0: whole, 1: first, 2: middle, 3: last part
//	byte   data[length]
//	       zeros up to a multiple of 4
//
// Data that holds the magic at a multiple of 4 is split there into parts, and the magic left out. A record of an image is
// a header of 24 bytes (uint32 flag 0, float32 label, uint64 id, uint64 0) and the JPEG.
const (
	magic     = 0xced7230a
	maxRecord = 1<<29 - 1
	header    = 24
)

const (
	whole = iota
	first
	middle
	last
)

var mark = binary.LittleEndian.AppendUint32(nil, magic)

// A Writer writes images as RecordIO.
type Writer struct {
	w *bufio.Writer
	n uint64
}

// NewWriter gives a Writer to w. Flush must be called at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriterSize(w, 1<<18)} }

// Write adds an image of a class; its id is how many were written before it.
func (w *Writer) Write(class int, image []byte) error {
	if len(image) > maxRecord-header {
		return fmt.Errorf("an image of %d bytes is too large for RecordIO", len(image))
	}
	data := make([]byte, header, header+len(image))
	binary.LittleEndian.PutUint32(data[4:], math.Float32bits(float32(class)))
	binary.LittleEndian.PutUint64(data[8:], w.n)
	w.n++
	return w.record(append(data, image...))
}

func (w *Writer) record(data []byte) error {
	flag := uint32(whole)
	for {
		at := marked(data)
		if at < 0 {
			break
		}
		if flag == whole {
			flag = first
		} else {
			flag = middle
		}
		if err := w.part(flag, data[:at]); err != nil {
			return err
		}
		data = data[at+4:]
	}
	if flag != whole {
		flag = last
	}
	return w.part(flag, data)
}

// marked is where the magic is at a multiple of 4, or -1.
func marked(data []byte) int {
	for from := 0; ; {
		i := bytes.Index(data[from:], mark)
		if i < 0 {
			return -1
		}
		if (from+i)%4 == 0 {
			return from + i
		}
		from += i + 1
	}
}

func (w *Writer) part(flag uint32, data []byte) error {
	head := binary.LittleEndian.AppendUint32(bytes.Clone(mark), flag<<29|uint32(len(data)))
	w.w.Write(head)
	w.w.Write(data)
	_, err := w.w.Write(make([]byte, -len(data)&3)) // a bufio.Writer keeps its first error
	return err
}

// Flush writes what is still held back.
func (w *Writer) Flush() error { return w.w.Flush() }

// Records are the images of a RecordIO file. Read may be called from any goroutine.
type Records struct {
	name  string
	file  io.ReaderAt
	close func() error
	spans []span
}

// A span is where one record's parts are.
type span struct{ from, to int64 }

// OpenRecords opens a RecordIO file and checks its frame: every record must be there whole.
func OpenRecords(path string) (*Records, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil {
		var r *Records
		if r, err = scan(path, f, fi.Size()); err == nil {
			r.close = f.Close
			return r, nil
		}
	}
	f.Close()
	return nil, err
}

// scan finds the records.
func scan(name string, file io.ReaderAt, size int64) (*Records, error) {
	r := &Records{name: name, file: file}
	from := int64(-1) // where the record began whose parts are being read
	buffered := bufio.NewReaderSize(io.NewSectionReader(file, 0, size), 1<<16)
	for at := int64(0); at < size; {
		flag, length, err := partHead(buffered)
		next := at + 8 + (length+3)&^3
		switch {
		case err != nil:
		case next > size:
			err = errors.New("it is cut off")
		case (flag == whole || flag == first) != (from < 0):
			err = errors.New("the parts of a record are out of order")
		}
		if err == nil {
			_, err = buffered.Discard(int(next - at - 8))
		}
		if err != nil {
			return nil, fmt.Errorf("%s, record %d at byte %d: %w", name, len(r.spans), at, err)
		}
		if flag == whole || flag == first {
			from = at
		}
		if flag == whole || flag == last {
			r.spans = append(r.spans, span{from, next})
			from = -1
		}
		at = next
	}
	if from >= 0 {
		return nil, fmt.Errorf("%s, record %d: its last part is missing", name, len(r.spans))
	}
	return r, nil
}

func partHead(r io.Reader) (flag uint32, length int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, 0, errors.New("it is cut off")
	}
	if binary.LittleEndian.Uint32(head[:]) != magic {
		return 0, 0, errors.New("this is no RecordIO")
	}
	word := binary.LittleEndian.Uint32(head[4:])
	if word>>29 > last {
		return 0, 0, fmt.Errorf("a part with the unknown flag %d", word>>29)
	}
	return word >> 29, int64(word & maxRecord), nil
}

// Len is how many images there are.
func (r *Records) Len() int { return len(r.spans) }

// Close closes the file.
func (r *Records) Close() error { return r.close() }

// Read gives the class and the bytes of image i, from 0.
func (r *Records) Read(i int) (class int, image []byte, err error) {
	if class, image, err = r.read(r.spans[i]); err != nil {
		return 0, nil, fmt.Errorf("%s, record %d: %w", r.name, i, err)
	}
	return class, image, nil
}

func (r *Records) read(s span) (class int, image []byte, err error) {
	raw := make([]byte, s.to-s.from)
	if _, err := r.file.ReadAt(raw, s.from); err != nil {
		return 0, nil, err
	}
	data := raw[:0] // parts only ever move forward
	for rest := raw; len(rest) > 0; {
		_, length, err := partHead(bytes.NewReader(rest))
		if err != nil || 8+length > int64(len(rest)) {
			return 0, nil, errors.New("it changed while it was read")
		}
		if len(rest) < len(raw) {
			data = append(data, mark...)
		}
		data = append(data, rest[8:8+length]...)
		rest = rest[min(int(8+(length+3)&^3), len(rest)):]
	}
	return parse(data)
}

// parse reads an image's record.
func parse(data []byte) (class int, image []byte, err error) {
	if len(data) < header {
		return 0, nil, fmt.Errorf("%d bytes are too few for an image", len(data))
	}
	if flag := binary.LittleEndian.Uint32(data); flag != 0 {
		return 0, nil, fmt.Errorf("it has %d labels, and one is wanted", flag)
	}
	label := math.Float32frombits(binary.LittleEndian.Uint32(data[4:]))
	if class = int(label); float32(class) != label || class < 0 || class > 1<<20 {
		return 0, nil, fmt.Errorf("the label %g is no class", label)
	}
	return class, data[header:], nil
}
