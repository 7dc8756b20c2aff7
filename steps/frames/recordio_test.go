package frames

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// reading returns the images of a RecordIO file with these bytes.
func reading(t testing.TB, data []byte) (*Records, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.rec")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return OpenRecords(path)
}

func written(t testing.TB, images ...[]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w := NewWriter(&file)
	for i, image := range images {
		if err := w.Write(i, image); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// The bytes are MXNet's: magic, length, header of 24 bytes with label and id, data, zeros.
func TestRecordIOBytes(t *testing.T) {
	got := hex.EncodeToString(written(t, []byte{1}, []byte{2, 3}))
	want := "0a23d7ce" + "19000000" + "00000000" + "00000000" + "0000000000000000" +
		"0000000000000000" + "01" + "000000" +
		"0a23d7ce" + "1a000000" + "00000000" + "0000803f" + "0100000000000000" +
		"0000000000000000" + "0203" + "0000"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Data that holds the magic is split there, at multiples of 4 alone, and comes back whole.
func TestRecordIOSplitsAtTheMagic(t *testing.T) {
	m := binary.LittleEndian.AppendUint32(nil, magic)
	for name, image := range map[string][]byte{
		"alone": m, "first": append(bytes.Clone(m), 1, 2, 3),
		"last":      append([]byte{1, 2, 3, 4}, m...),
		"unaligned": append([]byte{1}, m...), "twice": append(bytes.Clone(m), m...),
		"apart": bytes.Join([][]byte{m, m, m}, []byte("abcd")),
	} {
		data := written(t, image, []byte("next"))
		r, err := reading(t, data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, want := range [][]byte{image, []byte("next")} {
			class, got, err := r.Read(i)
			if err != nil || class != i || !bytes.Equal(got, want) {
				t.Errorf("%s: record %d is class %d, % x, %v", name, i, class, got, err)
			}
		}
		r.Close()
	}
}

func TestRecordIODamage(t *testing.T) {
	whole := written(t, []byte("one"), []byte("another"))
	for cut := 1; cut < len(whole); cut++ {
		if r, err := reading(t, whole[:cut]); err == nil {
			if r.Len() == 2 || cut != 8+24+4 {
				t.Errorf("cut at %d, it has %d records", cut, r.Len())
			}
			r.Close()
		}
	}
	text := []byte("this is a text and no RecordIO at all")
	if _, err := reading(t, text); err == nil {
		t.Error("a text is taken for RecordIO")
	}
	labels := bytes.Clone(whole)
	labels[8] = 2
	r, err := reading(t, labels)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, _, err := r.Read(0); err == nil {
		t.Error("two labels are taken for one")
	}
}

func FuzzRecordIO(f *testing.F) {
	f.Add([]byte("image"), []byte("\x0a\x23\xd7\xce"))
	f.Fuzz(func(t *testing.T, image, damage []byte) {
		data := written(t, image, damage)
		r, err := reading(t, data)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, err := r.Read(0); err != nil || !bytes.Equal(got, image) {
			t.Fatalf("% x became % x, %v", image, got, err)
		}
		r.Close()
		if r, err := reading(t, damage); err == nil { // whatever it is, nothing panics
			for i := range r.Len() {
				r.Read(i)
			}
			r.Close()
		}
	})
}

func TestImagesStayInTheirFolder(t *testing.T) {
	for _, line := range []string{"0\t1\t../x.jpg", "0\t1\t/etc/passwd", "0\t-1\tx.jpg",
		"0\tx\tx.jpg", "0\t1", ""} {
		if _, err := parseEntry(line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	one, err := parseEntry(entry{3, "003/000001.jpg"}.line(7)[:len("7\t3\t003/000001.jpg")])
	if err != nil || one.class != 3 || one.path != "003/000001.jpg" {
		t.Errorf("%v, %v", one, err)
	}
}
