"""EfficientNet-Lite0 in PyTorch, with the weights that come with the lab."""

import pathlib

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

FILE = pathlib.Path(__file__).parents[3] / "www/site/models/efficientnet-lite0.safetensors"
# Expansion, channels, repeats, stride, kernel (Tan and Le 2019, table 1).
STAGES = [
    (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3),
]


class Unit(nn.Module):
    """A convolution padded as TensorFlow's SAME at even sizes, batch normalisation, ReLU6 or nothing."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1, clamp=True):
        super().__init__()
        all_round = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, all_round, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        before, after = (kernel - stride) // 2, kernel // 2
        self.pad = None if stride == 1 else [before, after] * 2
        self.clamp = clamp

    def forward(self, x):
        if self.pad is not None:
            x = F.pad(x, self.pad)
        x = self.norm(self.conv(x))
        return F.relu6(x) if self.clamp else x


class Block(nn.Module):
    def __init__(self, inputs, outputs, expand, kernel, stride):
        super().__init__()
        wide = inputs * expand
        self.expand = Unit(inputs, wide) if expand > 1 else nn.Identity()
        self.depthwise = Unit(wide, wide, kernel, stride, groups=wide)
        self.project = Unit(wide, outputs, clamp=False)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.adds else y


class Features(nn.Module):
    """From images, scaled by (v − 127) / 128, to 1,280 channels."""

    def __init__(self):
        super().__init__()
        blocks, inputs = [], 32
        for expand, outputs, repeats, stride, kernel in STAGES:
            for i in range(repeats):
                blocks.append(Block(inputs, outputs, expand, kernel, stride if i == 0 else 1))
                inputs = outputs
        self.stem = Unit(3, 32, 3, 2)
        self.blocks = nn.Sequential(*blocks)
        self.top = Unit(inputs, 1280)

    def forward(self, x):
        return self.top(self.blocks(self.stem(x)))

    def units(self):
        """Each unit and the names of its convolution and normalisation in the file."""
        yield self.stem, "_conv_stem", "_bn0"
        for i, block in enumerate(self.blocks):
            for part, name in enumerate(["expand", "depthwise", "project"]):
                unit = getattr(block, name)
                if isinstance(unit, Unit):
                    yield unit, f"_blocks.{i}._{name}_conv", f"_blocks.{i}._bn{part}"
        yield self.top, "_conv_head", "_bn1"


def pretrained():
    file = {name: tensor.float() for name, tensor in load_file(FILE).items()}
    features = Features().eval()
    with torch.no_grad():
        for unit, conv, norm in features.units():
            unit.conv.weight.copy_(file[f"{conv}.weight"])
            for name, tensor in [*unit.norm.named_parameters(), *unit.norm.named_buffers()]:
                if name != "num_batches_tracked":
                    tensor.copy_(file[f"{norm}.{name}"])
    return features
