"""Makes the part of the corpus that is not written by hand: images (`taken` are to be read, `refused`
to be left out), zip files and safetensors files.

    pip install pillow && python tests/corpus/make.py
"""

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
TAKEN, REFUSED = HERE / "images/taken", HERE / "images/refused"
SIZE = (24, 16)


def picture(turn=0):
    """Red on the left, blue on the right, or the other way round."""
    image = Image.new("RGB", SIZE, (220, 30, 30))
    image.paste((30, 30, 220), (12 * (1 - turn), 0, 24 - 12 * turn, 16))
    return image


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width, height, depth, colour, data):
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def sixteen_bit():
    row = struct.pack(">HHH", 56000, 8000, 8000) * 12 + struct.pack(">HHH", 8000, 8000, 56000) * 12
    return png(24, 16, 16, 2, (b"\0" + row) * 16)


def images():
    still, other = picture(), picture(1)

    still.convert("CMYK").save(TAKEN / "cmyk.jpg", quality=90)
    (TAKEN / "sixteen-bit.png").write_bytes(sixteen_bit())
    still.save(TAKEN / "a-png-in-truth.jpg", format="PNG")
    still.save(TAKEN / "bitmap.bmp")
    still.save(TAKEN / "modern.avif")
    for kind in ("gif", "png", "webp"):
        still.save(TAKEN / f"moving.{kind}", save_all=True, append_images=[other], duration=200)

    (REFUSED / "empty.png").write_bytes(b"")
    (REFUSED / "notes.png").write_text("These are notes.\n")
    (REFUSED / "drawing.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>\n'
    )
    (REFUSED / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\xaa" * 60)
    for kind in ("jpg", "png", "webp"):
        name = REFUSED / f"cut-off.{kind}"
        Image.effect_noise((64, 64), 80).save(name)
        name.write_bytes(name.read_bytes()[:-40])
    # A claim of 3.6 thousand million pixels, and nothing behind it.
    (REFUSED / "bomb.png").write_bytes(png(60_000, 60_000, 1, 0, b"\0" * 8))
    gif = struct.pack("<6sHHBBB", b"GIF89a", 65_535, 65_535, 0, 0, 0)
    (REFUSED / "bomb.gif").write_bytes(gif + b"\x3b")
    # Sound, but no browser but Safari shows it.
    still.save(REFUSED / "rare.tiff", compression="tiff_lzw")


def zipped(method, *files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files:
            # A fixed date, so that the same bytes come out each time.
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return bytearray(packed.getvalue())


def everywhere(packed, behind_local, behind_central, form, value):
    """Writes a field of every entry, before its data and in the directory."""
    for signature, behind in ((b"PK\3\4", behind_local), (b"PK\1\2", behind_central)):
        at = packed.find(signature)
        while at >= 0:
            struct.pack_into(form, packed, at + behind, value)
            at = packed.find(signature, at + 4)
    return packed


def zips():
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    one = ("pets/cat/1.png", png(2, 2, 1, 0, b"\0" * 4))
    project = [("config.json", b"{}"), ("runs.json", b"[]"), one]
    nested = zipped(stored, one)
    for folder, files in (("projects", project), ("zipped-images", [one])):
        out = HERE / folder
        out.mkdir(exist_ok=True)
        (out / "stored.zip").write_bytes(zipped(stored, *files))
        (out / "deflated.zip").write_bytes(zipped(deflated, *files))
        (out / "climbing.zip").write_bytes(
            zipped(stored, ("../../up.png", b"x"), ("/root/x.png", b"x"), ("C:\\x.png", b"x"))
        )
        (out / "nested.zip").write_bytes(zipped(stored, *files, ("pets/cat/more.zip", bytes(nested))))
        (out / "locked.zip").write_bytes(everywhere(zipped(stored, *files), 6, 8, "<H", 1))
        (out / "claims-more.zip").write_bytes(
            everywhere(zipped(stored, *files), 22, 24, "<I", 0xFFFFFFF0)
        )
        (out / "claims-nothing.zip").write_bytes(everywhere(zipped(stored, *files), 22, 24, "<I", 0))
        (out / "claims-another-place.zip").write_bytes(
            everywhere(zipped(stored, *files), 14, 42, "<I", 0x7FFFFFFF)
        )
        names = ["\u05d7\u05ea\u05d5\u05dc.png", "\U0001f600/\u202egnp.2.png", "a" * 400 + ".png"]
        (out / "names.zip").write_bytes(zipped(stored, *((f"pets/{n}", b"x") for n in names)))
        (out / "two-ends.zip").write_bytes(zipped(stored, *files) * 2)
        (out / "only-an-end.zip").write_bytes(b"PK\5\6" + b"\xff" * 18)


def tensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype="F32", shape=(2, 3), offsets=(0, 24)):
    return {"w": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


def safetensors():
    state = {"version": 1, "step": 1, "config": {}, "classes": [], "training_images": 0,
             "optimizer_steps": []}
    for folder in ("weights", "checkpoint"):
        out = HERE / folder
        out.mkdir(exist_ok=True)
        for name, content in {
            "sound": tensors(tensor(), bytes(24)),
            "half": tensors(tensor("F16", offsets=(0, 12)), bytes(12)),
            "long-header": struct.pack("<Q", 2**64 - 1) + b"{}",
            "beyond-the-file": tensors(tensor(offsets=(2**40, 2**40 + 24)), bytes(24)),
            "backwards": tensors(tensor(offsets=(24, 0)), bytes(24)),
            "huge-shape": tensors(tensor(shape=(2**63, 2**63)), bytes(24)),
            "no-shape": tensors(tensor(shape=()), bytes(24)),
            "not-json": tensors(b"\xff{"),
        }.items():
            (out / f"{name}.safetensors").write_bytes(content)
    for name, changed in {
        "other-version": {"version": 2},
        "no-classes": {},
        "far-ahead": {"step": 2**64 - 1},
        "steps-of-optimizer": {"optimizer_steps": [2**63, 2**63]},
        "bad-settings": {"config": {"training": {"batch_size": 0}}},
    }.items():
        metadata = {"__metadata__": {"rsc_checkpoint": json.dumps(state | changed)}}
        path = HERE / "checkpoint" / f"{name}.safetensors"
        path.write_bytes(tensors(metadata | tensor(), bytes(24)))


def main():
    TAKEN.mkdir(parents=True, exist_ok=True)
    REFUSED.mkdir(exist_ok=True)
    images()
    zips()
    safetensors()


if __name__ == "__main__":
    main()
