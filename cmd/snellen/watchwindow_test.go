package main

import (
	"bufio"
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// A screen is a display that nobody sees.
type screen struct{ name string }

func newScreen(t *testing.T) screen {
	t.Helper()
	for _, program := range []string{"Xvfb", "xdotool", "import"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: apt install xvfb xdotool imagemagick", program)
		}
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten",
		"tcp")
	cmd.ExtraFiles = []*os.File{writer}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	writer.Close()
	number, err := bufio.NewReader(reader).ReadString('\n') // which comes when it is ready
	if err != nil {
		t.Fatalf("Xvfb: %v", err)
	}
	return screen{":" + strings.TrimSpace(number)}
}

// run runs a program on the screen, and returns what it printed.
func (s screen) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.name)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", program, args, err)
	}
	return string(out)
}

// A shown watch is one whose window is on a screen.
type shownWatch struct {
	screen
	cmd    *exec.Cmd
	window string // its X11 number
	lines  *bufio.Scanner
}

func (w watchWorld) show(t *testing.T, s screen, args ...string) *shownWatch {
	t.Helper()
	cmd := w.snellen(append([]string{"watch", "-json"}, args...)...)
	cmd.Env = append(cmd.Env, "DISPLAY="+s.name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	shown := &shownWatch{screen: s, cmd: cmd, lines: bufio.NewScanner(out)}
	until(t, shown.lines, "watch_judged")
	ids := strings.Fields(s.run(t, "xdotool", "search", "--sync", "--onlyvisible", "--name",
		"^snellen: tiny, shelf"))
	shown.window = ids[0]
	return shown
}

// ended wants it to end by itself, with exit code 0.
func (s *shownWatch) ended(t *testing.T) {
	t.Helper()
	until(t, s.lines, "watch_summary")
	for s.lines.Scan() {
	}
	if s.cmd.Wait(); s.cmd.ProcessState.ExitCode() != exitDone {
		t.Errorf("exit code %d, want 0", s.cmd.ProcessState.ExitCode())
	}
}

// close asks the window to close, as a window manager does when a person clicks its cross.
func (s *shownWatch) close(t *testing.T) {
	t.Helper()
	x, err := xgb.NewConnDisplay(s.name)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	atom := func(name string) xproto.Atom {
		reply, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
		if err != nil {
			t.Fatal(err)
		}
		return reply.Atom
	}
	number, err := strconv.ParseUint(s.window, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	ask := xproto.ClientMessageEvent{
		Format: 32, Window: xproto.Window(number), Type: atom("WM_PROTOCOLS"),
		Data: xproto.ClientMessageDataUnionData32New([]uint32{uint32(atom("WM_DELETE_WINDOW")),
			xproto.TimeCurrentTime, 0, 0, 0}),
	}
	if err := xproto.SendEventChecked(x, false, ask.Window, xproto.EventMaskNoEvent,
		string(ask.Bytes())).Check(); err != nil {
		t.Fatal(err)
	}
}

// eventually asks until it is so: another program, which reports nothing, draws and reads keys when
// it likes.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if is() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// picture is what the window shows.
func (s *shownWatch) picture(t *testing.T) image.Image {
	t.Helper()
	img, err := png.Decode(strings.NewReader(s.run(t, "import", "-window", s.window, "png:-")))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// colours returns the colour of each of the three areas' frames, by its letter: all that has a
// colour in the picture's upper part, where no text stands. "?" is none, or more than one.
func colours(img image.Image) string {
	var found [3]map[byte]int
	b := img.Bounds()
	for i := range found {
		found[i] = map[byte]int{}
		for y := b.Dy() / 8; y < b.Dy()/2; y++ {
			for x := b.Dx() * i / 3; x < b.Dx()*(i+1)/3; x++ {
				if c := letter(img, b.Min.X+x, b.Min.Y+y); c != 0 {
					found[i][c]++
				}
			}
		}
	}
	text := ""
	for _, f := range found {
		one := byte('?')
		for c, n := range f {
			if n >= 100 {
				if one != '?' {
					one = '!'
					break
				}
				one = c
			}
		}
		text += string(one)
	}
	return text
}

func letter(img image.Image, x, y int) byte {
	r, g, b, _ := img.At(x, y).RGBA()
	high, low := func(v uint32) bool { return v > 0xe000 }, func(v uint32) bool { return v < 0x6000 }
	switch {
	case low(r) && high(g) && high(b):
		return 'c'
	case high(r) && high(g) && low(b):
		return 'y'
	case high(r) && low(g) && low(b):
		return 'r'
	}
	return 0
}

// threeColours makes the spec expect what gives each area another colour on the video's last
// picture, and returns them.
func (w watchWorld) threeColours(t *testing.T) string {
	t.Helper()
	out, err := w.snellen("watch", "-video", "shelf.mp4", "-headless", "-json", "-resolution",
		"64x48").Output()
	if err != nil {
		t.Fatal(err)
	}
	live := judgements(watchLines(t, string(out)))
	last := live[len(live)-3:]
	most, least := 0, 0
	for i, d := range last {
		if d.Probability > last[most].Probability {
			most = i
		}
		if d.Probability < last[least].Probability {
			least = i
		}
	}
	if last[most].Probability-last[least].Probability < 1e-4 {
		t.Fatalf("the areas look alike: %+v", last)
	}
	var expect [3]string
	colours := []byte("rrr")
	for i, d := range last {
		expect[i] = map[string]string{"A": "B", "B": "A"}[d.Found]
		if i == most || i == least {
			expect[i] = d.Found
		}
	}
	colours[most], colours[least] = 'c', 'y'
	w.spec(t, (last[most].Probability+last[least].Probability)/2, expect[0], expect[1], expect[2])
	return string(colours)
}

// TestWatchWindow works the window as a person does.
func TestWatchWindow(t *testing.T) {
	s := newScreen(t)
	w := newWatchWorld(t)
	want := w.threeColours(t)
	t.Run("click and key", func(t *testing.T) {
		shown := w.show(t, s, "-video", "shelf.mp4", "-resolution", "64x48")
		var img image.Image
		eventually(t, "the colours "+want, func() bool {
			img = shown.picture(t)
			return colours(img) == want
		})
		if folder := os.Getenv("SNELLEN_TEST_PICTURES"); folder != "" { // to be looked at
			var b bytes.Buffer
			if err := png.Encode(&b, img); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "watch.png"), b.Bytes(),
				0o666); err != nil {
				t.Fatal(err)
			}
		}
		w.saved(t, shown, "64x48")
		shown.run(t, "xdotool", "windowfocus", "--sync", shown.window, "key", "2")
		eventually(t, "a picture of the other model",
			func() bool { return w.click(t, shown, "32x24") })
		shown.run(t, "xdotool", "key", "q")
		shown.ended(t)
	})
	t.Run("closed", func(t *testing.T) {
		shown := w.show(t, s, "-video", "shelf.mp4")
		shown.run(t, "xdotool", "windowfocus", "--sync", shown.window)
		shown.close(t)
		shown.ended(t)
	})
	t.Run("no such display", func(t *testing.T) {
		cmd := w.snellen("watch", "-video", "shelf.mp4")
		cmd.Env = append(cmd.Env, "DISPLAY=:9999", "WAYLAND_DISPLAY=")
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitError || !strings.Contains(string(out),
			"hint: pass -headless") {
			t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), out)
		}
	})
}

var savedName = regexp.MustCompile(`^tiny\.watch/20\d{6}-\d{6}\.\d{3}-(\d+x\d+)\.jpg$`)

// saved clicks, and wants a picture of that model, as large as what is shown.
func (w watchWorld) saved(t *testing.T, shown *shownWatch, model string) {
	t.Helper()
	if !w.click(t, shown, model) {
		t.Errorf("the picture is of another model than %s", model)
	}
}

// click clicks on the picture, which is saved at that, and reports whether its name says that
// model.
func (w watchWorld) click(t *testing.T, shown *shownWatch, model string) bool {
	t.Helper()
	shown.run(t, "xdotool", "mousemove", "--window", shown.window, "200", "200", "click", "1")
	lines := watchLines(t, versionFirst+until(t, shown.lines, "watch_saved")+"\n")
	path := lines[len(lines)-1].Path
	name, err := filepath.Rel(w.dir, path)
	if err != nil || !savedName.MatchString(name) {
		t.Fatalf("saved as %s", path)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := jpeg.Decode(f); err != nil || img.Bounds().Dx() != 640 {
		t.Errorf("%s is no picture 640 wide: %v", path, err)
	}
	return savedName.FindStringSubmatch(name)[1] == model
}

const versionFirst = `{"type":"version","snellen":"x","stream":"1.5","@level":"info","@message":"x","@timestamp":"2020-04-01T12:00:00Z"}` + "\n"
