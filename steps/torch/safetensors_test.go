package torch

import (
	"bytes"
	"encoding/binary"
	"fmt"
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
		"type":     header(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, 4),
		"place":    header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 4),
		"negative": header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, 4),
		"shape": header(`{"a":{"dtype":"F32","shape":[2147483647,2147483647,4],`+
			`"data_offsets":[0,4]}}`, 4),
		"hole":   header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 8),
		"length": binary.LittleEndian.AppendUint64(nil, 1<<63),
		"text":   []byte("this is not a model"),
	} {
		if _, err := Read(data); err == nil {
			t.Errorf("%s: no error", name)
		}
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
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := Read(data)
		if err != nil {
			return
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
