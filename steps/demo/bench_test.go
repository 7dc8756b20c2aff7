package demo

import "testing"

func BenchmarkTurningFrame(b *testing.B) {
	s := newTurning(1, &designs[0], newPlaces(1, usual.places), usual)
	n := 0
	for b.Loop() {
		s.frame(n % usual.frames)
		n++
	}
}

func BenchmarkShelfFrame(b *testing.B) {
	s := newShelf(1, usual)
	n := 0
	for b.Loop() {
		s.frame(n % usual.shelf)
		n++
	}
}
