// Package graph writes ffmpeg's command line for a video.Graph. It is the only importer of
// ffmpeg-go, whose own imports cost a program four milliseconds at each start, so nothing that only
// plans may link it.
package graph

import (
	"strconv"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"snellen/steps/video"
)

// Arguments returns the arguments behind ffmpeg's global options: the input, the filters, and every
// output.
func Arguments(g video.Graph) []string {
	stream := filtered(ffmpeg.Input(g.URL, g.Options).Get(strconv.Itoa(g.Stream)), g.Shared)
	var split *ffmpeg.Node
	if len(g.Outputs) > 1 {
		split = stream.Split()
	}
	var outputs []*ffmpeg.Stream
	for i, o := range g.Outputs {
		if split != nil {
			stream = split.Get(strconv.Itoa(i))
		}
		outputs = append(outputs, filtered(stream, o.Filters).Output(o.URL, o.Options))
	}
	return ffmpeg.MergeOutputs(outputs...).GetArgs()
}

func filtered(s *ffmpeg.Stream, chain []video.Filter) *ffmpeg.Stream {
	for _, f := range chain {
		var args ffmpeg.Args
		if f.Args != "" {
			args = ffmpeg.Args{f.Args}
		}
		s = s.Filter(f.Name, args)
	}
	return s
}
