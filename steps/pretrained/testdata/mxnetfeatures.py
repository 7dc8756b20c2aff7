"""Write a residual network of MXNet with random weights, and what it computes from random pictures.

Usage: mxnetfeatures.py LAYERS FOLDER. It writes what torchvisionfeatures.py does. The network is
that of MXNet's example/image-classification/symbols/resnet.py, for large input. MXNet 1.9.1 needs a
numpy below 1.24.
"""
import json
import struct
import sys

import mxnet as mx
import numpy as np

layers, folder = int(sys.argv[1]), sys.argv[2]
deep = layers >= 50
random = np.random.RandomState(7)


def norm(x, name, fix_gamma=False):
    return mx.sym.BatchNorm(x, fix_gamma=fix_gamma, eps=2e-5, name=name)


def relu(x):
    return mx.sym.Activation(x, act_type="relu")


def conv(x, name, filters, kernel, stride=1):
    pad = kernel // 2
    return mx.sym.Convolution(x, num_filter=filters, kernel=(kernel, kernel), pad=(pad, pad),
                              stride=(stride, stride), no_bias=True, name=name)


x = norm(mx.sym.Variable("data"), "bn_data", fix_gamma=True)
x = relu(norm(conv(x, "conv0", 64, 7, 2), "bn0"))
x = mx.sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max")
for stage, units in enumerate({18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}[layers]):
    narrow = 64 << stage
    out = 4 * narrow if deep else narrow
    for unit in range(units):
        name = "stage%d_unit%d_" % (stage + 1, unit + 1)
        stride = 2 if stage > 0 and unit == 0 else 1
        first = relu(norm(x, name + "bn1"))
        shortcut = conv(first, name + "sc", out, 1, stride) if unit == 0 else x
        if deep:
            y = relu(norm(conv(first, name + "conv1", narrow, 1), name + "bn2"))
            y = relu(norm(conv(y, name + "conv2", narrow, 3, stride), name + "bn3"))
            y = conv(y, name + "conv3", out, 1)
        else:
            y = relu(norm(conv(first, name + "conv1", out, 3, stride), name + "bn2"))
            y = conv(y, name + "conv2", out, 3)
        x = y + shortcut
x = mx.sym.Pooling(relu(norm(x, "bn1")), global_pool=True, kernel=(7, 7), pool_type="avg")
x = mx.sym.Flatten(x)

shape = (3, 3, 96, 96)
run = x.simple_bind(mx.cpu(), grad_req="null", data=shape)


def fill(arrays):
    for name, a in arrays.items():
        if name == "data":
            continue
        if name.startswith("bn_data_moving"):
            numbers = random.uniform(100, 150, a.shape) * (40 if name.endswith("var") else 1)
        elif name.endswith("_weight"):
            numbers = random.normal(0, np.sqrt(2 / np.prod(a.shape[1:])), a.shape)
        elif name.endswith(("_gamma", "_var")):
            numbers = random.uniform(0.5, 1.5, a.shape)
        else:
            numbers = random.normal(0, 0.3, a.shape)
        a[:] = numbers


fill(run.arg_dict)
fill(run.aux_dict)
saved = {"arg:" + n: a for n, a in run.arg_dict.items() if n != "data"}
saved.update({"aux:" + n: a for n, a in run.aux_dict.items()})
header, data = {}, b""
for name, a in saved.items():
    numbers = a.asnumpy().astype("<f4").tobytes()
    header[name] = {"dtype": "F32", "shape": list(a.shape),
                    "data_offsets": [len(data), len(data) + len(numbers)]}
    data += numbers
text = json.dumps(header).encode()
with open(folder + "/weights.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)

pictures = random.randint(0, 256, (3, 96, 96, 3)).astype(np.uint8)
pictures.tofile(folder + "/pictures")
run.forward(is_train=False, data=mx.nd.array(pictures.transpose(0, 3, 1, 2).astype(np.float32)))
run.outputs[0].asnumpy().astype("<f4").tofile(folder + "/features")
