package studio

import (
	"os"
	"os/exec"
	"runtime"
)

// Browse opens an address in the person's browser, where there is one to be seen. It says nothing
// where that fails: the address is printed.
func Browse(url string) {
	var words []string
	switch {
	case runtime.GOOS == "darwin":
		words = []string{"open", url}
	case runtime.GOOS == "windows":
		words = []string{"rundll32", "url.dll,FileProtocolHandler", url}
	case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
		words = []string{"xdg-open", url}
	default:
		return
	}
	// The browser outlives this program: it is the person's.
	c := exec.Command(words[0], words[1:]...)
	if c.Start() == nil {
		go c.Wait()
	}
}
