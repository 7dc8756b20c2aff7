package starter

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	pictures "snellen/steps/picture"
	"snellen/steps/term"
	"snellen/steps/video"
)

// A medium is what most of some files have in common. Sizes are in pixels, as shown.
type medium struct {
	count, labels int
	size          [2]int
	same          int // how many have that size
	rate          float64
	seconds       float64
	unusual       []string // what more than half of them are
	unseen        int      // how many were not looked at
}

// most returns the most frequent value. Of equally frequent ones it returns the first to occur.
func most[T comparable](values []T) (best T, n int) {
	count := map[T]int{}
	for _, v := range values {
		if count[v]++; count[v] > n {
			n = count[v]
		}
	}
	for _, v := range values {
		if count[v] == n {
			return v, n
		}
	}
	return best, 0
}

// describe fills a medium with what most of the files have in common.
func (m *medium) describe(files []*file) {
	var sizes [][2]int
	var rates []float64
	count := map[string]int{}
	for _, f := range files {
		m.count++
		if f.seen == nil {
			continue
		}
		sizes = append(sizes, f.seen.size())
		rates = append(rates, math.Round(f.seen.rate))
		m.seconds += f.seen.length
		for _, phrase := range f.seen.unusual {
			if count[phrase]++; count[phrase] == len(files)/2+1 {
				m.unusual = append(m.unusual, phrase)
			}
		}
	}
	m.size, m.same = most(sizes)
	rate, _ := most(rates)
	for _, f := range files { // the exact rate of one of those
		if f.seen != nil && math.Round(f.seen.rate) == rate {
			m.rate = f.seen.rate
			break
		}
	}
}

// medianSize returns the size of the picture with the median number of pixels, among those that
// stand as most do: upright or lying.
func medianSize(files []*file) [2]int {
	var upright, lying [][2]int
	for _, f := range files {
		if f.seen == nil {
			continue
		}
		if size := f.seen.size(); size[0] < size[1] {
			upright = append(upright, size)
		} else {
			lying = append(lying, size)
		}
	}
	if len(upright) > len(lying) {
		lying = upright
	}
	if len(lying) == 0 {
		return [2]int{}
	}
	slices.SortFunc(lying, func(a, b [2]int) int {
		return cmp.Or(a[0]*a[1]-b[0]*b[1], a[0]-b[0])
	})
	return lying[len(lying)/2]
}

// Bounds on the resolutions of a spec, in pixels.
const (
	maxSide      = 8192 // of a resolution
	minSide      = 8
	leastLong    = 72   // the longer side is halved as long as it is no shorter than this
	maxPhotoLong = 1280 // the longer side that the sizes of photographs begin with, at most
)

// halves returns the native size, with even sides, and its halves down to a longer side of about 80
// pixels: at least two sizes if they can be, the largest first. A limit on the longer side makes
// them begin with a half that is within it.
func halves(native [2]int, limit int) (list [][2]int) {
	w, h := float64(native[0]/2*2), float64(native[1]/2*2)
	for max(w, h) > float64(min(limit, maxSide)) {
		w, h = w/2, h/2
	}
	for {
		size := [2]int{even(w), even(h)}
		if len(list) > 0 && (size == list[len(list)-1] || min(w, h) < minSide) {
			return list
		}
		if list = append(list, size); len(list) > 1 && max(w, h)/2 < leastLong {
			return list
		}
		w, h = w/2, h/2
	}
}

// even returns the even number nearest to a side.
func even(side float64) int { return max(2*int(math.Round(side/2)), minSide) }

// settle decides what is used, and at which resolutions.
func (f *Found) settle() {
	f.prune()
	f.summarize()
	if len(f.labels) > 0 && f.chooseSizes() {
		f.prune()
		f.summarize()
	}
}

// chooseSizes chooses the resolutions, none of which enlarges any footage. It leaves out pictures
// that are much smaller than most, and reports whether there were any.
func (f *Found) chooseSizes() (left bool) {
	native, limit := f.native(), math.MaxInt
	if f.clips.same == 0 {
		limit = maxPhotoLong
	}
	f.fit = "squeeze"
	for _, one := range append(f.media(clip), f.media(picture)...) {
		if s := one.seen; s != nil && video.Distorts(s.width, s.height, native[0], native[1]) {
			f.fit = "pad"
		}
	}
	list := halves(native, limit)
	shots := f.media(picture)
	for len(list) > 1 && 20*len(f.enlarged(shots, list[0])) > len(shots) {
		list = list[1:]
	}
	for _, one := range f.enlarged(shots, list[0]) {
		one.left, left = true, true
		f.leave(one.path, fmt.Sprintf("it has only %dx%d pixels", one.seen.width, one.seen.height))
	}
	f.divideSizes(list)
	return left
}

// divideSizes divides sizes into those to compare and those that a video is too small for. Where
// fewer than two remain, further halves follow.
func (f *Found) divideSizes(list [][2]int) {
	var size [2]int
	for i := 0; ; i++ {
		if i < len(list) {
			size = list[i]
		} else {
			size = [2]int{even(float64(size[0]) / 2), even(float64(size[1]) / 2)}
		}
		if small := f.enlarged(f.media(clip), size); len(small) == 0 {
			f.sizes = append(f.sizes, size)
		} else if f.large = append(f.large, size); len(f.large) == 1 {
			f.small = small
		}
		if i >= len(list)-1 && (len(f.sizes) > 1 || min(size[0], size[1])/2 < minSide) {
			return
		}
	}
}

// enlarged returns the files that a resolution would enlarge.
func (f *Found) enlarged(files []*file, size [2]int) (list []*file) {
	for _, one := range files {
		if one.seen == nil {
			continue
		}
		w, h := video.ScaledSize(f.fit, one.seen.width, one.seen.height, size[0], size[1])
		if w > one.seen.width || h > one.seen.height {
			list = append(list, one)
		}
	}
	return list
}

// summarize describes what was found and is used.
func (f *Found) summarize() {
	f.clips, f.shots = medium{unseen: f.clips.unseen}, medium{}
	f.clips.describe(f.media(clip))
	f.shots.describe(f.media(picture))
	for _, l := range f.labels {
		if len(l.of(clip)) > 0 {
			f.clips.labels++
		}
		if len(l.of(picture)) > 0 {
			f.shots.labels++
		}
	}
}

// media returns the labels' files of a kind, without those for testing.
func (f *Found) media(k kind) (list []*file) {
	for _, l := range f.labels {
		list = append(list, l.of(k)...)
		if l.validation != nil && k == picture {
			list = append(list, l.validation.all(picture)...)
		}
	}
	return list
}

// native returns the size that the resolutions begin with: of most videos or, without any, of the
// median picture.
func (f *Found) native() [2]int {
	if f.clips.same > 0 {
		return f.clips.size
	}
	return medianSize(f.media(picture))
}

// Lines returns what was found, for people: a line for each medium and scene, for what differs from
// the rest, and for what was left out. No more than so many lines are about single files.
func (f *Found) Lines(limit int) (list []string) {
	if m := f.clips; m.count > 0 {
		text := fmt.Sprintf("%s of %s: %s", term.Count(m.count, "video"),
			term.Count(m.labels, "label"), describe(m.size, m.rate, m.unusual))
		if m.seconds > 0 {
			text += ", " + term.Seconds(m.seconds) + " in all"
		}
		if m.unseen > 0 {
			text += fmt.Sprintf("; %d were not looked at", m.unseen)
		}
		list = append(list, text)
	}
	if m := f.shots; m.count > 0 {
		size := medianSize(f.media(picture))
		text := fmt.Sprintf("%s of %s: %dx%d", term.Count(m.count, "picture"),
			term.Count(m.labels, "label"), size[0], size[1])
		if m.same < m.count {
			text += " in the middle, of several sizes"
		}
		list = append(list, text)
	}
	for _, l := range f.labels {
		if videos := l.of(clip); len(videos) > 1 && len(l.folders) == 0 {
			first, last := videos[0].name(), videos[len(videos)-1].name()
			list = append(list, fmt.Sprintf("%s has %d videos: %s to %s",
				pictures.ShownPath(l.name), len(videos), pictures.ShownPath(first),
				pictures.ShownPath(last)))
		}
	}
	for _, s := range f.scenes {
		first := s.files()[0]
		switch size := first.seen; {
		case s.video == nil:
			list = append(list, fmt.Sprintf("%s is what a camera saw: %s",
				pictures.ShownPath(s.at()), term.Count(len(s.files()), "still")))
		case size != nil:
			list = append(list, fmt.Sprintf("%s is what a camera saw: %s",
				pictures.ShownPath(s.at()), describe(size.size(), size.rate, size.unusual)))
		}
	}
	if n := f.tests(); n > 0 {
		list = append(list, fmt.Sprintf("%s is for testing: %s", pictures.ShownPath(f.test.path),
			term.Count(n, "picture")))
	}
	return append(append(list, few(f.odd(), limit)...), few(f.leftOut(), limit)...)
}

// few returns at most limit lines, and one about the others.
func few(lines []string, limit int) []string {
	if len(lines) <= limit {
		return lines
	}
	return append(lines[:limit:limit], fmt.Sprintf("... and %d more", len(lines)-limit))
}

func (f *Found) leftOut() (list []string) {
	for _, one := range f.left {
		list = append(list, "left out: "+one)
	}
	return list
}

// odd returns a line for each of the labels' videos that differs from most in more than colours of
// the usual kind.
func (f *Found) odd() (list []string) {
	for _, one := range f.media(clip) {
		s := one.seen
		if s == nil {
			continue
		}
		var phrases []string
		if s.size() != f.clips.size {
			phrases = append(phrases, fmt.Sprintf("%dx%d", s.width, s.height))
		}
		for _, phrase := range s.unusual {
			if !slices.Contains(f.clips.unusual, phrase) {
				phrases = append(phrases, phrase)
			}
		}
		if math.Abs(s.rate-f.clips.rate) > 0.02*f.clips.rate {
			phrases = append(phrases, rateText(s.rate))
		}
		if frames := s.rate * s.length; s.length > 0 && frames < 20 {
			phrases = append(phrases, fmt.Sprintf("only about %.0f frames", frames))
		}
		if len(phrases) > 0 {
			list = append(list, pictures.ShownPath(one.path)+": "+strings.Join(phrases, ", "))
		}
	}
	return list
}

func describe(size [2]int, rate float64, unusual []string) string {
	return strings.Join(append([]string{fmt.Sprintf("%dx%d", size[0], size[1]), rateText(rate)},
		unusual...), ", ")
}

func rateText(rate float64) string {
	return fmt.Sprintf("%g frames a second", math.Round(100*rate)/100)
}
