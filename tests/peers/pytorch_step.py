"""The benchmark's reference step in PyTorch: milliseconds of a plain and of an RSC step.

    pip install torch && python tests/peers/pytorch_step.py

32x32x3 images in batches of 32, channels 16-32-64, averaging head, four classes, Adam; RSC over
positions with Grad-CAM importance, p = b = 1/3, as `core/src/trainer/step.rs` makes its steps.
"""

import statistics
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

BATCH, CLASSES, STEPS, WARM_UP = 32, 4, 200, 20


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
        )
        self.linear = nn.Linear(64, CLASSES)

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


def measure(rsc):
    torch.manual_seed(0)
    network = Network()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    images, labels = torch.rand(BATCH, 3, 32, 32), torch.randint(0, CLASSES, (BATCH,))
    times = []
    for i in range(WARM_UP + STEPS):
        started = time.perf_counter()
        step(network, optimizer, images, labels, rsc)
        if i >= WARM_UP:
            times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


if __name__ == "__main__":
    for threads in range(1, torch.get_num_threads() + 1):
        torch.set_num_threads(threads)
        plain, rsc = measure(False), measure(True)
        print(f"PyTorch {torch.__version__}, {threads} threads: plain {plain:.2f} ms, RSC {rsc:.2f} ms")
