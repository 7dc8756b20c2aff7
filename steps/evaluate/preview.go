package evaluate

// A Previewer is a Classifier that can show what its network sees of a picture. A Classifier that
// is none has no previews.
type Previewer interface {
	// Preview returns the network's input for a JPEG, as a JPEG.
	Preview(jpeg []byte) ([]byte, error)
}

// PreviewCount is the number of judged frames that have previews: pictures of what the network saw.
const PreviewCount = 3

// HasPreview reports whether judged frame i of n, counted from 0, has previews. Those are the
// first, the last, and evenly spaced ones between.
func HasPreview(i, n int) bool {
	if n <= PreviewCount {
		return true
	}
	for k := range PreviewCount {
		if i == k*(n-1)/(PreviewCount-1) {
			return true
		}
	}
	return false
}
