//go:build native

package export

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/steps/vision"
)

// drawPictures draws pictures of all sorts, and writes beside each what classify.py makes of it.
// That part needs no PyTorch, so that a module without content does where it is missing.
const drawPictures = `
import sys, types
try:
    import torch
except ImportError:
    torch, nn = types.ModuleType("torch"), types.ModuleType("torch.nn")
    torch.nn, nn.Module = nn, object
    sys.modules["torch"], sys.modules["torch.nn"] = torch, nn
folder = sys.argv[1]
sys.path.insert(0, folder)
import classify
import numpy as np
from PIL import Image

numbers = np.random.default_rng(1)
rough = Image.fromarray(numbers.integers(0, 256, (12, 16, 3), dtype=np.uint8))
smooth = np.asarray(rough.resize((161, 121), Image.BICUBIC)).astype(int)
noisy = np.clip(smooth + numbers.integers(-30, 30, smooth.shape), 0, 255).astype(np.uint8)
picture, turned = Image.fromarray(noisy), Image.Exif()
turned[274] = 6
grey = picture.convert("L")
opaque = Image.fromarray(np.dstack([noisy, noisy[:, :, 0]]))
for name, image, options in [
    ("420.jpg", picture, {"subsampling": 2}), ("422.jpg", picture, {"subsampling": 1}),
    ("444.jpg", picture, {"subsampling": 0}), ("progressive.jpg", picture, {"progressive": True}),
    ("turned.jpg", picture, {"exif": turned}), ("grey.jpg", grey, {}),
    ("inks.jpg", picture.convert("CMYK"), {}), ("plain.png", picture, {}), ("grey.png", grey, {}),
    ("clear.png", opaque, {}), ("palette.png", picture.quantize(32), {}),
    ("deep.png", Image.fromarray(np.asarray(grey).astype(np.uint16) * 257), {}),
]:
    image.save(f"{folder}/{name}", **options)
    how = {"resize": 60, "long": 80, "width": 48, "height": 48}
    with open(f"{folder}/{name}.raw", "wb") as file:
        file.write(classify.pixels(f"{folder}/{name}", how).tobytes())
`

// The example makes the same bytes of a picture as the worker, whatever the file is like.
func TestExampleReadsPicturesAsTheWorker(t *testing.T) {
	python, dir := python(t, "numpy", "PIL"), t.TempDir()
	put(t, string(classifyPy), dir, "classify.py")
	runPython(t, python, drawPictures, dir)
	all, err := filepath.Glob(filepath.Join(dir, "*.raw"))
	if err != nil || len(all) != 12 {
		t.Fatalf("%q, %v", all, err)
	}
	p := vision.Preparation{Resize: 60, Long: 80, Width: 48, Height: 48}
	got := make([]byte, 3*48*48)
	for _, path := range all {
		data, err := os.ReadFile(strings.TrimSuffix(path, ".raw"))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := p.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		p.CropCentre(picture, got)
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			worst := 0
			for i := range min(len(got), len(want)) {
				worst = max(worst, int(got[i])-int(want[i]), int(want[i])-int(got[i]))
			}
			t.Errorf("%s differs, by up to %d", filepath.Base(path), worst)
		}
	}
}
