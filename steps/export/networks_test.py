"""Compares classify.py in each folder with networks that were written by others.

A folder has a model.json. The script writes random weights as its model.safetensors. It prints a
line for each folder: the network, its layers, and the largest differences between the outputs for
random input and between the prepared pictures.
"""

import importlib.util
import json
import pathlib
import struct
import sys

import numpy as np
import torch
import torchvision
from PIL import Image
from torch.nn import functional as F

CLASSES = 3


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        numbers = tensor.detach().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32", "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(numbers)],
        }
        data += numbers
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def shake(module):
    """Makes the numbers of all normalisations random.

    The variances are small, so that a wrong epsilon is seen.
    """
    for m in module.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.weight.data.uniform_(0.1, 0.25)
            m.bias.data.uniform_(-0.5, 0.5)
            m.running_mean.uniform_(-0.5, 0.5)
            m.running_var.uniform_(0.02, 0.1)
    return module.eval()


def renamed(state, names):
    """Returns the tensors with the beginnings of their names replaced."""
    out = {}
    for name, tensor in state.items():
        if name.endswith(".num_batches_tracked"):
            continue
        for old, new in names.items():
            if name.startswith(old + "."):
                out[new + name[len(old) :]] = tensor
    return out


def squeezenet(_):
    """Returns torchvision's network as a function, and its tensors by our names."""
    features = torchvision.models.squeezenet1_1(weights=None).features.eval()
    for p in features.parameters():
        if p.dim() == 1:
            p.data.uniform_(-0.1, 0.1)
    fc = torch.nn.Linear(512, CLASSES)
    names = {"0": "conv1"}
    for fire, place in enumerate([3, 4, 6, 7, 9, 10, 11, 12], 2):
        for old, new in ("squeeze", "squeeze"), ("expand1x1", "expand1"), ("expand3x3", "expand3"):
            names[f"{place}.{old}"] = f"fire{fire}.{new}"
    tensors = renamed(features.state_dict(), names)
    tensors.update({"fc." + name: t for name, t in fc.state_dict().items()})
    return (lambda x: fc(F.adaptive_avg_pool2d(features(x), 1).flatten(1))), tensors


def resnet_v1(layers):
    """Does the same for a residual network of torchvision."""
    net = shake(getattr(torchvision.models, f"resnet{layers}")(weights=None, num_classes=CLASSES))
    names = {"conv1": "stem", "bn1": "stem_bn", "fc": "fc"}
    for stage in range(1, 5):
        for unit in range(36):
            old, new = f"layer{stage}.{unit}", f"stage{stage}_unit{unit + 1}"
            for i in range(1, 4):
                names[f"{old}.conv{i}"] = f"{new}.conv{i}"
                names[f"{old}.bn{i}"] = f"{new}.bn{i}"
            names[old + ".downsample.0"] = new + ".shortcut"
            names[old + ".downsample.1"] = new + ".shortcut_bn"
    return net, renamed(net.state_dict(), names)


def resnet_v2(layers):
    """Does the same for MXNet's network, which follows symbols/resnet.py of its examples."""
    tensors = {}

    def weight(name, *shape):
        if name not in tensors:
            scale = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1
            tensors[name] = torch.randn(shape) * float(scale)
        return tensors[name]

    def bn(name, x):
        c = x.shape[1]
        if name + ".weight" not in tensors:
            tensors[name + ".weight"] = torch.empty(c).uniform_(0.1, 0.25)
            tensors[name + ".running_var"] = torch.empty(c).uniform_(0.02, 0.1)
        return F.batch_norm(
            x, weight(name + ".running_mean", c), tensors[name + ".running_var"],
            tensors[name + ".weight"], weight(name + ".bias", c), False, 0, 2e-5,
        )

    def conv(name, x, filters, kernel, stride, pad):
        w = weight(name + ".weight", filters, x.shape[1], kernel, kernel)
        return F.conv2d(x, w, None, stride, pad)

    def unit(name, x, filters, stride, dim_match):
        act1 = F.relu(bn(name + ".bn1", x))
        if layers >= 50:
            conv1 = conv(name + ".conv1", act1, filters // 4, 1, 1, 0)
            act2 = F.relu(bn(name + ".bn2", conv1))
            conv2 = conv(name + ".conv2", act2, filters // 4, 3, stride, 1)
            last = conv(name + ".conv3", F.relu(bn(name + ".bn3", conv2)), filters, 1, 1, 0)
        else:
            conv1 = conv(name + ".conv1", act1, filters, 3, stride, 1)
            last = conv(name + ".conv2", F.relu(bn(name + ".bn2", conv1)), filters, 3, 1, 1)
        if dim_match:
            return last + x
        return last + conv(name + ".shortcut", act1, filters, 1, stride, 0)

    units = {18: [2, 2, 2, 2], 50: [3, 4, 6, 3]}[layers]
    filters = [256, 512, 1024, 2048] if layers >= 50 else [64, 128, 256, 512]

    def net(x):
        x = F.relu(bn("stem_bn", conv("stem", bn("data_bn", x), 64, 7, 2, 3)))
        x = F.max_pool2d(x, 3, 2, 1)
        for stage in range(4):
            x = unit(f"stage{stage + 1}_unit1", x, filters[stage], 1 if stage == 0 else 2, False)
            for i in range(2, units[stage] + 1):
                x = unit(f"stage{stage + 1}_unit{i}", x, filters[stage], 1, True)
        x = F.relu(bn("bn", x)).mean((2, 3))
        return F.linear(x, weight("fc.weight", CLASSES, x.shape[1]), weight("fc.bias", CLASSES))

    net(torch.zeros(1, 3, 64, 64))  # makes the tensors
    return net, tensors


def prepared(path, how):
    """Returns a picture of the network's own size as its input."""
    values = np.asarray(Image.open(path)).astype(np.float64) * how.get("range", 1) / 255
    channels = {"RGB": (0, 1, 2), "BGR": (2, 1, 0)}[how["colour"]]
    planes = [(values[:, :, c] - how["mean"][i]) / how["std"][i] for i, c in enumerate(channels)]
    return torch.from_numpy(np.stack(planes))[None]


def difference(a, b):
    return float((a - b).abs().max() / b.abs().max())


def main():
    torch.manual_seed(5)
    builders = {"squeezenet1.1": squeezenet, "resnet-v1": resnet_v1, "resnet-v2": resnet_v2}
    for folder in map(pathlib.Path, sys.argv[1:]):
        model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        how = model["preparation"]
        theirs, tensors = builders[model["network"]](model["num_layers"])
        write_safetensors(folder / "model.safetensors", tensors)
        spec = importlib.util.spec_from_file_location("classify", folder / "classify.py")
        classify = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(classify)
        with torch.no_grad():
            ours, _ = classify.load()
            x = torch.randn(2, 3, how["height"], how["width"])
            outputs = difference(ours(x), theirs(x))
        noise = np.random.default_rng(5).integers(0, 256, (how["height"], how["width"], 3))
        Image.fromarray(noise.astype(np.uint8)).save(folder / "noise.png")
        # With resize 0, a picture of the size of the input is not resized.
        exact = dict(how, resize=0)
        picture = difference(
            classify.prepare(folder / "noise.png", exact), prepared(folder / "noise.png", exact)
        )
        print(model["network"], model["num_layers"], f"{outputs:.3g}", f"{picture:.3g}")


main()
