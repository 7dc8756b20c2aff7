//go:build native

package picture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/video"
)

// job is one of these pictures, and the steps' last progress.
func job(t testing.TB, p Params, paths ...string) (*step.Job, *step.Progress) {
	t.Helper()
	params, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]string{}
	for i, path := range paths {
		inputs["picture/"+strconv.Itoa(i)] = path
	}
	last := new(step.Progress)
	return &step.Job{Params: params, Inputs: inputs, Out: t.TempDir(),
		Report: func(p step.Progress) {
			if p.Total > 0 {
				*last = p
			}
		}}, last
}

// run runs a job and returns its outputs by name.
func run(t testing.TB, j *step.Job) map[string]string {
	t.Helper()
	if err := New().Run(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	return outputs(t, j)
}

func outputs(t testing.TB, j *step.Job) map[string]string {
	t.Helper()
	made := map[string]string{}
	list, err := os.ReadDir(j.Out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		data, err := os.ReadFile(filepath.Join(j.Out, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		made[e.Name()] = string(data)
		if !Pictures.Makes(e.Name()) {
			t.Errorf("%s is no output of the kind", e.Name())
		}
	}
	return made
}

// images are the pictures of a job's RecordIO.
func images(t testing.TB, j *step.Job) (list []image.Image) {
	t.Helper()
	r, err := frames.OpenRecords(filepath.Join(j.Out, "pictures.rec"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range r.Len() {
		class, data, err := r.Read(i)
		if err != nil || class != 0 {
			t.Fatalf("class %d, %v", class, err)
		}
		m, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

// photographs are pictures of several formats, sizes and orientations.
func photographs(t testing.TB) []string {
	t.Helper()
	var paths []string
	for i := range 6 {
		m := stripes(400+50*i, 300+10*i)
		for p := range m.Pix {
			m.Pix[p] ^= byte(p*i>>9) & 31
			m.Pix[p] |= byte(255 * (p % 4 / 3))
		}
		format := []string{"jpeg", "png", "tiff", "bmp"}[i%4]
		data := encoded(t, format, m)
		if i%4 < 2 {
			data = withEXIF(t, format, data, exif(binary.BigEndian, uint16(1+3*i)%9))
		}
		paths = append(paths, write(t, data))
	}
	return paths
}

// TestDescription: the description says of each picture what there is to say.
func TestDescription(t *testing.T) {
	paths := photographs(t)
	j, last := job(t, Params{}, paths...)
	run(t, j)
	set, err := video.LoadPictureSet(filepath.Join(j.Out, "pictures.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Pictures) != len(paths) {
		t.Fatalf("%d of %d pictures", len(set.Pictures), len(paths))
	}
	if *last != (step.Progress{Done: 6, Total: 6, Unit: "pictures"}) {
		t.Errorf("the last progress is %+v", *last)
	}
	for i, p := range set.Pictures {
		data, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		h, err := ReadHeader(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		w, ht := h.Shown()
		if sum := sha256.Sum256(data); p.Digest != hex.EncodeToString(sum[:]) || p.Width != w ||
			p.Height != ht || p.Reading.Rotation != h.Rotation || p.Reading.Mirror != h.Mirror {
			t.Errorf("picture %d, %+v: %+v", i, h, p)
		}
	}
	// The picture that is darker on the left than on the right has no bit set; its mirror has all.
	plain := encoded(t, "png", stripes(400, 300))
	mirrored := withEXIF(t, "png", plain, exif(binary.BigEndian, 2))
	j, _ = job(t, Params{}, write(t, plain), write(t, mirrored))
	run(t, j)
	if set, err = video.LoadPictureSet(filepath.Join(j.Out, "pictures.json")); err != nil {
		t.Fatal(err)
	}
	if a, b := set.Pictures[0].Hash, set.Pictures[1].Hash; a != "0000000000000000" ||
		b != "ffffffffffffffff" {
		t.Errorf("hashes %s and %s", a, b)
	}
}

// TestLoadSetChecks: a set that no step writes is refused.
func TestLoadSetChecks(t *testing.T) {
	j, _ := job(t, Params{}, photographs(t)[:1]...)
	text := run(t, j)["pictures.json"]
	for _, damage := range [][2]string{{`{"pictures":[`, `{"pictures":[]}[`},
		{`"hash":"`, `"hash":"0`},
		{`"digest":"`, `"digest":"x`}, {`"width":400`, `"width":4`}, {`"range":"full"`, `"range":"x"`},
		{`"stored_width":400`, `"stored_width":-1`}} {
		changed := strings.Replace(text, damage[0], damage[1], 1)
		if changed == text {
			t.Fatalf("%s has no %s", text, damage[0])
		}
		if _, err := video.LoadPictureSet(write(t, []byte(changed))); err == nil {
			t.Errorf("%s was loaded", changed)
		}
	}
}

// TestBatchEqualsRun: jobs of a batch make the bytes that each makes alone, also where a batch has
// jobs of other pictures, and each is told of its progress.
func TestBatchEqualsRun(t *testing.T) {
	paths := photographs(t)
	others := paths[2:4]
	var jobs []*step.Job
	var progress []*step.Progress
	var alone []map[string]string
	for _, p := range []Params{{}, {Quality: 95}, {Width: 320, Height: 240, Quality: 90},
		{Width: 80, Height: 60, Quality: 90, Filter: "area", Fit: "pad"},
		{Width: 81, Height: 61, Quality: 100, Filter: "lanczos", Fit: "crop"}} {
		for _, list := range [][]string{paths, others} {
			j, _ := job(t, p, list...)
			alone = append(alone, run(t, j))
			j, last := job(t, p, list...)
			jobs, progress = append(jobs, j), append(progress, last)
		}
	}
	for i, err := range New().(step.Batcher).RunBatch(t.Context(), jobs) {
		if err != nil {
			t.Fatal(err)
		}
		together := outputs(t, jobs[i])
		for name, want := range alone[i] {
			if together[name] != want {
				t.Errorf("job %d, %s differs", i, name)
			}
		}
		if n := float64(len(jobs[i].Inputs)); len(together) != len(alone[i]) ||
			progress[i].Done != n || progress[i].Total != n {
			t.Errorf("job %d has %d outputs, and %+v", i, len(together), *progress[i])
		}
	}
	for i, list := range [][]string{paths, others} {
		for k, m := range images(t, jobs[2+i]) {
			h, err := ReadHeader(list[k])
			if err != nil {
				t.Fatal(err)
			}
			if w, ht := h.Shown(); m.Bounds().Dx() != w || m.Bounds().Dy() != ht {
				t.Errorf("in its own size, a picture of %dx%d is %v", w, ht, m.Bounds())
			}
		}
		for _, m := range images(t, jobs[8+i]) {
			if m.Bounds() != image.Rect(0, 0, 81, 61) {
				t.Errorf("a picture is %v", m.Bounds())
			}
		}
	}
}

// TestNotes: pictures that lose their shape are counted. A description has nothing to say.
func TestNotes(t *testing.T) {
	wide := write(t, encoded(t, "png", stripes(400, 100)))
	usual := write(t, encoded(t, "png", stripes(400, 300)))
	for p, want := range map[Params]string{
		{Width: 40, Height: 30, Quality: 90}:             "2 of 3 pictures have another shape than 40x30",
		{Width: 40, Height: 30, Quality: 90, Fit: "pad"}: "", {Quality: 90}: "", {}: "",
	} {
		j, _ := job(t, p, wide, usual, wide)
		text, ok := run(t, j)[video.NotesFile]
		if !strings.Contains(text, want) || ok != (want != "") {
			t.Errorf("%+v: %q", p, text)
		}
	}
}

// TestTooSmall: pictures smaller than a resolution are named by its job, and others do not mind.
func TestTooSmall(t *testing.T) {
	large := write(t, encoded(t, "png", stripes(400, 300)))
	small := write(t, encoded(t, "png", stripes(200, 150)))
	jobs := make([]*step.Job, 3)
	for i, p := range []Params{{}, {Width: 300, Height: 200, Quality: 90},
		{Width: 200, Height: 150, Quality: 90}} {
		jobs[i], _ = job(t, p, large, small, large, small)
	}
	errs := New().(step.Batcher).RunBatch(t.Context(), jobs)
	if errs[0] != nil || errs[2] != nil {
		t.Errorf("%v, %v", errs[0], errs[2])
	}
	if err := errs[1]; err == nil || !strings.HasPrefix(err.Error(), "2 of 4 pictures are smaller") ||
		!strings.Contains(err.Error(), small+": it is 200x150") {
		t.Errorf("%v", err)
	}
}

// TestWrongParams: parameters that are no size and no quality fail that job alone.
func TestWrongParams(t *testing.T) {
	path := write(t, encoded(t, "png", stripes(400, 300)))
	good, _ := job(t, Params{Quality: 90}, path)
	for _, p := range []Params{{Quality: 101}, {Quality: -1}, {Width: 3, Quality: 9},
		{Width: MaxSide + 1, Height: 3, Quality: 9}, {Width: -3, Height: -3}} {
		bad, _ := job(t, p, path)
		errs := New().(step.Batcher).RunBatch(t.Context(), []*step.Job{bad, good})
		if errs[0] == nil || errs[1] != nil {
			t.Errorf("%+v: %v", p, errs)
		}
	}
}

// TestCancelled: a batch ends soon after its context.
func TestCancelled(t *testing.T) {
	path := write(t, encoded(t, "png", stripes(400, 300)))
	ctx, cancel := context.WithCancel(t.Context())
	j, last := job(t, Params{}, slices.Repeat([]string{path}, 50)...)
	j.Report = func(p step.Progress) { *last = p; cancel() }
	if err := New().Run(ctx, j); !errors.Is(err, context.Canceled) || last.Done != 1 {
		t.Errorf("%v after %v pictures", err, last.Done)
	}
}

// TestFirstPictureCounts: what phones append to a JPEG does not matter, nor do segments that a
// reader need not know; one whose end is missing is refused, progressive ones as well.
func TestFirstPictureCounts(t *testing.T) {
	whole := encoded(t, "jpeg", stripes(400, 300))
	j, _ := job(t, Params{}, write(t, whole))
	run(t, j)
	want, err := video.LoadPictureSet(filepath.Join(j.Out, "pictures.json"))
	if err != nil {
		t.Fatal(err)
	}
	segment := func(marker byte, text string) []byte {
		return append([]byte{0xff, marker, 0, byte(2 + len(text))}, text...)
	}
	odd := concat(segment(0xe0, "JFIF"), segment(0xee, "Adobe"), segment(0xe1, "Exif\x00\x00II*"),
		segment(0xe2, "ICC_PROFILE\x00\x09\x01x"), segment(0xed, ""), segment(0xfe, "hello"))
	forms := map[string][]byte{
		"a second JPEG": concat(whole, encoded(t, "jpeg", stripes(200, 100))),
		"a larger JPEG": concat(whole, encoded(t, "jpeg", stripes(500, 400))),
		"a film":        concat(whole, []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")),
		"zeros":         concat(whole, make([]byte, 5000)),
		"odd segments":  concat(whole[:2], odd, whole[2:]),
		"fill":          concat(whole[:2], []byte{0xff, 0xff, 0xff}, odd, whole[2:]),
	}
	for name, data := range forms {
		j, _ := job(t, Params{}, write(t, data))
		run(t, j)
		got, err := video.LoadPictureSet(filepath.Join(j.Out, "pictures.json"))
		if err != nil || got.Pictures[0].Hash != want.Pictures[0].Hash || got.Pictures[0].Width != 400 {
			t.Errorf("with %s: %+v, %v", name, got, err)
		}
	}
	progressive := magick(t, encoded(t, "png", stripes(400, 300)), "-interlace", "JPEG")
	if !bytes.Contains(progressive, []byte{0xff, 0xc2}) {
		t.Fatal("it is not progressive")
	}
	for _, data := range [][]byte{whole, progressive} {
		for i := range 50 {
			cut := data[:len(data)*i/50]
			j, _ := job(t, Params{}, write(t, cut))
			if err := New().Run(t.Context(), j); err == nil {
				t.Errorf("%d of %d bytes were a picture", len(cut), len(data))
			}
		}
	}
}

// magick returns a JPEG that ImageMagick makes of a PNG.
func magick(t *testing.T, png []byte, options ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("convert"); err != nil {
		t.Skip("ImageMagick is not installed")
	}
	c := exec.Command("convert", append(append([]string{"png:-"}, options...), "jpg:-")...)
	c.Stdin = bytes.NewReader(png)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestHostileFolder: files of all kinds that are no pictures, among some that are. All are named,
// each with its reason, in little memory, and nothing waits.
func TestHostileFolder(t *testing.T) {
	dir := t.TempDir()
	var paths, bad []string
	add := func(name string, data []byte) {
		path := filepath.Join(dir, fmt.Sprintf("%02d-%s", len(paths), name))
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		paths, bad = append(paths, path), append(bad, path)
	}
	good := encoded(t, "jpeg", stripes(400, 300))
	for reason, data := range refused(t) {
		add(strings.ReplaceAll(reason, " ", "-")+".jpg", data)
	}
	for _, format := range []string{"jpeg", "png", "tiff", "bmp"} {
		data := encoded(t, format, stripes(400, 300))
		add("half."+format, data[:len(data)/2])
		for i := range data[len(data)/3 : len(data)/2] {
			data[len(data)/3+i] = 0
		}
		if format == "png" {
			add("zeros."+format, data)
		}
	}
	jpegBomb := bytes.Clone(good)
	frame := bytes.Index(jpegBomb, []byte{0xff, 0xc0})
	copy(jpegBomb[frame+5:], "\x3f\xff\x20\x00") // 16383x8192: within the limits
	add("bomb.jpg", jpegBomb)
	add("bomb.png", bomb(11000, 11000))
	add("bell\a\x1b[31m\n.jpg", good[:100])
	add("invalid\xff.jpg", good[:200])
	add("webp-without-picture.webp", webp(0))
	for i := range 4 {
		add("short.jpg", good[:i+2])
	}
	for i := range 5 {
		path := filepath.Join(dir, fmt.Sprintf("pipe%d.jpg", i))
		if err := syscall.Mkfifo(path, 0o666); err != nil {
			t.Fatal(err)
		}
		paths, bad = append(paths, path), append(bad, path)
	}
	loop := filepath.Join(dir, "loop.jpg")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	paths = append(paths, dir, filepath.Join(dir, "missing.jpg"), loop)
	bad = append(bad, dir, filepath.Join(dir, "missing.jpg"), loop)
	for i := range 5 {
		path := filepath.Join(dir, fmt.Sprintf("good%d.txt", i))
		if err := os.WriteFile(path, good, 0o666); err != nil {
			t.Fatal(err)
		}
		paths = slices.Insert(paths, i*7, path)
	}
	if len(paths) < 50 {
		t.Fatalf("only %d files", len(paths))
	}
	describe, _ := job(t, Params{}, paths...)
	scale, _ := job(t, Params{Quality: 95}, paths...)
	errs := New().(step.Batcher).RunBatch(t.Context(), []*step.Job{describe, scale})
	if errs[0] == nil || errs[1] == nil {
		t.Fatal("the folder was read")
	}
	lines := strings.Split(errs[0].Error(), "\n")
	what := fmt.Sprintf("%d of %d pictures cannot be read:", len(bad), len(paths))
	if lines[0] != what || len(lines) != 1+len(bad) {
		t.Errorf("%s\nwant %s", errs[0], what)
	}
	if !strings.Contains(step.Hint(errs[0]), "fileset") {
		t.Errorf("the hint is %q", step.Hint(errs[0]))
	}
	if got := errs[1].Error(); got != what+" see "+describe.Address { // they are named once
		t.Errorf("%q", got)
	}
	for _, path := range bad { // each by itself
		j, _ := job(t, Params{}, path)
		err := New().Run(t.Context(), j)
		if err == nil {
			t.Errorf("%q was read", path)
			continue
		}
		if strings.ContainsAny(err.Error(), "\a\x1b") || !utf8.ValidString(err.Error()) ||
			strings.Count(err.Error(), "\n") != 1 ||
			!strings.Contains(err.Error(), strings.Trim(strconv.Quote(path), `"`)) {
			t.Errorf("%q", err)
		}
		t.Log(err)
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	if mib := u.Maxrss >> 10; mib > 1024 {
		t.Errorf("the process took %d MiB", mib)
	} else {
		t.Logf("the process took %d MiB", mib)
	}
}
