"""Write a ResNet of torchvision with random weights, and what it computes from random pictures.

Usage: torchvisionfeatures.py MODEL FOLDER. It writes weights.safetensors; pictures, uint8 of
3 x 96 x 96 x 3; and features, float32.
"""
import json
import struct
import sys

import torch
import torchvision

model, folder = sys.argv[1:]
torch.manual_seed(7)
net = getattr(torchvision.models, model)(weights=None).eval()
for name, x in net.state_dict().items():
    with torch.no_grad():
        if name.endswith("running_mean"):
            x.normal_(0, 0.3)
        elif name.endswith("running_var"):
            x.uniform_(0.5, 2)
        elif "bn" in name or "downsample.1" in name:
            if name.endswith("weight"):
                x.uniform_(0.3, 0.9)
            elif name.endswith("bias"):
                x.normal_(0, 0.2)

header, data = {}, b""
for name, x in net.state_dict().items():
    numbers = x.numpy().tobytes()
    kind = {torch.float32: "F32", torch.int64: "I64"}[x.dtype]
    header[name] = {"dtype": kind, "shape": list(x.shape),
                    "data_offsets": [len(data), len(data) + len(numbers)]}
    data += numbers
text = json.dumps(header).encode()
with open(folder + "/weights.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)

pictures = torch.randint(0, 256, (3, 96, 96, 3), dtype=torch.uint8)
pictures.numpy().tofile(folder + "/pictures")
mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
x = ((pictures / 255 - mean) / std).permute(0, 3, 1, 2)
net.fc = torch.nn.Identity()
with torch.no_grad():
    net(x).numpy().tofile(folder + "/features")
