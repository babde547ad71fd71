"""Wall time of the 24 cells of `cells.toml` in PyTorch, on noise of the same shapes: the same networks, steps
and evaluations, one cell after another.

    pip install torch && time python tests/peers/pytorch_cells.py
    time rsc protocol tests/peers/cells.toml --out out/cells
"""

import time

import torch

from pytorch_step import BATCH, CLASSES, Network, step

METHODS, HELD_OUT, SEEDS = ("erm", "rsc"), 3, 4
TRAIN_IMAGES, TEST_IMAGES, DOMAINS, EPOCHS = 1024, 512, 4, 5


def cell(rsc, seed):
    torch.manual_seed(seed)
    network = Network()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    images = torch.rand(TRAIN_IMAGES, 3, 32, 32)
    labels = torch.randint(0, CLASSES, (TRAIN_IMAGES,))
    test = [torch.rand(TEST_IMAGES, 3, 32, 32) for _ in range(DOMAINS)]
    for _ in range(EPOCHS):
        for batch in torch.randperm(TRAIN_IMAGES).split(BATCH):
            step(network, optimizer, images[batch], labels[batch], rsc)
        with torch.no_grad():
            for domain in test:
                for part in domain.split(128):
                    network.head(network.body(part)).argmax(1)


if __name__ == "__main__":
    started = time.perf_counter()
    for seed in range(SEEDS):
        for _ in range(HELD_OUT):
            for method in METHODS:
                cell(method == "rsc", seed)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads: {time.perf_counter() - started:.1f} s")
