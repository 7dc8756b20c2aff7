package frames

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"snellen/engine/regular"
)

// MXNet's RecordIO is a sequence of records, in little endian:
//
//	uint32 magic
//	uint32 flag<<29 | length     flag 0: whole, 1: first, 2: middle, 3: last part
//	byte   data[length]
//	       zeros up to a multiple of 4
//
// Where data contains the magic at a multiple of 4, it is split into parts and the magic is left
// out. The record of an image is a header of 24 bytes (uint32 flag 0, float32 label, uint64 id,
// uint64 0) and the JPEG.
const (
	magic     = 0xced7230a
	maxRecord = 1<<29 - 1
	header    = 24
)

// The flags of a part.
const (
	flagWhole = iota
	flagFirst
	flagMiddle
	flagLast
)

// magicBytes is the magic as it is written.
var magicBytes = binary.LittleEndian.AppendUint32(nil, magic)

// A Writer writes images as RecordIO.
type Writer struct {
	w  *bufio.Writer
	n  uint64
	at int64
}

// NewWriter returns a Writer that writes to w. Flush must be called at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriterSize(w, 1<<18)} }

// Offset returns the byte at which the next record begins.
func (w *Writer) Offset() int64 { return w.at }

// Write adds an image of a class. Its id is the number of images written before it.
func (w *Writer) Write(class int, image []byte) error {
	if len(image) > maxRecord-header {
		return fmt.Errorf("an image of %d bytes is too large for RecordIO", len(image))
	}
	data := make([]byte, header, header+len(image))
	binary.LittleEndian.PutUint32(data[4:], math.Float32bits(float32(class)))
	binary.LittleEndian.PutUint64(data[8:], w.n)
	w.n++
	return w.writeRecord(append(data, image...))
}

// writeRecord splits data at the magic and writes the parts.
func (w *Writer) writeRecord(data []byte) error {
	flag := uint32(flagWhole)
	for {
		at := findMagic(data)
		if at < 0 {
			break
		}
		if flag == flagWhole {
			flag = flagFirst
		} else {
			flag = flagMiddle
		}
		if err := w.writePart(flag, data[:at]); err != nil {
			return err
		}
		data = data[at+4:]
	}
	if flag != flagWhole {
		flag = flagLast
	}
	return w.writePart(flag, data)
}

// findMagic returns where the magic is at a multiple of 4, or -1.
func findMagic(data []byte) int {
	for from := 0; ; {
		i := bytes.Index(data[from:], magicBytes)
		if i < 0 {
			return -1
		}
		if (from+i)%4 == 0 {
			return from + i
		}
		from += i + 1
	}
}

// writePart writes a part and pads it to a multiple of 4.
func (w *Writer) writePart(flag uint32, data []byte) error {
	head := binary.LittleEndian.AppendUint32(bytes.Clone(magicBytes), flag<<29|uint32(len(data)))
	padding := make([]byte, -len(data)&3)
	w.at += int64(len(head) + len(data) + len(padding))
	w.w.Write(head)
	w.w.Write(data)
	_, err := w.w.Write(padding) // a bufio.Writer keeps its first error
	return err
}

// Flush writes what is still buffered.
func (w *Writer) Flush() error { return w.w.Flush() }

// Records are the images of a RecordIO file. Read may be called from any goroutine.
type Records struct {
	name  string
	file  io.ReaderAt
	close func() error
	spans []span
}

// A span is the range of bytes with all parts of a record.
type span struct{ from, to int64 }

// OpenRecords opens a RecordIO file. It reads the headers of all parts and reports an error unless
// every record is complete. The caller must close the Records.
func OpenRecords(path string) (*Records, error) {
	f, err := regular.Open(path)
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
	from := int64(-1) // start of the record whose parts are being read
	buffered := bufio.NewReaderSize(io.NewSectionReader(file, 0, size), 1<<16)
	for at := int64(0); at < size; {
		flag, length, err := readPartHeader(buffered)
		next := at + 8 + (length+3)&^3
		switch {
		case err != nil:
		case next > size:
			err = errors.New("the file is truncated")
		case (flag == flagWhole || flag == flagFirst) != (from < 0):
			err = errors.New("the parts of a record are out of order")
		}
		if err == nil {
			_, err = buffered.Discard(int(next - at - 8))
		}
		if err != nil {
			return nil, fmt.Errorf("%s, record %d at byte %d: %w", name, len(r.spans), at, err)
		}
		if flag == flagWhole || flag == flagFirst {
			from = at
		}
		if flag == flagWhole || flag == flagLast {
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

// readPartHeader reads the eight bytes before a part's data.
func readPartHeader(r io.Reader) (flag uint32, length int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, 0, errors.New("the file is truncated")
	}
	if binary.LittleEndian.Uint32(head[:]) != magic {
		return 0, 0, errors.New("this is not RecordIO")
	}
	word := binary.LittleEndian.Uint32(head[4:])
	if word>>29 > flagLast {
		return 0, 0, fmt.Errorf("a part has the unknown flag %d", word>>29)
	}
	return word >> 29, int64(word & maxRecord), nil
}

// Len returns the number of images.
func (r *Records) Len() int { return len(r.spans) }

// Close closes the file.
func (r *Records) Close() error { return r.close() }

// Read returns the class and the bytes of image i.
func (r *Records) Read(i int) (class int, image []byte, err error) {
	if class, image, err = r.read(r.spans[i]); err != nil {
		return 0, nil, fmt.Errorf("%s, record %d: %w", r.name, i, err)
	}
	return class, image, nil
}

// read joins the parts of a record, with the magic between them.
func (r *Records) read(s span) (class int, image []byte, err error) {
	raw := make([]byte, s.to-s.from)
	if _, err := r.file.ReadAt(raw, s.from); err != nil {
		return 0, nil, err
	}
	data := raw[:0] // in place: parts only move towards the start
	for rest := raw; len(rest) > 0; {
		_, length, err := readPartHeader(bytes.NewReader(rest))
		if err != nil || 8+length > int64(len(rest)) {
			return 0, nil, errors.New("the file changed while it was read")
		}
		if len(rest) < len(raw) {
			data = append(data, magicBytes...)
		}
		data = append(data, rest[8:8+length]...)
		rest = rest[min(int(8+(length+3)&^3), len(rest)):]
	}
	return parse(data)
}

// parse parses the record of an image.
func parse(data []byte) (class int, image []byte, err error) {
	if len(data) < header {
		return 0, nil, fmt.Errorf("%d bytes are too few for an image", len(data))
	}
	if flag := binary.LittleEndian.Uint32(data); flag != 0 {
		return 0, nil, fmt.Errorf("it has %d labels, not one", flag)
	}
	label := math.Float32frombits(binary.LittleEndian.Uint32(data[4:]))
	if class = int(label); float32(class) != label || class < 0 || class > 1<<20 {
		return 0, nil, fmt.Errorf("the label %g is not a class", label)
	}
	return class, data[header:], nil
}
