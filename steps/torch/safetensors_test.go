package torch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// header returns a safetensors file with that header and so many bytes of zeros.
func header(text string, numbers int) []byte {
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return append(append(data, text...), make([]byte, numbers)...)
}

func TestSafetensors(t *testing.T) {
	all := []Tensor{
		{"b", []int{2, 2}, []float32{1, 2, 3, 4}},
		{"a", []int{1}, []float32{5}},
		{"empty", []int{0, 3}, []float32{}},
	}
	var one, other bytes.Buffer
	if err := Write(&one, all); err != nil {
		t.Fatal(err)
	}
	if err := Write(&other, []Tensor{all[2], all[1], all[0]}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), other.Bytes()) {
		t.Error("the order of tensors changes the bytes")
	}
	back, err := Read(one.Bytes())
	if err != nil || !reflect.DeepEqual(back, []Tensor{all[1], all[0], all[2]}) {
		t.Errorf("%v, %v", back, err)
	}
	for cut := range one.Len() {
		if _, err := Read(one.Bytes()[:cut]); err == nil {
			t.Errorf("a file cut at %d is read", cut)
		}
	}
}

func TestSafetensorsRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"type":  header(`{"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}`, 4),
		"width": header(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}`, 4),
		"count": header(`{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}`, 8),
		"counts": header(`{"a.num_batches_tracked":{"dtype":"I64","shape":[2],`+
			`"data_offsets":[0,16]}}`, 16),
		"place":    header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 4),
		"negative": header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, 4),
		"shape": header(`{"a":{"dtype":"F32","shape":[2147483647,2147483647,4],`+
			`"data_offsets":[0,4]}}`, 4),
		"hole": header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 8),
		"overlap": header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`+
			`"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 8),
		"length": binary.LittleEndian.AppendUint64(nil, 1<<63),
		"text":   []byte("this is not a model"),
	} {
		_, err := Read(data)
		_, fromHeader := ReadHeader(bytes.NewReader(data), int64(len(data)))
		if err == nil || fromHeader == nil || err.Error() != fromHeader.Error() {
			t.Errorf("%s: %v; from the header alone %v", name, err, fromHeader)
		}
	}
}

// TestSafetensorsTypes reads the file of a model as PyTorch stores it: in half precision, with
// counts of batches.
func TestSafetensorsTypes(t *testing.T) {
	data := header(`{"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},`+
		`"brain":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},`+
		`"half":{"dtype":"F16","shape":[8],"data_offsets":[12,28]}}`, 8)
	for _, bits := range []uint16{
		0x3f80, 0xc049, // 1 and -3.140625
		0x3c00, 0xc248, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x8000, 0xfc00,
	} {
		data = binary.LittleEndian.AppendUint16(data, bits)
	}
	want := []Tensor{
		{"brain", []int{2}, []float32{1, -3.140625}},
		{"half", []int{8}, []float32{1, -3.140625, 65504, 0x1p-14, 0x1p-24, -1023 * 0x1p-24,
			float32(math.Copysign(0, -1)), float32(math.Inf(-1))}},
	}
	got, err := Read(data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v, %v\nwant %v", got, err, want)
	}
	if !math.Signbit(float64(got[1].Data[6])) {
		t.Error("-0 lost its sign")
	}
	if x := half(0x7e00); x == x {
		t.Errorf("not a number became %v", x)
	}
	shapes, err := ReadHeader(bytes.NewReader(data), int64(len(data)))
	for i := range want {
		want[i].Data = nil
	}
	if err != nil || !reflect.DeepEqual(shapes, want) {
		t.Errorf("header: %v, %v", shapes, err)
	}
}

// TestHalfCountsUp: all finite halves in the order of their bits are in order, and a float32 holds
// each exactly.
func TestHalfCountsUp(t *testing.T) {
	before := half(0)
	for bits := uint16(1); bits < 0x7c00; bits++ {
		x := half(bits)
		if x <= before {
			t.Fatalf("%#x is %v, not above %v", bits, x, before)
		}
		fraction, exponent := float64(bits&0x3ff), int(bits>>10)
		want := math.Ldexp(fraction, -24)
		if exponent > 0 {
			want = math.Ldexp(1024+fraction, exponent-25)
		}
		if float64(x) != want || half(bits|0x8000) != -x {
			t.Fatalf("%#x is %v, want %v", bits, x, want)
		}
		before = x
	}
}

// TestReadHeaderReadsNoMore: nothing behind the header is read.
func TestReadHeaderReadsNoMore(t *testing.T) {
	data := header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4)
	r := bytes.NewReader(data)
	all, err := ReadHeader(r, int64(len(data)))
	if err != nil || len(all) != 1 || r.Len() != 4 {
		t.Errorf("%v, %v; %d bytes are left, want 4", all, err, r.Len())
	}
}

// TestSafetensorsOverlap: many tensors of the same numbers are refused before memory is taken for
// all of them.
func TestSafetensorsOverlap(t *testing.T) {
	const count = 1 << 18
	var entries strings.Builder
	for i := range 200 {
		fmt.Fprintf(&entries, `,"t%d":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}`, i, count, 4*count)
	}
	text := "{" + entries.String()[1:] + "}"
	data := header(text, 4*count)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(data)
	runtime.ReadMemStats(&after)
	if err == nil || after.TotalAlloc-before.TotalAlloc > 16<<20 {
		t.Errorf("%v; %d MiB were allocated for a file of 1", err, (after.TotalAlloc-before.TotalAlloc)>>20)
	}
}

func FuzzSafetensors(f *testing.F) {
	f.Add(header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4))
	f.Add(header(`{"a":{"dtype":"BF16","shape":[1,0],"data_offsets":[0,0]},`+
		`"b":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},`+
		`"c.num_batches_tracked":{"dtype":"I64","data_offsets":[4,12]}}`, 12))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := Read(data)
		if err != nil {
			return
		}
		shapes, err := ReadHeader(bytes.NewReader(data), int64(len(data)))
		if err != nil || len(shapes) != len(all) {
			t.Errorf("the header alone: %v, %v", shapes, err)
		}
		held := 0
		for _, one := range all {
			held += len(one.Data)
		}
		if 2*held > len(data) {
			t.Errorf("%d numbers of %d bytes", held, len(data))
		}
		var again bytes.Buffer
		if err := Write(&again, all); err != nil {
			t.Fatal(err)
		}
		back, err := Read(again.Bytes())
		if err != nil || len(back) != len(all) {
			t.Errorf("%v, %v", back, err)
		}
	})
}
