#!/usr/bin/env python3
"""Classifies a picture: python3 classify.py PICTURE.jpg

Reads model.json and model.safetensors beside it. Needs PyTorch, NumPy and Pillow; on Debian:
apt install python3-torch python3-numpy python3-pil
"""

import json
import pathlib
import struct
import sys

import numpy as np
import torch
from PIL import Image
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent


def read_safetensors(path):
    """Returns the tensors of a file by name.

    The file has the length of the header, the header as JSON, and the numbers.
    """
    data = path.read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(data[8 + size + begin : 8 + size + end], dtype="<f4")
        tensors[name] = torch.from_numpy(numbers.reshape(entry["shape"]).copy())
    return tensors


def conv(inputs, outputs, kernel, stride):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=2e-5)


class Unit(nn.Module):
    """A residual unit with normalisation and ReLU before each convolution."""

    def __init__(self, inputs, outputs, stride, bottleneck):
        super().__init__()
        shapes = [(inputs, outputs, 3, stride), (outputs, outputs, 3, 1)]
        if bottleneck:
            inner = outputs // 4
            shapes = [(inputs, inner, 1, 1), (inner, inner, 3, stride), (inner, outputs, 1, 1)]
        self.count = len(shapes)
        for i, shape in enumerate(shapes, 1):
            setattr(self, f"bn{i}", norm(shape[0]))
            setattr(self, f"conv{i}", conv(*shape))
        changes = inputs != outputs or stride != 1
        self.shortcut = conv(inputs, outputs, 1, stride) if changes else None

    def forward(self, x):
        rectified = torch.relu(self.bn1(x))
        skip = x if self.shortcut is None else self.shortcut(rectified)
        out = self.conv1(rectified)
        for i in range(2, self.count + 1):
            out = getattr(self, f"conv{i}")(torch.relu(getattr(self, f"bn{i}")(out)))
        return out + skip


LARGE = {
    18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3),
}


class Net(nn.Module):
    """A residual network for pictures whose longer side has that many pixels."""

    def __init__(self, layers, side, classes):
        super().__init__()
        large, bottleneck = layers in LARGE, layers in LARGE and layers >= 50
        if large:
            units, channels, widths = LARGE[layers], 64, [64, 128, 256, 512]
            if bottleneck:
                widths = [4 * w for w in widths]
            self.stem = conv(3, channels, 7, 2)
        else:
            n = (layers - 2) // 6
            width = 32 if n == 1 else 16
            units, channels, widths = (n, n, n), 16, [width, 2 * width, 4 * width]
            self.stem = conv(3, channels, 3, 2 if side > 32 else 1)
        self.stem_bn = norm(channels) if large or side > 64 else None
        self.names = []
        for stage, (count, width) in enumerate(zip(units, widths)):
            for i in range(count):
                self.names.append(f"stage{stage + 1}_unit{i + 1}")
                stride = 2 if i == 0 and stage > 0 else 1
                self.add_module(self.names[-1], Unit(channels, width, stride, bottleneck))
                channels = width
        self.bn = norm(channels)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.stem(x)
        if self.stem_bn is not None:
            x = nn.functional.max_pool2d(torch.relu(self.stem_bn(x)), 3, 2, 1)
        for name in self.names:
            x = getattr(self, name)(x)
        return self.fc(torch.relu(self.bn(x)).mean((2, 3)))


def area(old, new):
    """Returns the matrix that shrinks a line.

    Each new pixel is the mean of the old pixels that it covers.
    """
    scale = old / new
    edges = np.arange(new + 1) * scale
    left, right = edges[:-1, None], edges[1:, None]
    pixel = np.arange(old)[None, :]
    covered = np.minimum(right, pixel + 1) - np.maximum(left, pixel)
    return np.clip(covered, 0, None) / scale


def linear(old, new, as_area):
    """Returns the matrix that enlarges a line by linear interpolation.

    as_area is OpenCV's way for a picture that shrinks on one side and grows on the other.
    """
    scale = old / new
    place = np.arange(new)
    if as_area:
        first = np.floor(place * scale).astype(int)
        part = (place + 1) - (first + 1) / scale
        part = np.where(part <= 0, 0, part - np.floor(part))
    else:
        centre = (place + 0.5) * scale - 0.5
        first = np.floor(centre).astype(int)
        part = centre - first
    part = np.where(first < 0, 0, part)
    first = np.clip(first, 0, old - 1)
    matrix = np.zeros((new, old))
    matrix[place, first] += 1 - part
    matrix[place, np.minimum(first + 1, old - 1)] += part
    return matrix


def resize(picture, width, height):
    """Resizes like OpenCV: by area where it shrinks, by linear interpolation where it grows."""
    old_height, old_width = picture.shape[:2]
    shrinks = width < old_width or height < old_height
    if shrinks and width <= old_width and height <= old_height:
        rows, columns = area(old_height, height), area(old_width, width)
    else:
        rows, columns = linear(old_height, height, shrinks), linear(old_width, width, shrinks)
    out = np.einsum("yh,hwc,xw->yxc", rows, picture.astype(np.float64), columns, optimize=True)
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def prepare(path, how):
    """Returns a picture as the network's input."""
    picture = np.asarray(Image.open(path).convert("RGB"))
    height, width = picture.shape[:2]
    short, long = how["resize"], how["long"]
    if short == 0:
        size = how["width"], how["height"]
    elif long > 0:
        size = (short, long) if width < height else (long, short)
    elif width < height:
        size = short, max(height * short // width, 1)
    else:
        size = max(width * short // height, 1), short
    picture = resize(picture, *size)
    top = (picture.shape[0] - how["height"]) // 2
    left = (picture.shape[1] - how["width"]) // 2
    picture = picture[top : top + how["height"], left : left + how["width"]]
    x = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)
    mean = torch.tensor(how["mean"]).mul(255).reshape(3, 1, 1)
    std = torch.tensor(how["std"]).mul(255).reshape(3, 1, 1)
    return x.sub(mean).div(std)[None]


def load():
    """Returns the network and the content of model.json."""
    model = json.loads((HERE / "model.json").read_text())
    how = model["preparation"]
    if (model["format"], how["filter"], how["colour"]) != (1, "area/linear", "RGB"):
        sys.exit("model.json has a format that this script does not support")
    net = Net(model["num_layers"], max(how["height"], how["width"]), len(model["classes"]))
    tensors = read_safetensors(HERE / "model.safetensors")
    missing, unknown = net.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith(".num_batches_tracked")]
    if missing or unknown:
        wrong = missing[:3] or unknown[:3]
        sys.exit(f"model.safetensors does not match the network in model.json: {wrong}")
    return net.eval(), model


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    net, model = load()
    with torch.no_grad():
        probabilities = torch.softmax(net(prepare(sys.argv[1], model["preparation"])), 1)[0]
    for i in probabilities.argsort(descending=True).tolist():
        print(f"{probabilities[i]:.6f} {model['classes'][i]}")


if __name__ == "__main__":
    main()
