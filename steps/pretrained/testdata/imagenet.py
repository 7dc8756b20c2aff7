"""Write three pictures of scikit-image's, of 227x227 pixels, RGB: a cat, a cup and a rocket.

Usage: imagenet.py FILE. The cat and the cup are in the middle square of their pictures; of the
rocket the upper half is cut out, since it is small in its own.
"""
import sys

import numpy as np
from PIL import Image
from skimage import data

with open(sys.argv[1], "wb") as f:
    for pixels, box in [(data.chelsea(), None), (data.coffee(), None),
                        (data.rocket(), (251, 90, 391, 230))]:
        picture = Image.fromarray(pixels)
        w, h = picture.size
        side = min(w, h)
        left, top = (w - side) // 2, (h - side) // 2
        box = box or (left, top, left + side, top + side)
        f.write(np.array(picture.resize((227, 227), Image.BILINEAR, box=box)).tobytes())
