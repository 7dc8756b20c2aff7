package pretrained

import (
	"strings"
	"testing"
)

// TestGuide: the guide has every network that is known.
func TestGuide(t *testing.T) {
	for _, l := range layouts() {
		if name := network(l.family, l.layers).Name; !strings.Contains(Guide, name) {
			t.Errorf("the guide does not have %s", name)
		}
	}
}
