package video

// A Graph is the work of one ffmpeg: one decode of one stream, filters that all outputs share, and
// an encode for each output.
type Graph struct {
	URL     string
	Stream  int            // as ffmpeg counts the file's streams
	Options map[string]any // of the input, by ffmpeg's names
	Shared  []Filter
	Outputs []Output
}

// An Output is one encode of a Graph.
type Output struct {
	URL     string
	Filters []Filter       // behind the shared ones
	Options map[string]any // by ffmpeg's names
}

// graph returns the decode of a video with an encode for each size. Each encode has one thread, and
// flags that keep versions, times and processor features out of the bytes; other videos keep the
// cores busy. The stream is decoded as stored and rotated by our own filter, because deinterlacing
// must see the lines in the order in which they were filmed.
func graph(path string, sizes []size) Graph {
	r := sizes[0].source.Reading
	g := Graph{
		URL: fileURL(path), Stream: r.Stream, Shared: r.progressiveFilters(),
		Options: map[string]any{
			"threads": 1, "max_pixels": maxArea, "noautorotate": "",
			"protocol_whitelist": protocols, "format_whitelist": formats,
		},
	}
	for _, s := range sizes {
		p := s.params
		g.Outputs = append(g.Outputs, Output{
			URL: fileURL(s.path()),
			Filters: append(r.pictureFilters(s.width, s.height, p.Filter, r.encodedFormat()),
				fit(p.Fit).frameFilters(s.width, s.height, p.Width, p.Height)...),
			Options: map[string]any{
				"format": "mp4", "c:v": p.Codec, "crf": p.CRF, "preset": p.Preset, "threads": 1,
				"fps_mode": "passthrough", "enc_time_base": frameTimeBase, "use_editlist": 0,
				"color_range": "tv", "colorspace": colorspaces[r.encodedMatrix()],
				"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact",
				"flags:v": "+bitexact",
			},
		})
	}
	return g
}

// colorspaces are ffmpeg's names for the matrices of encoded videos.
var colorspaces = map[string]string{"bt709": "bt709", "bt601": "smpte170m", "bt2020": "bt2020nc",
	"fcc": "fcc", "smpte240m": "smpte240m"}
