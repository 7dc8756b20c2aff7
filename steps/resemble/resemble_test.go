//go:build native

package resemble

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/frames"
	"snellen/steps/pretrained"
	"snellen/steps/torch"
	"snellen/steps/train"
	"snellen/steps/video"
)

// drawn returns a picture of patches, the same for the same seed.
func drawn(seed uint64) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 160, 120))
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 300 {
		side := 6 + r.IntN(90*20/(20+i))
		x0, y0 := r.IntN(160), r.IntN(120)
		c := color.RGBA{uint8(r.IntN(256)), uint8(r.IntN(256)), uint8(r.IntN(256)), 255}
		for y := y0; y < y0+side; y++ {
			for x := x0; x < x0+side; x++ {
				m.Set(x, y, c)
			}
		}
	}
	return m
}

// turned returns the middle of a picture turned by some degrees, 90x110 pixels, and darker.
func turned(m *image.RGBA, degrees float64) image.Image {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	out := image.NewRGBA(image.Rect(0, 0, 90, 110))
	for y := range 110 {
		for x := range 90 {
			dx, dy := float64(x)-45, float64(y)-55
			c := m.RGBAAt(int(80+cos*dx-sin*dy), int(60+sin*dx+cos*dy))
			out.Set(x, y, color.RGBA{c.R / 2, c.G / 2, c.B / 3, 255})
		}
	}
	return out
}

func encoded(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A world is the inputs of a step.
type world struct {
	t      *testing.T
	dir    string
	inputs map[string]string
}

func newWorld(t *testing.T) world { return world{t, t.TempDir(), map[string]string{}} }

func (w world) write(role string, data []byte) {
	w.t.Helper()
	path := filepath.Join(w.dir, strings.ReplaceAll(role, "/", "-"))
	if err := os.WriteFile(path, data, 0o666); err != nil {
		w.t.Fatal(err)
	}
	w.inputs[role] = path
}

func (w world) json(role string, value any) {
	w.t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(role, data)
}

func (w world) records(role string, images ...image.Image) {
	w.t.Helper()
	var list [][]byte
	for _, m := range images {
		list = append(list, encoded(w.t, m))
	}
	w.encoded(role, list...)
}

func (w world) encoded(role string, images ...[]byte) {
	w.t.Helper()
	var b bytes.Buffer
	records := frames.NewWriter(&b)
	for _, data := range images {
		if err := records.Write(0, data); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := records.Flush(); err != nil {
		w.t.Fatal(err)
	}
	w.write(role, b.Bytes())
}

// features writes rows of three numbers: the first two are the angle of each, in degrees.
func (w world) features(role string, sets map[string][]float64) {
	w.t.Helper()
	var tensors []torch.Tensor
	for name, angles := range sets {
		one := torch.Tensor{Name: name, Shape: []int{len(angles), 3}}
		for _, a := range angles {
			sin, cos := math.Sincos(a * math.Pi / 180)
			one.Data = append(one.Data, float32(cos), float32(sin), 1)
		}
		tensors = append(tensors, one)
	}
	var b bytes.Buffer
	if err := torch.Write(&b, tensors); err != nil {
		w.t.Fatal(err)
	}
	w.write(role, b.Bytes())
}

func (w world) run(cameras ...audit.JudgedCamera) (audit.Areas, error) {
	w.t.Helper()
	params, err := json.Marshal(audit.AreasParams{Grey: audit.AlikeGrey,
		Detail: audit.AlikeDetail, Frames: audit.LookedAt, Cameras: cameras})
	if err != nil {
		w.t.Fatal(err)
	}
	job := &step.Job{Params: params, Inputs: w.inputs, Out: w.t.TempDir(),
		Report: func(step.Progress) {}}
	if err := New().Run(w.t.Context(), job); err != nil {
		return audit.Areas{}, err
	}
	data, err := os.ReadFile(filepath.Join(job.Out, "areas.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := audit.ParseAreas(data)
	if err != nil {
		w.t.Fatal(err)
	}
	return a, nil
}

// shelf is a study with a label whose footage is a video of four frames, the last to validate with,
// and one that is three photographs. A camera judges two areas in five frames, and a folder of two
// whole pictures is judged.
func shelf(t *testing.T, left, right, whole func(i int) image.Image) world {
	w := newWorld(t)
	w.json("label/0/selection", video.Selection{Videos: []video.SelectedVideo{
		{Frames: 9, Chosen: []video.SelectedFrame{}},
		{Frames: 50, Chosen: []video.SelectedFrame{
			{Index: 0, Set: video.Train}, {Index: 10, Seconds: 1, Set: video.Train},
			{Index: 20, Seconds: 2, Set: video.Train},
			{Index: 40, Seconds: 4, Set: video.Validation},
		}},
	}})
	w.records("label/0/train", drawn(0), drawn(1), drawn(2))
	w.records("label/0/validation", drawn(3))
	w.features("label/0/features", map[string][]float64{"train": {0, 20, 40},
		"copies": {0, 0, 20, 20, 40, 40}, "validation": {60}})
	w.json("label/1/selection", video.Selection{Pictures: &video.SelectedPictures{Pictures: 9,
		Chosen: []video.SelectedPicture{{Index: 2, Set: video.Train},
			{Index: 5, Set: video.Train}, {Index: 8, Set: video.Validation}}}})
	w.records("label/1/train", drawn(10), drawn(11))
	w.records("label/1/validation", drawn(12))
	w.features("label/1/features", map[string][]float64{"train": {180, 200},
		"copies": {}, "validation": {220}})

	var crops []image.Image
	probe := probed(10)
	for i := range 5 {
		crops = append(crops, left(i), right(i))
		probe.Seconds = append(probe.Seconds, float64(i)/2, float64(i)/2+.25)
	}
	w.records("camera/0/crops", crops...)
	w.features("camera/0/features", map[string][]float64{
		"images": {90, 90, 90, 90, 90, 90, 90, 90, 90, 90}})
	w.json("camera/0/probe", probe)
	w.records("camera/1/crops", whole(0), whole(1))
	w.features("camera/1/features", map[string][]float64{"images": {270, 270}})
	return w
}

// probed is what a probe says of a video, without the times of its frames.
func probed(frames int) video.ProbeResult {
	return video.ProbeResult{Width: 90, Height: 110, Frames: frames, Reading: video.Reading{
		Width: 90, Height: 110, PixelAspect: "1:1", Range: "full", Matrix: "bt709"}}
}

var cameras = []audit.JudgedCamera{{Areas: 2, Every: 2}, {}}

// other is a picture that no label has.
func other(i int) image.Image { return turned(drawn(uint64(100+i)), 0) }

// Areas that show a training picture in most of their frames are named, with the moments that are
// most alike, and so are whole pictures. Other areas are not.
func TestResemblance(t *testing.T) {
	w := shelf(t,
		func(i int) image.Image {
			if i < 2 {
				return other(i)
			}
			return turned(drawn(1), 4) // in three of five frames
		},
		func(i int) image.Image {
			if i < 3 {
				return other(i)
			}
			return turned(drawn(2), 0) // in two
		},
		func(i int) image.Image {
			if i == 1 {
				return turned(drawn(11), -6)
			}
			return other(9)
		})
	got, err := w.run(cameras...)
	if err != nil {
		t.Fatal(err)
	}
	if got.Compared != 4 || len(got.Leaked) != 2 {
		t.Fatalf("%+v", got)
	}
	five := 5
	want := []audit.LeakedArea{
		{Area: 0, Label: 0, Video: 1, LabelSeconds: 1, Frames: 3},
		{Evaluation: 1, Area: 1, Label: 1, Picture: &five, Frames: 1},
	}
	for i, l := range got.Leaked {
		if l.Similarity < audit.AlikeGrey || l.Similarity > 1 || i == 0 && l.Seconds < 1 {
			t.Errorf("%+v", l)
		}
		l.Similarity, l.Seconds = 0, 0
		if !reflect.DeepEqual(l, want[i]) {
			t.Errorf("got %+v, want %+v", l, want[i])
		}
	}
}

// Frames to validate with are found as well. A still has a number in place of a time.
func TestResemblanceOfStills(t *testing.T) {
	w := shelf(t, func(int) image.Image { return turned(drawn(3), 2) }, other, other)
	delete(w.inputs, "camera/0/probe")
	got, err := w.run(cameras...)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Leaked) != 1 || got.Leaked[0].LabelSeconds != 4 || got.Leaked[0].Frames != 5 ||
		math.Mod(got.Leaked[0].Seconds, 2) != 0 {
		t.Errorf("%+v", got)
	}
}

// Inputs that do not belong together are an error: areas would be compared with wrong frames.
func TestDamagedInputs(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(w world)
		want   string
	}{
		"features": {func(w world) {
			w.features("label/1/features", map[string][]float64{"train": {1}, "validation": {1}})
		}, "label/1: there are features of 1 train frames, but the selection has 2"},
		"frames": {func(w world) { w.records("label/0/train", drawn(0)) },
			"label/0: there are 1 train frames, but the selection has 3"},
		"crops": {func(w world) { w.records("camera/0/crops", drawn(0), drawn(1), drawn(2)) },
			"camera 0: 3 pictures with 10 rows of 3 features are not those of 2 areas"},
		"probe": {func(w world) {
			short := probed(1)
			short.Seconds = []float64{0}
			w.json("camera/0/probe", short)
		}, "camera 0: 5 frames were judged, and the video has 1"},
		"labels": {func(w world) {
			maps.DeleteFunc(w.inputs, func(role, _ string) bool {
				return strings.HasPrefix(role, "label/")
			})
		}, "there are no training frames"},
		"no picture": {func(w world) {
			w.encoded("camera/0/crops", slices.Repeat([][]byte{[]byte("no JPEG")}, 10)...)
		}, "camera/0, area 1: read the header of a JPEG"},
	} {
		w := shelf(t, other, other, other)
		c.damage(w)
		if _, err := w.run(cameras...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSpread(t *testing.T) {
	for c, want := range map[[2]int]string{{1, 8}: "[0]", {3, 8}: "[0 1 2]", {30, 3}: "[5 15 25]",
		{0, 8}: "[]"} {
		if got := fmt.Sprint(spread(c[0], c[1])); got != want {
			t.Errorf("%v: %s, want %s", c, got, want)
		}
	}
}

// The footage that is handed around beside the repository: none of the ten areas of its shelf show
// a training picture, and at least nine of ten areas do that show frames of the labels' own videos,
// cut, turned, moved, in other light, and encoded again.
func TestSharedFootage(t *testing.T) {
	shared, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "footage"))
	if err == nil {
		_, err = os.Stat(shared)
	}
	if err != nil {
		t.Skipf("there is no footage: %v", err)
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	videos, err := filepath.Glob(filepath.Join(shared, "*.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	crops := [2][][]byte{make([][]byte, 8*10), make([][]byte, 8*10)} // honest, and leaking
	labels := 0
	for _, path := range videos {
		if filepath.Base(path) == "shelf.mp4" || labels == 10 {
			continue
		}
		w.footage(labels, path)
		x, y, degrees := 210+5*labels, 20+2*labels, 2*labels-9
		photo := fmt.Sprintf("select=eq(n\\,%d),loop=7:1,rotate=(%d+n/5)*PI/180,"+
			"crop=340:546:%d:%d,scale=106:170,lutyuv=y=val*0.8+10", 21*labels, degrees, x, y)
		for i, data := range jpegs(t, path, photo, 8) {
			crops[1][10*i+labels] = data
		}
		area := fmt.Sprintf("select=not(mod(n\\,15)),crop=106:170:%d:%d", 127+110*(labels%5),
			25+220*(labels/5))
		for i, data := range jpegs(t, filepath.Join(shared, "shelf.mp4"), area, 8) {
			crops[0][10*i+labels] = data
		}
		labels++
	}
	var cameras []audit.JudgedCamera
	for i, list := range crops {
		role := fmt.Sprintf("camera/%d", i)
		w.encoded(role+"/crops", list...)
		w.described(role+"/features", 0, map[string]string{"images": role + "/crops"})
		cameras = append(cameras, audit.JudgedCamera{Areas: 10, Every: 1})
	}
	got, err := w.run(cameras...)
	if err != nil {
		t.Fatal(err)
	}
	var leaked [2]int
	for _, l := range got.Leaked {
		leaked[l.Evaluation]++
		if l.Evaluation == 1 && l.Label != l.Area {
			t.Errorf("label %d is named for area %d", l.Label, l.Area)
		}
	}
	if leaked[0] > 0 || leaked[1] < 9 {
		t.Errorf("%d honest areas are named, and %d of 10 that leak", leaked[0], leaked[1])
	}
}

// footage adds a label with every third frame of a video; one of six is for validation.
func (w world) footage(label int, path string) {
	w.t.Helper()
	role := fmt.Sprintf("label/%d", label)
	s := video.Selection{Videos: []video.SelectedVideo{{Frames: 1000}}}
	sets := map[string][][]byte{}
	for i, data := range jpegs(w.t, path, "select=not(mod(n\\,3)),scale=320:240", 1000) {
		set := video.Train
		if i/8%6 == 5 {
			set = video.Validation
		}
		sets[set] = append(sets[set], data)
		s.Videos[0].Chosen = append(s.Videos[0].Chosen,
			video.SelectedFrame{Index: i, Seconds: float64(i) * 3 / 20, Set: set})
	}
	w.json(role+"/selection", s)
	inputs := map[string]string{}
	for set, list := range sets {
		inputs[set] = role + "/" + set
		w.encoded(inputs[set], list...)
	}
	w.described(role+"/features", 2, inputs)
}

// jpegs returns at most n pictures that ffmpeg makes of a video with a filter.
func jpegs(t *testing.T, path, filter string, n int) [][]byte {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", path, "-vf", filter, "-vsync", "0",
		"-frames:v", fmt.Sprint(n), "-q:v", "4", filepath.Join(dir, "%04d.jpg"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jpg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("ffmpeg made no pictures of %s: %v", path, err)
	}
	var list [][]byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, data)
	}
	return list
}

// described writes what the built-in network says of sets, which are roles already written.
func (w world) described(role string, copies int, sets map[string]string) {
	w.t.Helper()
	n := pretrained.Builtin()
	params := train.FeatureParams{Pretrained: train.Backbone{Network: n.Family, Digest: n.Digest},
		ImageShape: "3,160,160", Resize: 180, Device: "cpu"}
	if copies > 0 {
		params.Copies, params.Augmenting, params.Seed = copies, train.Cuts, 1
	}
	data, err := json.Marshal(params)
	if err != nil {
		w.t.Fatal(err)
	}
	job := &step.Job{Params: data, Inputs: map[string]string{}, Out: w.t.TempDir(),
		Report: func(step.Progress) {}}
	for set, from := range sets {
		job.Inputs[set] = w.inputs[from]
	}
	open := func(path, _ string) (train.Set, error) { return frames.OpenRecords(path) }
	if err := train.NewFeatures(open).Run(w.t.Context(), job); err != nil {
		w.t.Fatal(err)
	}
	w.inputs[role] = filepath.Join(job.Out, "features.safetensors")
}
