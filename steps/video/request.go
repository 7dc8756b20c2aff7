package video

import (
	"context"
	"fmt"
	"io"
	"slices"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// A Request is what a decoder needs: a file, a stream, and the filters that make its pictures.
// Every decoder, ffmpeg or the libraries that it is made of, returns the same pixels for it.
type Request struct {
	URL       string
	Stream    int    // as ffmpeg counts the file's streams
	Filters   string // a chain, as in ffmpeg's -vf
	Protocols string // that are allowed, as ffmpeg lists them
	Formats   string // that are allowed, as ffmpeg lists them
	MaxPixels int    // of a frame as stored: a larger one is an error

	path string
}

// NewRequest returns a request for frames of a video, by its reading and in the size at which it is
// shown. A picture is rows of 8-bit blue, green and red.
func NewRequest(path string, r Reading, frames Frames) Request {
	w, h := r.DisplaySize()
	return newRequest(path, r, frames, picture{w, h, "bicubic", "bgr24"})
}

// A picture is the form into which a frame is converted.
type picture struct {
	width, height int    // pixels
	scaler        string // swscale's name of the scaling filter
	format        string // "bgr24" or "gray"
}

func newRequest(path string, r Reading, frames Frames, p picture) Request {
	return Request{
		URL: fileURL(path), Stream: r.Stream, Protocols: protocols, Formats: formats,
		MaxPixels: maxArea, path: path,
		Filters: joinFilters(r.progressiveFilters(), frames.selectFilters(),
			r.pictureFilters(p.width, p.height, p.scaler, p.format)),
	}
}

// A pipe is a Source that runs ffmpeg.
type pipe struct {
	ctx     context.Context
	path    string
	command *proc.Cmd
	out     io.ReadCloser
	log     *proc.Tail
}

// startPipe runs ffmpeg for a request, and reports the exact command.
func startPipe(ctx context.Context, q Request, report func(step.Progress)) (*pipe, error) {
	args := slices.Concat(ffmpegOptions("error"), decoding(), []string{"-noautorotate", "-i", q.URL,
		"-filter_complex", fmt.Sprintf("[0:%d]%s[pictures]", q.Stream, q.Filters), "-map",
		"[pictures]",
		"-f", "rawvideo", "-fps_mode", "passthrough", "-enc_time_base", frameTimeBase, "pipe:1"})
	p := &pipe{ctx: ctx, path: q.path, log: proc.NewTail(logSize)}
	p.command = command(ctx, "ffmpeg", args...)
	p.command.Stderr = p.log
	var err error
	if p.out, err = p.command.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, startError("ffmpeg", err)
	}
	report(step.Progress{Command: proc.Line(p.command.Args...)})
	return p, nil
}

func (p *pipe) Read(pixels []byte) error {
	n, err := io.ReadFull(p.out, pixels)
	if err == nil {
		return nil
	}
	if failed := p.command.Wait(); failed != nil {
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		return exitError("ffmpeg", failed, p.log, p.path)
	}
	if n > 0 || err != io.EOF {
		return fmt.Errorf("read ffmpeg's pixels: %w", err)
	}
	return io.EOF
}

func (p *pipe) Close() {
	p.command.Kill()
	p.out.Close()
	p.command.Wait()
}
