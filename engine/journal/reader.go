package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"snellen/engine/regular"
	"snellen/engine/store"
)

const (
	suffix   = ".jsonl"
	maxEntry = 1 << 20 // bytes of a journal's line; a longer one is damage
	maxEnd   = 8 << 10 // bytes that hold any last line
)

// A Reader reads a journal's entries in order, also while they are written. It is used by one
// goroutine.
type Reader struct {
	Start Start

	file  *os.File
	lines *bufio.Reader
	part  []byte // of a line that is not complete yet
}

// Open opens the journal of the run with that ID. The caller closes it.
func Open(st *store.Store, id string) (*Reader, error) {
	f, err := regular.Open(st.RunPath(id + suffix))
	if err != nil {
		return nil, fmt.Errorf("read a journal: %w", err)
	}
	r := &Reader{file: f, lines: bufio.NewReader(f)}
	line, err := r.line()
	if err == nil {
		err = json.Unmarshal(line, &r.Start)
	}
	if err == nil && (r.Start.Type != startOfRun || r.Start.Format != format) {
		err = fmt.Errorf("it is no journal of version %d", format)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read journal %s: %w", id, err), f.Close())
	}
	return r, nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// Running reports whether the run still writes.
func (r *Reader) Running() bool { return store.RunHeld(r.file) }

// Next returns the next entry, or io.EOF when there is none, or none yet. It skips damaged lines.
func (r *Reader) Next() (Entry, error) {
	for {
		line, err := r.line()
		if err != nil {
			return Entry{}, err
		}
		var e Entry
		if json.Unmarshal(line, &e) == nil && e.Type != endOfRun {
			return e, nil
		}
	}
}

// line returns the next complete line. It returns a line longer than any of a journal in pieces,
// which then count as damage.
func (r *Reader) line() ([]byte, error) {
	for {
		piece, err := r.lines.ReadSlice('\n')
		r.part = append(r.part, piece...)
		if err == nil || len(r.part) > maxEntry {
			whole := r.part
			r.part = nil
			return whole, nil
		}
		if err != bufio.ErrBufferFull {
			return nil, err
		}
	}
}

// end reads the journal's last line, if that is the run's end, and rewinds.
func (r *Reader) end() (End, error) {
	var end End
	size, err := r.file.Seek(0, io.SeekEnd)
	if err != nil {
		return end, err
	}
	tail := make([]byte, min(size, maxEnd))
	if _, err := r.file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return end, err
	}
	tail, whole := bytes.CutSuffix(tail, []byte("\n"))
	err = json.Unmarshal(tail[bytes.LastIndexByte(tail, '\n')+1:], &end)
	if err == nil && (!whole || end.Type != endOfRun) {
		err = errors.New("it has no end")
	}
	return end, errors.Join(err, r.rewind())
}

// rewind makes the next line the second one.
func (r *Reader) rewind() error {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r.lines.Reset(r.file)
	r.part = nil
	_, err := r.line()
	return err
}
