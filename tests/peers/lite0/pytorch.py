"""EfficientNet-Lite0 in PyTorch on the processor, beside `rsc bench --backbone efficientnet_lite0`.

    pip install torch safetensors && python tests/peers/lite0/pytorch.py [PROGRAM]

Features of 32 images of 224 px, and a step that trains the whole network on 16 images of 96 px with Adam
(statistics of batch normalisation as they are), in whichever layout of tensors is the faster. PROGRAM is `target/release/rsc`: where it is given, its
turns are taken between those of PyTorch.
"""

import json
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from network import pretrained

TURNS, REPEATS = 3, 5


def timed(work):
    work()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def features(layout):
    network, images = pretrained().to(memory_format=layout), torch.rand(32, 3, 224, 224) * 2 - 1
    images = images.to(memory_format=layout)
    # What a user who cares does: normalisation goes into the convolutions.
    for unit, _, _ in network.units():
        unit.conv = nn.utils.fuse_conv_bn_eval(unit.conv, unit.norm)
        unit.norm = nn.Identity()

    def work():
        with torch.inference_mode():
            network(images)

    return timed(work)


def step(layout):
    body, linear = pretrained().to(memory_format=layout), nn.Linear(1280, 4)
    parameters = [*body.parameters(), *linear.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-4)
    images, labels = torch.rand(16, 3, 96, 96) * 2 - 1, torch.randint(0, 4, (16,))
    images = images.to(memory_format=layout)

    def work():
        loss = cross_entropy(linear(body(images).mean((2, 3))), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return timed(work)


def ours(program):
    said = subprocess.check_output([program, "bench", "--backbone", "efficientnet_lite0", "--json"])
    times = json.loads(said)
    return times["features_ms"], times["step_ms"]


def main():
    rows = []
    for _ in range(TURNS):
        layouts = torch.contiguous_format, torch.channels_last
        row = [min(map(features, layouts)), min(map(step, layouts))]
        if len(sys.argv) > 1:
            row += ours(sys.argv[1])
        rows.append(row)
        print("  ".join(f"{value:.0f} ms" for value in row), flush=True)
    best = [statistics.median(column) for column in zip(*rows)]
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads:")
    print(f"  features of 32 images {best[0]:.0f} ms, step {best[1]:.0f} ms")
    if len(best) > 2:
        print(f"rsc: features {best[2]:.0f} ms ({best[2] / best[0]:.2f} of PyTorch's time), "
              f"step {best[3]:.0f} ms ({best[3] / best[1]:.2f})")


if __name__ == "__main__":
    main()
