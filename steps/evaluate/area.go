package evaluate

// An Area is a rectangle of the camera's frame, in pixels, and the label expected there.
type Area struct {
	Name   string `json:"name"`
	Rect   [4]int `json:"rect"` // x, y, width, height
	Expect string `json:"expect"`
}

// A Size is the size of a picture, in pixels.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Scaled returns where a rectangle lies after a frame of width and height pixels is scaled to s:
// the nearest whole pixels, at least one each way, within the frame. A nil size leaves it
// unchanged.
func (s *Size) Scaled(rect [4]int, width, height int) [4]int {
	if s == nil {
		return rect
	}
	x, w := scale(rect[0], rect[2], width, s.Width)
	y, h := scale(rect[1], rect[3], height, s.Height)
	return [4]int{x, y, w, h}
}

// scale returns the begin and the length of a span after size from becomes size to. Both ends are
// rounded, in integers, so that areas that touch still touch.
func scale(begin, length, from, to int) (int, int) {
	first := (2*begin*to + from) / (2 * from)
	end := (2*(begin+length)*to + from) / (2 * from)
	first = min(first, to-1)
	return first, max(end-first, 1)
}
