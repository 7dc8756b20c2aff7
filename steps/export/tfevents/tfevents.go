// Package tfevents writes the event files that TensorBoard reads. A file is a sequence of
// little-endian TFRecords:
//
//	uint64 length
//	uint32 masked CRC-32C of the length's eight bytes
//	byte   data[length]
//	uint32 masked CRC-32C of data
//
// The data is an Event of TensorFlow's event.proto. The field numbers in this package come from
// event.proto, summary.proto, tensor.proto, and the hparams plugin's plugin_data.proto.
package tfevents

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Name is the name of an event file. TensorBoard reads files whose names contain "tfevents".
const Name = "events.out.tfevents.snellen"

// A Writer writes one run's events. After a failed write it writes nothing more; Err returns that
// first error. A Writer may be used by one goroutine at a time.
type Writer struct {
	w   io.Writer
	err error
}

// NewWriter returns a Writer and writes the first event, the file's version.
func NewWriter(w io.Writer, at time.Time) *Writer {
	e := &Writer{w: w}
	e.event(at, 0, text(nil, 3, "brain.Event:2"))
	return e
}

// Err returns the first error of any write.
func (w *Writer) Err() error { return w.err }

// Scalar writes a figure of a step, in single precision: TensorBoard keeps no more.
func (w *Writer) Scalar(at time.Time, step int64, tag string, value float64) {
	v := text(nil, 1, tag)
	v = protowire.AppendTag(v, 2, protowire.Fixed32Type)
	v = protowire.AppendFixed32(v, math.Float32bits(float32(value)))
	w.value(at, step, v)
}

// Text writes a Markdown text, which TensorBoard shows under its tag.
func (w *Writer) Text(at time.Time, tag, markdown string) {
	const stringType = 7
	shape := message(nil, 2, number(nil, 1, 1))
	tensor := number(nil, 1, stringType)
	tensor = text(message(tensor, 2, shape), 8, markdown)
	v := message(text(nil, 1, tag), 8, tensor)
	w.value(at, 0, message(v, 9, plugin("text", nil)))
}

// An Hparam is a hyperparameter.
type Hparam struct {
	Name  string
	Value any // string, float64 or bool
}

// Hparams writes a run's hyperparameters and the time at which it began. TensorBoard takes the runs
// of one group for replicates of each other.
func (w *Writer) Hparams(at time.Time, group string, all []Hparam) {
	var start []byte
	for _, h := range all {
		start = message(start, 1, message(text(nil, 1, h.Name), 2, valueOf(h.Value)))
	}
	start = seconds(text(start, 4, group), 5, at)
	w.session(at, "_hparams_/session_start_info", message(nil, 3, start))
}

// End writes that the run ended successfully.
func (w *Writer) End(at time.Time) {
	const success = 1
	w.session(at, "_hparams_/session_end_info",
		message(nil, 4, seconds(number(nil, 1, success), 2, at)))
}

// valueOf returns the encoding of a google.protobuf.Value.
func valueOf(value any) []byte {
	switch v := value.(type) {
	case float64:
		return double(nil, 2, v)
	case bool:
		return number(nil, 4, protowire.EncodeBool(v))
	case string:
		return text(nil, 3, v)
	}
	panic("BUG: an hparam that is not a string, float64 or bool")
}

// session writes an event for the hparams plugin. The plugin reads the metadata alone, so the
// tensor is empty.
func (w *Writer) session(at time.Time, tag string, content []byte) {
	const floatType = 1
	empty := message(number(nil, 1, floatType), 2, message(nil, 2, nil))
	v := message(text(nil, 1, tag), 8, empty)
	w.value(at, 0, message(v, 9, plugin("hparams", content)))
}

// plugin returns the metadata of a value that the named plugin shows.
func plugin(name string, content []byte) []byte {
	data := text(nil, 1, name)
	if len(content) > 0 {
		data = message(data, 2, content)
	}
	return message(nil, 1, data)
}

// value writes an Event whose payload is a Summary with one value.
func (w *Writer) value(at time.Time, step int64, value []byte) {
	w.event(at, step, message(nil, 5, message(nil, 1, value)))
}

// event writes an Event with the given encoded payload field.
func (w *Writer) event(at time.Time, step int64, payload []byte) {
	e := seconds(nil, 1, at)
	if step != 0 {
		e = number(e, 2, uint64(step))
	}
	w.record(append(e, payload...))
}

// maskedCRC returns TFRecord's checksum of data. The mask keeps a checksum of data that itself
// holds checksums from being a weak one. MakeTable builds its table at the first use, so that a
// command that exports nothing does not pay for it.
func maskedCRC(data []byte) uint32 {
	sum := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	return (sum>>15 | sum<<17) + 0xa282ead8
}

// record writes one TFRecord.
func (w *Writer) record(data []byte) {
	if w.err != nil {
		return
	}
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	out = binary.LittleEndian.AppendUint32(out, maskedCRC(out))
	out = append(out, data...)
	_, w.err = w.w.Write(binary.LittleEndian.AppendUint32(out, maskedCRC(data)))
}

// The functions below append one protobuf field to b and return the result.

func text(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

func number(b []byte, field protowire.Number, n uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), n)
}

func double(b []byte, field protowire.Number, x float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type),
		math.Float64bits(x))
}

func seconds(b []byte, field protowire.Number, at time.Time) []byte {
	return double(b, field, float64(at.UnixMicro())/1e6)
}
