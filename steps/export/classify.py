#!/usr/bin/env python3
"""Classifies a picture: python3 classify.py PICTURE.jpg

Reads model.json and model.safetensors beside it. Needs PyTorch, NumPy and Pillow; on Debian:
apt install python3-torch python3-numpy python3-pil
"""

import json
import math
import pathlib
import struct
import sys

import numpy as np
import torch
from PIL import Image, ImageOps
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


def norm(channels, eps=2e-5):
    return nn.BatchNorm2d(channels, eps=eps)


def shapes(inputs, outputs, stride, bottleneck):
    """Returns the convolutions of a residual unit: inputs, outputs, kernel and stride of each."""
    if bottleneck:
        inner = outputs // 4
        return [(inputs, inner, 1, 1), (inner, inner, 3, stride), (inner, outputs, 1, 1)]
    return [(inputs, outputs, 3, stride), (outputs, outputs, 3, 1)]


class Unit(nn.Module):
    """A residual unit with normalisation and ReLU before each convolution."""

    def __init__(self, inputs, outputs, stride, bottleneck, shortcut):
        super().__init__()
        self.count = 3 if bottleneck else 2
        for i, shape in enumerate(shapes(inputs, outputs, stride, bottleneck), 1):
            setattr(self, f"bn{i}", norm(shape[0]))
            setattr(self, f"conv{i}", conv(*shape))
        changes = inputs != outputs or stride != 1
        self.shortcut = conv(inputs, outputs, 1, stride) if changes or shortcut else None

    def forward(self, x):
        rectified = torch.relu(self.bn1(x))
        skip = x if self.shortcut is None else self.shortcut(rectified)
        out = self.conv1(rectified)
        for i in range(2, self.count + 1):
            out = getattr(self, f"conv{i}")(torch.relu(getattr(self, f"bn{i}")(out)))
        return out + skip


class LaterUnit(nn.Module):
    """A residual unit with normalisation after each convolution, as torchvision has it."""

    def __init__(self, inputs, outputs, stride, bottleneck):
        super().__init__()
        self.count = 3 if bottleneck else 2
        for i, shape in enumerate(shapes(inputs, outputs, stride, bottleneck), 1):
            setattr(self, f"conv{i}", conv(*shape))
            setattr(self, f"bn{i}", norm(shape[1], 1e-5))
        changes = inputs != outputs or stride != 1
        self.shortcut = conv(inputs, outputs, 1, stride) if changes else None
        self.shortcut_bn = norm(outputs, 1e-5) if changes else None

    def forward(self, x):
        skip = x if self.shortcut is None else self.shortcut_bn(self.shortcut(x))
        for i in range(1, self.count + 1):
            x = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x))
            x = torch.relu(x if i < self.count else x + skip)
        return x


LARGE = {
    18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3),
}


class Net(nn.Module):
    """A residual network for pictures whose longer side has that many pixels.

    kind is "resnet-v1" for torchvision's, "resnet-v2" for MXNet's, and "" for Snellen's own.
    """

    def __init__(self, kind, layers, side, classes):
        super().__init__()
        large, bottleneck = layers in LARGE, layers in LARGE and layers >= 50
        eps = 1e-5 if kind == "resnet-v1" else 2e-5
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
        self.data_bn = norm(3) if kind == "resnet-v2" else None
        self.stem_bn = norm(channels, eps) if large or side > 64 else None
        self.names = []
        for stage, (count, width) in enumerate(zip(units, widths)):
            for i in range(count):
                self.names.append(f"stage{stage + 1}_unit{i + 1}")
                stride = 2 if i == 0 and stage > 0 else 1
                if kind == "resnet-v1":
                    unit = LaterUnit(channels, width, stride, bottleneck)
                else:
                    shortcut = kind == "resnet-v2" and i == 0
                    unit = Unit(channels, width, stride, bottleneck, shortcut)
                self.add_module(self.names[-1], unit)
                channels = width
        self.bn = None if kind == "resnet-v1" else norm(channels)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        if self.data_bn is not None:
            x = self.data_bn(x)
        x = self.stem(x)
        if self.stem_bn is not None:
            x = nn.functional.max_pool2d(torch.relu(self.stem_bn(x)), 3, 2, 1)
        for name in self.names:
            x = getattr(self, name)(x)
        if self.bn is not None:
            x = torch.relu(self.bn(x))
        return self.fc(x.mean((2, 3)))


class Fire(nn.Module):
    """A convolution that squeezes the channels, and two beside each other that expand them."""

    def __init__(self, inputs, squeezed, outputs):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1 = nn.Conv2d(squeezed, outputs // 2, 1)
        self.expand3 = nn.Conv2d(squeezed, outputs // 2, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.relu(torch.cat([self.expand1(x), self.expand3(x)], 1))


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1 with a linear layer in place of its own classifier."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 2)
        channels = 64
        for i in range(2, 10):
            squeezed = 16 * (i // 2)
            setattr(self, f"fire{i}", Fire(channels, squeezed, 8 * squeezed))
            channels = 8 * squeezed
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        for i in range(2, 10):
            if i in (2, 4, 6):
                x = nn.functional.max_pool2d(x, 3, 2, ceil_mode=True)
            x = getattr(self, f"fire{i}")(x)
        return self.fc(x.mean((2, 3)))


def covered(old, new):
    """Returns which pixels of a line each new pixel covers where the line shrinks, with weights."""
    scale = 1 / (new / old)
    pixels = np.zeros((new, int(scale) + 3), int)
    weights = np.zeros(pixels.shape, np.float32)
    for i in range(new):
        begin = i * scale
        end = begin + scale
        cell = min(scale, old - begin)
        last = min(math.floor(end), old - 1)
        first = min(math.ceil(begin), last)
        parts = [(pixel, 1 / cell) for pixel in range(first, last)]
        if first - begin > 1e-3:
            parts.insert(0, (first - 1, (first - begin) / cell))
        if end - last > 1e-3:
            parts.append((last, min(end - last, 1, cell) / cell))
        for k, part in enumerate(parts):
            pixels[i, k], weights[i, k] = part
    return pixels, weights


def shrink(picture, size, axis):
    """Shrinks a picture of 32-bit numbers along an axis: each pixel is the mean of those it covers.

    The sums are in OpenCV's order.
    """
    picture = picture.swapaxes(0, axis)
    pixels, weights = covered(len(picture), size)
    out = np.zeros((size, *picture.shape[1:]), np.float32)
    for k in range(pixels.shape[1]):
        out += weights[:, k, None, None] * picture[pixels[:, k]]
    return out.swapaxes(0, axis)


def between(old, new, as_area):
    """Returns for each new pixel of a line the first of two old ones, and the second one's share.

    as_area is OpenCV's way for a picture that shrinks on one side and grows on the other.
    """
    place, scale = np.arange(new), 1 / (new / old)
    if as_area:
        first = np.floor(place * scale).astype(int)
        part = ((place + 1) - (first + 1) * (new / old)).astype(np.float32)
        return first, np.where(part <= 0, np.float32(0), part - np.floor(part))
    centre = ((place + 0.5) * scale - 0.5).astype(np.float32)
    first = np.floor(centre).astype(int)
    return first, centre - first.astype(np.float32)


def enlarge(picture, width, height, as_area):
    """Resizes by linear interpolation, in whole numbers: weights are parts of 2048."""
    rows, columns = picture.shape[:2]
    first, part = between(columns, width, as_area)
    part[(first < 0) | (first >= columns - 1)] = 0
    weights = np.rint(np.stack([1 - part, part]) * 2048).astype(int)[:, :, None]
    line = picture.astype(int)
    left, right = np.clip(first, 0, columns - 1), np.clip(first + 1, 0, columns - 1)
    line = line[:, left] * weights[0] + line[:, right] * weights[1]
    first, part = between(rows, height, as_area)
    weights = np.rint(np.stack([1 - part, part]) * 2048).astype(int)[:, :, None, None]
    top, bottom = np.clip(first, 0, rows - 1), np.clip(first + 1, 0, rows - 1)
    upper, lower = weights[0] * (line[top] >> 4), weights[1] * (line[bottom] >> 4)
    return (((upper >> 16) + (lower >> 16) + 2) >> 2).astype(np.uint8)


def resize(picture, width, height):
    """Resizes like OpenCV: by area where it shrinks, by linear interpolation where it grows."""
    rows, columns = picture.shape[:2]
    if width > columns or height > rows:
        return enlarge(picture, width, height, width < columns or height < rows)
    if columns % width or rows % height:
        out = shrink(shrink(picture.astype(np.float32), width, 1), height, 0)
        return np.clip(np.rint(out), 0, 255).astype(np.uint8)
    x, y = columns // width, rows // height
    total = picture.reshape(height, y, width, x, 3).astype(int).sum((1, 3))
    if x == y == 2:
        return (total + 2 >> 2).astype(np.uint8)
    return np.rint(total.astype(np.float32) * np.float32(1 / (x * y))).astype(np.uint8)


def read(path):
    """Returns a picture's pixels as OpenCV reads them: upright, 8 bits, red, green and blue."""
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode == "CMYK":
        inks = 255 - np.asarray(picture).astype(int)
        black = inks[:, :, 3:]
        return (black - ((255 - inks[:, :, :3]) * black >> 8)).astype(np.uint8)
    if picture.mode.startswith("I"):  # 16 bits of grey
        return np.repeat((np.asarray(picture).astype(int) >> 8).astype(np.uint8)[:, :, None], 3, 2)
    return np.asarray(picture.convert("RGB"))


def pixels(path, how):
    """Returns a picture, resized and cut to the network's input."""
    picture = read(path)
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
    return picture[top : top + how["height"], left : left + how["width"]]


def prepare(path, how):
    """Returns a picture as the network's input."""
    picture = pixels(path, how)
    if how["colour"] == "BGR":
        picture = picture[:, :, ::-1]
    x = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)
    scale = 255 / how.get("range", 1)
    mean = torch.tensor(how["mean"]).mul(scale).reshape(3, 1, 1)
    std = torch.tensor(how["std"]).mul(scale).reshape(3, 1, 1)
    return x.sub(mean).div(std)[None]


def network(model):
    """Returns the network that model.json describes, with random weights."""
    kind, layers, how = model.get("network", ""), model["num_layers"], model["preparation"]
    classes = len(model["classes"])
    if kind == "squeezenet1.1":
        return SqueezeNet(classes)
    if kind == "" or kind in ("resnet-v1", "resnet-v2") and layers in LARGE:
        return Net(kind, layers, max(how["height"], how["width"]), classes)
    sys.exit(f"model.json has a network that this script does not know: {kind!r}, {layers} layers")


def load():
    """Returns the network and the content of model.json."""
    model = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    how = model["preparation"]
    known = how["filter"] == "area/linear" and how["colour"] in ("RGB", "BGR")
    if model["format"] != 1 or not known:
        sys.exit("model.json has a format that this script does not support")
    net = network(model)
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
