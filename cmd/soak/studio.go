//go:build linux

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// filmed is the content of the clips that a page films: nothing plays it.
var filmed = bytes.Repeat([]byte("film"), 300_000)

// aPage does with a studio what a page does: it applies, and films a clip meanwhile. When the apply
// is done, it interrupts the studio. It returns when the studio has ended, at the latest.
func aPage(e *episode, c *command) {
	p := page{command: c}
	if !p.open() {
		return
	}
	p.ask("POST", "/api/apply", []byte("{}"), nil)
	p.film()
	for !c.wait(20 * time.Millisecond) {
		var run struct {
			State string
			Ours  bool
		}
		if !p.ask("GET", "/api/run", nil, &run) || run.Ours {
			continue
		}
		if run.State == "done" {
			c.Process.Signal(os.Interrupt)
			return
		}
		p.ask("POST", "/api/apply", []byte("{}"), nil) // the apply was killed
	}
}

// A page is the browser's end of a studio.
type page struct {
	command *command
	base    string
	client  http.Client
}

var address = regexp.MustCompile(`http://\S+`)

// open waits until the studio has printed its address, and shows it the token.
func (p *page) open() bool {
	for !p.command.wait(5 * time.Millisecond) {
		url := string(address.Find(p.command.text()))
		if url == "" || !bytes.Contains(p.command.text(), []byte(url+"\n")) {
			continue
		}
		p.base, _, _ = strings.Cut(url, "/?")
		p.client.Jar, _ = cookiejar.New(nil)
		p.client.Timeout = patience
		answer, err := p.client.Get(url)
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	}
	return false
}

// film films a picture of the watched camera, which no spec names.
func (p *page) film() {
	var begun struct{ ID string }
	if !p.ask("POST", "/api/recordings", []byte(`{"pictures":true,"type":"video/webm"}`), &begun) {
		return
	}
	for at := 0; at < len(filmed); at += 100_000 {
		p.ask("PUT", fmt.Sprintf("/api/recordings/%s?offset=%d", begun.ID, at),
			filmed[at:min(at+100_000, len(filmed))], nil)
	}
	p.ask("POST", "/api/recordings/"+begun.ID+"/finish", []byte("{}"), nil)
}

// ask sends a request, and reports whether it was answered well.
func (p *page) ask(method, path string, body []byte, into any) bool {
	r, err := http.NewRequest(method, p.base+path, bytes.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Origin", p.base)
	r.Header.Set("Content-Type", "application/json")
	answer, err := p.client.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return false
	}
	return into == nil || json.Unmarshal(data, into) == nil
}

// wholeClips holds that each clip that has its name is whole.
func wholeClips(e *episode) error {
	clips, err := filepath.Glob(filepath.Join(e.study(), "tiny.watch", "[^.]*"))
	if err != nil {
		return err
	}
	want := sha256.Sum256(filmed)
	for _, clip := range clips {
		data, err := read(clip)
		if err != nil {
			return err
		}
		if sha256.Sum256(data) != want {
			return fmt.Errorf("%s is not whole: %d bytes", clip, len(data))
		}
	}
	return nil
}

// oneClip holds that a studio that ended well has left its clip, and of those before nothing but
// whole ones. It removes them.
func oneClip(e *episode) error {
	entries, err := os.ReadDir(filepath.Join(e.study(), "tiny.watch"))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			return fmt.Errorf("%s is left over", entry.Name())
		}
	}
	if len(entries) == 0 {
		return fmt.Errorf("the clip is lost")
	}
	if err := wholeClips(e); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(e.study(), "tiny.watch")) // it is no part of the study
}
