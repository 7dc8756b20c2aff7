"""How training and serving read pictures: both must do the same."""

import io
import os
import struct

import numpy
from PIL import Image

MAGIC = 0xCED7230A


def prepare(jpeg, height, width):
    """A picture as the network sees it: squeezed to its input, a row of numbers from -1 to 1."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        squeezed = picture.convert("RGB").resize((width, height), Image.BOX)
    return numpy.asarray(squeezed, dtype=numpy.float32).ravel() / 127.5 - 1


def records(path):
    """The classes and JPEGs of a RecordIO file."""
    with open(path, "rb") as file:
        data = file.read()
    at, parts = 0, []
    while at < len(data):
        magic, word = struct.unpack_from("<II", data, at)
        if magic != MAGIC:
            raise ValueError(f"{path} is no RecordIO at byte {at}")
        flag, length = word >> 29, word & ((1 << 29) - 1)  # 0: whole, 1: first, 2: middle, 3: last part
        parts.append(data[at + 8 : at + 8 + length])
        at += 8 + (length + 3) // 4 * 4
        if flag in (0, 3):
            record = struct.pack("<I", MAGIC).join(parts)  # it was split where it held the magic
            parts = []
            (label,) = struct.unpack_from("<f", record, 4)
            yield int(label), record[24:]


def listed(folder, lst):
    """The classes and JPEGs of a folder of images, by its list: index, class and path, with tabs between them."""
    with open(lst, encoding="utf-8") as lines:
        for line in lines:
            _, label, path = line.rstrip("\n").split("\t")
            with open(os.path.join(folder, path), "rb") as file:
                yield int(float(label)), file.read()


def channel(name, height, width):
    """A channel's pictures and classes, in the form in which it came."""
    folder = os.environ["SM_CHANNEL_" + name.upper()]
    lists = os.environ.get(f"SM_CHANNEL_{name.upper()}_LST")
    if lists:
        found = listed(folder, os.path.join(lists, name + ".lst"))
    else:
        found = records(os.path.join(folder, name + ".rec"))
    pictures, classes = [], []
    for label, jpeg in found:
        pictures.append(prepare(jpeg, height, width))
        classes.append(label)
    return numpy.stack(pictures), numpy.array(classes)
