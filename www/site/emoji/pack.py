#!/usr/bin/env python3
"""Packs a folder of pictures, `domain/class/concept.webp`, into `emoji.pack` beside this file.

    python3 pack.py FOLDER

The pack is the WebP files end to end, unchanged, then an index as JSON: domain by domain and class by
class in the order of the index, concepts by name. Each WebP file begins with its own length, so the
index has names only. Every domain must have the same concepts.
"""

import json
import pathlib
import struct
import sys

# As core/src/config/data.rs has them: the one held out by default last.
DOMAINS = ["shaded", "flat", "noto", "twemoji", "line"]


def names(folder: pathlib.Path) -> dict[str, list[str]]:
    """The concepts of each class."""
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
    return {name: sorted(path.stem for path in (folder / name).glob("*.webp")) for name in classes}


def webp(path: pathlib.Path) -> bytes:
    """A WebP file, whose length is the one that it states."""
    content = path.read_bytes()
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        sys.exit(f"{path} is no WebP file")
    if struct.unpack("<I", content[4:8])[0] + 8 != len(content):
        sys.exit(f"{path} is cut off, or has something after its end")
    return content


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    classes = names(root / DOMAINS[0])
    pack = bytearray()
    for domain in DOMAINS:
        if names(root / domain) != classes:
            sys.exit(f"{domain} has other concepts than {DOMAINS[0]}")
        for name, concepts in classes.items():
            for concept in concepts:
                pack += webp(root / domain / name / f"{concept}.webp")
    index = {
        "domains": DOMAINS,
        "classes": [{"name": name, "concepts": concepts} for name, concepts in classes.items()],
    }
    pack += json.dumps(index, separators=(",", ":")).encode()
    (pathlib.Path(__file__).parent / "emoji.pack").write_bytes(pack)


main()
