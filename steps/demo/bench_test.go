package demo

import "testing"

func BenchmarkTurningFrame(b *testing.B) {
	s := newProductScene(1, &designs[0], newPlaces(1, defaultFormat.places), defaultFormat)
	n := 0
	for b.Loop() {
		s.frame(n % defaultFormat.frames)
		n++
	}
}

func BenchmarkShelfFrame(b *testing.B) {
	s := newShelfScene(1, &shelves[0], defaultFormat)
	n := 0
	for b.Loop() {
		s.frame(n % defaultFormat.shelf)
		n++
	}
}
