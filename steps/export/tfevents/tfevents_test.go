package tfevents

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The file was written with TensorBoard's own record writer and messages, version 2.21. Ours must
// have the same bytes.
func TestAsTensorBoardWrites(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "tensorboard.tfevents"))
	if err != nil {
		t.Fatal(err)
	}
	begin := time.UnixMicro(1577836800_500000)
	var got bytes.Buffer
	w := NewWriter(&got, begin)
	w.Scalar(begin.Add(750*time.Millisecond), 3, "accuracy/validation", 0.8125)
	w.Text(begin.Add(750*time.Millisecond), "about", "# Größe")
	w.Hparams(begin, "320x240", []Hparam{{"a_word", "sgd"}, {"c_flag", true}, {"b_rate", 0.001}})
	w.End(begin.Add(1500 * time.Millisecond))
	if w.Err() != nil {
		t.Fatal(w.Err())
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got  %x\nwant %x", got.Bytes(), want)
	}
}

func TestFirstErrorIsKept(t *testing.T) {
	full, err := os.Open(os.DevNull) // not to be written to
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	w := NewWriter(full, time.Unix(0, 0))
	first := w.Err()
	w.Scalar(time.Unix(0, 0), 1, "loss", 1)
	if first == nil || w.Err() != first {
		t.Errorf("%v, then %v", first, w.Err())
	}
}
