"""The benchmark's step in PyTorch: milliseconds of a plain and of an RSC step.

    pip install torch && python tests/peers/pytorch_step.py [--device cuda] [--network large] [--json]

Batches of 32, four classes, Adam; RSC over positions with Grad-CAM importance, p = b = 1/3, as
`core/src/trainer/step.rs` makes its steps. The networks are those of `rsc bench --network`: reference (32 px,
16-32-64 channels), large (96 px, 64-128-256) and resnet (64 px, eight basic blocks, batch normalisation).
"""

import argparse
import json
import os
import statistics
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

BATCH, CLASSES, STEPS, WARM_UP = 32, 4, 200, 20
SIZES = {"reference": 32, "large": 96, "resnet": 64}


def small(channels):
    layers = []
    for i, (inputs, outputs) in enumerate(zip([3, *channels], channels)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
        if i + 1 < len(channels):
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Identity() if (inputs, stride) == (outputs, 1) else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs),
        )

    def forward(self, images):
        return torch.relu(self.main(images) + self.shortcut(images))


def resnet():
    layers = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    inputs = 16
    for outputs, stride in ((16, 1), (32, 2), (64, 2), (128, 2)):
        layers += [Block(inputs, outputs, stride), Block(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers)


class Network(nn.Module):
    def __init__(self, name="reference"):
        super().__init__()
        self.body, features = {
            "reference": lambda: (small([16, 32, 64]), 64),
            "large": lambda: (small([64, 128, 256]), 256),
            "resnet": lambda: (resnet(), 128),
        }[name]()
        self.linear = nn.Linear(features, CLASSES)

    def head(self, features):
        return self.linear(features.mean(dim=(2, 3)))


def challenge(network, features, labels, p=1 / 3, b=1 / 3):
    """What a challenge leaves of each feature, 0 or 1."""
    features = features.detach().requires_grad_()
    before = network.head(features)
    signal = before.gather(1, labels[:, None]).sum()
    gradient, = torch.autograd.grad(signal, features)
    with torch.no_grad():
        importance = (gradient.mean(dim=(2, 3), keepdim=True) * features).sum(dim=1)
        flat = importance.flatten(1)
        muted = flat.topk(round(p * flat.shape[1] + 0.5), dim=1).values[:, -1:]
        mask = (flat < muted).view_as(importance)[:, None].float()
        after = network.head(features * mask)
        chosen = labels[:, None]
        drop = (before.softmax(1).gather(1, chosen) - after.softmax(1).gather(1, chosen))[:, 0]
        challenged = drop >= drop.topk(round(b * len(drop))).values[-1]
        return torch.where(challenged[:, None, None, None], mask, torch.ones_like(mask))


def step(network, optimizer, images, labels, rsc):
    features = network.body(images)
    if rsc:
        features = features * challenge(network, features, labels)
    loss = cross_entropy(network.head(features), labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def measure(rsc, name="reference", device="cpu", steps=STEPS, seconds=None):
    """The median, and of how many steps: fewer than asked for where seconds are limited."""
    torch.manual_seed(0)
    network = Network(name).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    size = SIZES[name]
    images = torch.rand(BATCH, 3, size, size, device=device)
    labels = torch.randint(0, CLASSES, (BATCH,), device=device)

    def timed():
        started = time.perf_counter()
        step(network, optimizer, images, labels, rsc)
        if device == "cuda":
            torch.cuda.synchronize()
        return 1000 * (time.perf_counter() - started)

    began = time.perf_counter()

    def over(share):
        return seconds is not None and time.perf_counter() - began > share * seconds

    for _ in range(WARM_UP):
        timed()
        if over(0.2):
            break
    times = [timed()]
    while len(times) < steps and not over(1):
        times.append(timed())
    return statistics.median(times), len(times)


def report(arguments):
    device, name = arguments.device, arguments.network
    plain, _ = measure(False, name, device, arguments.steps, arguments.seconds)
    rsc, steps = measure(True, name, device, arguments.steps, arguments.seconds)
    return {
        "library": "PyTorch",
        "version": torch.__version__,
        "backend": device,
        "device_name": torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads",
        "network": name,
        "plain_ms": round(plain, 3),
        "rsc_ms": round(rsc, 3),
        "steps": steps,
        "problem": None,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--network", choices=tuple(SIZES), default="reference")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seconds", type=float, help="at most so long for each arm; then fewer steps are timed")
    parser.add_argument("--json", action="store_true", help="print one object, of all threads")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        parser.exit(1, "PyTorch finds no CUDA device here\n")
    torch.backends.cudnn.benchmark = True
    # PyTorch counts the machine's cores; a container may have fewer.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else torch.get_num_threads()
    torch.set_num_threads(min(torch.get_num_threads(), cores))
    if arguments.json:
        print(json.dumps(report(arguments)))
        return
    counts = [0] if arguments.device == "cuda" else range(1, torch.get_num_threads() + 1)
    for threads in counts:
        if threads:
            torch.set_num_threads(threads)
        of = report(arguments)
        print(f"PyTorch {of['version']}, {of['network']}, {of['device_name']}: "
              f"plain {of['plain_ms']:.2f} ms, RSC {of['rsc_ms']:.2f} ms")


if __name__ == "__main__":
    main()
