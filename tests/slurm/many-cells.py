#!/usr/bin/env python3
"""Measures `rsc protocol` with 10,000 cells: its folder, its tables, its claims.

    tests/slurm/many-cells.py PROGRAM [--cells N] [--processes N] [--stop SECONDS]

Two protocols are made in a temporary folder. The first has cells of 20 evaluations. One of them is trained, and
the records of all are written after it, with accuracies drawn at random; what reads them is timed. Times are
those of the second of two calls, so the files are in memory. The cells of the second protocol take some
milliseconds each and are trained, by processes that start at once and share nothing but the folder. The system
is asked what happens in it (inotify, so Linux only): claims, and records written. One of the processes is
stopped while it has a claim and killed after a while, so the others have to wait for it and to take its cell
over.
"""

import argparse
import ctypes
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

METHODS = """
[[methods]]
name = "erm"

[[methods]]
name = "rsc"
challenge = { axis = "spatial", b = 0.5 }

[[methods]]
name = "channels"
challenge = { axis = "channel", b = 0.5 }

[[methods]]
name = "small-batches"
settings = { training = { batch_size = 16 } }

[[methods]]
name = "smooth-labels"
settings = { training = { label_smoothing = 0.1 } }
"""

# With four domains, five methods and 20 samples: 400 cells for each seed.
FULL = """
name = "Many cells"
seeds = {seeds}

[data]
preset = "styles"
image_size = 16

[settings]
network.backbone = {{ kind = "small_cnn", channels = [4] }}
training.epochs = 20
{methods}
[random]
count = 20
"training.learning_rate" = {{ log_uniform10 = [-4.5, -2.5], default = 1e-3 }}
"""

# 20 cells for each seed.
TINY = """
name = "Many tiny cells"
seeds = {seeds}

[data]
preset = "styles"
image_size = 16
train_images = 32
test_images = 32

[settings]
network.backbone = {{ kind = "small_cnn", channels = [2] }}
training.epochs = 1
{methods}
"""


def run(*arguments):
    """Runs a command: its output, seconds, and highest memory in MiB (VmHWM)."""
    began = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))}: exit code {process.returncode}")
    return output, seconds, usage.ru_maxrss / 1024


def size(path):
    """MiB of a file."""
    return path.stat().st_size / 2**20


def altered(score, chance):
    return score | {"correct": sum(random.random() < chance for _ in range(score["images"]))}


def write_records(folder, cells, model):
    """The record of each cell, with 20 evaluations after the model's."""
    for cell in cells:
        record = model | cell
        chance = random.uniform(0.3, 0.7)
        record["evaluations"] = [
            evaluation
            | {
                "validation": [altered(score, chance) for score in evaluation["validation"]],
                "held_out_in": altered(evaluation["held_out_in"], chance - 0.1),
                "held_out_out": altered(evaluation["held_out_out"], chance - 0.1),
            }
            for evaluation in model["evaluations"]
        ]
        path = folder / "cells" / f"{cell['index']:05}-{cell['hash']}.json"
        path.write_text(json.dumps(record, indent=2) + "\n")


def measure_records(program, place, count):
    file = place / "many.toml"
    file.write_text(FULL.format(seeds=max(1, count // 400), methods=METHODS))
    folder = place / "many"
    _, seconds, memory = run(program, "protocol", file, "--list")
    print(f"--list, nothing there: {seconds:.2f} s, {memory:.0f} MiB")
    run(program, "protocol", file, "--cell", "0")
    protocol = json.loads((folder / "protocol.json").read_text())
    model = json.loads(next((folder / "cells").glob("00000-*.json")).read_text())
    write_records(folder, protocol["cells"], model)
    total = len(protocol["cells"])
    rows = sum(len(it["validation"]) + 2 for it in model["evaluations"]) * total
    records = list((folder / "cells").iterdir())
    blocks = sum(path.stat().st_blocks for path in records) / 2048
    print(f"{total} records: {sum(map(size, records)):.0f} MiB, {blocks:.0f} MiB on the disk; "
          f"protocol.json {size(folder / 'protocol.json'):.0f} MiB")
    _, seconds, memory = run(program, "protocol", file, "--cell", "0")
    print(f"--cell of a cell that is there: {seconds:.2f} s, {memory:.0f} MiB")
    for what in ["--list", "--table"]:
        run(program, "protocol", file, what)
        _, seconds, memory = run(program, "protocol", file, what)
        print(f"{what}, all there: {seconds:.2f} s, {memory:.0f} MiB")
    sizes = ", ".join(f"{it} {size(folder / it):.1f} MiB" for it in ["results.csv", "results.parquet", "report.html"])
    print(f"{rows} rows: {sizes}")


class Watch:
    """Counts what happens in a folder."""

    CREATE, MOVED_TO = 0x100, 0x80

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(0)
        if libc.inotify_add_watch(self.descriptor, bytes(folder), self.CREATE | self.MOVED_TO) < 0:
            sys.exit(f"{folder}: inotify: {os.strerror(ctypes.get_errno())}")
        self.claims = self.records = self.lost = 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            events, at = os.read(self.descriptor, 1 << 20), 0
            while at < len(events):
                _, mask, _, length = struct.unpack_from("iIII", events, at)
                name = events[at + 16 : at + 16 + length].rstrip(b"\0")
                at += 16 + length
                self.lost += bool(mask & 0x4000)
                self.claims += bool(mask & self.CREATE) and name.endswith(b".claim")
                self.records += bool(mask & self.MOVED_TO) and name.endswith(b".json")


def stop_one(cells, ours):
    """Stops one of the processes while it has a claim: its number, and the record that is missing."""
    while True:
        for claim in cells.glob("*.claim"):
            try:
                process = json.loads(claim.read_text())["process"]
                if process not in ours:
                    continue
                os.kill(process, signal.SIGSTOP)
            except (OSError, ValueError):
                continue
            time.sleep(0.05)
            record = claim.with_suffix(".json")
            if claim.exists() and not record.exists():
                return process, record
            os.kill(process, signal.SIGCONT)


def measure_claims(program, place, count, processes, stop):
    file = place / "tiny.toml"
    file.write_text(TINY.format(seeds=max(1, count // 20), methods=METHODS))
    folder = place / "tiny"
    cells = folder / "cells"
    run(program, "protocol", file, "--cell", "0")
    watch = Watch(cells)
    environment = os.environ | {"RAYON_NUM_THREADS": "1"}
    began = time.monotonic()
    started = [
        subprocess.Popen([program, "protocol", file], env=environment, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
        for _ in range(processes)
    ]
    total = len(json.loads((folder / "protocol.json").read_text())["cells"])
    done = lambda: sum(name.endswith(".json") for name in os.listdir(cells))
    while done() < total // 2:
        time.sleep(0.2)
    straggler, record = stop_one(cells, {it.pid for it in started})
    while done() < total - 1:
        time.sleep(0.2)
    trained = time.monotonic() - began
    time.sleep(stop)
    if record.exists() or any(it.poll() is not None for it in started):
        sys.exit("the cell of a process that is alive was taken over, or not waited for")
    os.kill(straggler, signal.SIGKILL)
    killed = time.monotonic()
    while not record.exists():
        time.sleep(0.01)
    waited = time.monotonic() - killed
    print(f"{processes} processes, {total - 1} cells: {trained:.0f} s, {1000 * trained / total:.1f} ms per cell; the "
          f"cell of a process that was stopped was waited for, and made {waited:.1f} s after it was killed")
    peaks = []
    for process in started:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peaks.append(usage.ru_maxrss / 1024)
        if process.returncode != (-signal.SIGKILL if process.pid == straggler else 0):
            sys.exit(f"a process ended with {process.returncode}")
    print(f"claims {watch.claims}, records written {watch.records}, events lost {watch.lost}; all have ended after "
          f"{time.monotonic() - began:.0f} s; {max(peaks):.0f} MiB each at most")
    left = [name for name in os.listdir(cells) if not name.endswith(".json")]
    print(f"left beside the records: {len(left)} files")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=lambda it: str(Path(it).resolve()), help="`rsc`, compiled with --release")
    parser.add_argument("--cells", type=int, default=10000)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--stop", type=float, default=5, help="seconds for which the others wait for one")
    arguments = parser.parse_args()
    random.seed(0)
    with tempfile.TemporaryDirectory(prefix="rsc-many-") as place:
        measure_records(arguments.program, Path(place), arguments.cells)
        measure_claims(arguments.program, Path(place), arguments.cells, arguments.processes, arguments.stop)


if __name__ == "__main__":
    main()
