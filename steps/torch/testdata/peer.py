"""The network of 8 layers as a PyTorch user writes it, for a comparison of speed.

Each line of standard input is a number of batches to train on. Each line of standard output is the
time that took, in seconds.

Usage: peer.py SIDE CLASSES BATCH THREADS FORMAT, where FORMAT is channels_last or contiguous.
"""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def conv(a, b, kernel, stride):
    return nn.Conv2d(a, b, kernel, stride, kernel // 2, bias=False)


class Unit(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(a, eps=2e-5), conv(a, b, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(b, eps=2e-5), conv(b, b, 3, 1)
        self.shortcut = conv(a, b, 1, stride) if a != b or stride != 1 else None

    def forward(self, x):
        y = F.relu(self.bn1(x))
        skip = self.shortcut(y) if self.shortcut else x
        return self.conv2(F.relu(self.bn2(self.conv1(y)))) + skip


class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.stem, self.stem_bn = conv(3, 16, 3, 2), nn.BatchNorm2d(16, eps=2e-5)
        self.units = nn.Sequential(Unit(16, 32, 1), Unit(32, 64, 2), Unit(64, 128, 2))
        self.bn, self.fc = nn.BatchNorm2d(128, eps=2e-5), nn.Linear(128, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.stem_bn(self.stem(x))), 3, 2, 1)
        return self.fc(F.relu(self.bn(self.units(x))).mean((2, 3)))


side, classes, batch, threads = (int(a) for a in sys.argv[1:5])
layout = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}[sys.argv[5]]
torch.set_num_threads(threads)
net = Net(classes).to(memory_format=layout).train()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
pictures = torch.randint(0, 256, (batch, side, side, 3), dtype=torch.uint8)
wanted = torch.randint(0, classes, (batch,))


def step():
    x = pictures.permute(0, 3, 1, 2).to(torch.float32).sub_(127.5).div_(63.75).contiguous(memory_format=layout)
    optimizer.zero_grad()
    logits = net(x)
    loss = F.cross_entropy(logits, wanted)
    loss.backward()
    optimizer.step()
    return loss.item(), (logits.detach().argmax(1) == wanted).sum().item()


for line in sys.stdin:
    began = time.perf_counter()
    for _ in range(int(line)):
        step()
    print(time.perf_counter() - began, flush=True)
