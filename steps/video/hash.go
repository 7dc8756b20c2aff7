package video

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"snellen/engine/regular"
	"snellen/engine/step"
)

// Hash describes a video's frames in a few bits each. Inputs: video, probe. Output: hashes.json, a
// FrameHashes.
var Hash = &step.Kind{
	Name: "hash", Version: 2,
	Roles:   []string{"video", "probe"},
	Outputs: []string{"hashes.json"},
	Tools:   []string{"ffmpeg"}, Pool: "cpu",
}

// HashParams is empty: hashes depend on the video alone.
type HashParams struct{}

// FrameHashes is the content of hashes.json: a difference hash of each frame, in order. A frame is
// scaled to 9x8 grey pixels; each bit reports whether a pixel is brighter than the one to its
// right, row by row from the highest bit. Frames of one scene differ in few of the 64 bits, frames
// of two scenes in about half.
type FrameHashes struct {
	Seconds []float64 `json:"seconds"` // each frame's presentation time, from the probe
	Hashes  []string  `json:"hashes"`  // 16 hexadecimal digits
}

// The size of the picture that is hashed, in pixels, and swscale's name of what scales it.
const (
	HashWidth  = 9
	HashHeight = 8
	HashScaler = "area"
)

// NewHash returns the runner of hash steps.
func NewHash() step.Runner { return hasher{} }

type hasher struct{}

func (hasher) Run(ctx context.Context, job *step.Job) error {
	probed, err := LoadProbeResult(job.Inputs["probe"])
	if err != nil {
		return err
	}
	hashes, err := hashFrames(ctx, job, probed)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(job.Out, "hashes.json"), FrameHashes{probed.Seconds, hashes})
}

// hashFrames makes ffmpeg scale every frame, and hashes the pixels that it writes.
func hashFrames(
	ctx context.Context, job *step.Job, probed *ProbeResult,
) (list []string, err error) {
	frames := EveryFrame(1, probed.Frames)
	p, err := startPipe(ctx, newRequest(job.Inputs["video"], probed.Reading, frames,
		picture{HashWidth, HashHeight, HashScaler, "gray"}), job.Report)
	if err != nil {
		return nil, err
	}
	d := NewDecoder(p, frames)
	defer d.Close()
	var pixels [HashWidth * HashHeight]byte
	for {
		switch _, err := d.Next(pixels[:]); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, err
		}
		if list = append(list, DifferenceHash(pixels)); len(list)%50 == 0 {
			job.Report(step.Progress{Done: float64(len(list)), Total: float64(probed.Frames),
				Unit: "frames"})
		}
	}
}

// DifferenceHash returns the hash of one small grey picture, row by row, as 16 hexadecimal digits
// (see FrameHashes).
func DifferenceHash(pixels [HashWidth * HashHeight]byte) string {
	var hash [HashHeight]byte
	for row := range HashHeight {
		line := pixels[row*HashWidth : (row+1)*HashWidth]
		for x := range HashWidth - 1 {
			hash[row] <<= 1
			if line[x] > line[x+1] {
				hash[row]++
			}
		}
	}
	return hex.EncodeToString(hash[:])
}

// LoadFrameHashes reads a hashes.json and checks it. It returns the time of each frame in seconds
// and its hash as a number.
func LoadFrameHashes(path string) (seconds []float64, hashes []uint64, err error) {
	data, err := regular.Read(path, MaxJSON)
	if err != nil {
		return nil, nil, err
	}
	return parseFrameHashes(data)
}

func parseFrameHashes(data []byte) (seconds []float64, hashes []uint64, err error) {
	var h FrameHashes
	if err := json.Unmarshal(data, &h); err != nil {
		return nil, nil, fmt.Errorf("hashes: %w", err)
	}
	if len(h.Hashes) != len(h.Seconds) {
		return nil, nil, fmt.Errorf("hashes: there are %d for %d frames", len(h.Hashes),
			len(h.Seconds))
	}
	for i, text := range h.Hashes {
		hash, err := parseHash(text)
		if err != nil {
			return nil, nil, fmt.Errorf("hashes: frame %d: %w", i, err)
		}
		hashes = append(hashes, hash)
	}
	return h.Seconds, hashes, nil
}

// parseHash returns a hash as a number.
func parseHash(text string) (uint64, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != HashHeight {
		return 0, fmt.Errorf("%.20q is not a hash", text)
	}
	return binary.BigEndian.Uint64(raw), nil
}
