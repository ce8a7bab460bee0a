"""Bad datasets: csv, npz and npy files, compressed ones, and folders of pictures."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
from as_files import encoded, npy
from PIL import Image

from bad_files.damage import damaged

PIXELS = ",".join(["0"] * 784)
LARGE = 2**31


def bad_tables() -> dict[str, bytes]:
    """Return bad files for `csv:`."""
    row = f"1,{PIXELS}\n"
    texts = {
        "empty": "",
        "blank": "\n \n\n",
        "header": "label," + ",".join(f"pixel{number}" for number in range(784)) + "\n",
        "short": row + "1,2,3\n",
        "long": f"{row}1,{PIXELS},0\n",
        "one-line": row,
        "no-end": "1" * 10**7,
        "commas": "," * 10**7,
        "quote": f'"1{PIXELS}\n' * 3,
        "quotes": f'"a ""b""",{PIXELS}\n' * 3,
        "nul": f"\0,{PIXELS}\n" * 3,
        "control": f"\x1b[31m\x07,{PIXELS}\n" * 9 + row,
        "long-label": f"{'x' * 60_000},{PIXELS}\n",
        "empty-label": f",{PIXELS}\n" * 3,
        "formula": f"=cmd|' /C calc'!A0,{PIXELS}\n" * 9 + row,
        "nan": f"1,{PIXELS[:-1]}nan\n" * 3,
        "inf": f"1,{PIXELS[:-1]}inf\n" * 3,
        "negative": f"1,{PIXELS[:-1]}-1\n" * 3,
        "256": f"1,{PIXELS[:-1]}256\n" * 3,
        "huge": f"1,{PIXELS[:-1]}{'9' * 5000}\n" * 3,
        "fraction": f"1,{PIXELS[:-1]}0.5\n" * 3,
        "hexadecimal": f"1,{PIXELS[:-1]}0x7f\n" * 3,
        "semicolons": row.replace(",", ";") * 3,
        "many-labels": "".join(f"{number},{PIXELS}\n" for number in range(1200)),
        "lone-returns": row.replace("\n", "\r") * 3,
    }
    files = {f"{name}.csv": text.encode() for name, text in texts.items()}
    whole = "".join(f"{number % 2},{'7,' * number}{PIXELS[2 * number :]}\n" for number in range(40))
    files["latin.csv"] = f"\N{LATIN SMALL LETTER E WITH ACUTE},{PIXELS}\n".encode("latin-1") * 3
    files["utf-16.csv"] = row.encode("utf-16")
    files["pickle.csv"] = pickle.dumps([1, 2])
    files["bomb.csv.gz"] = gzip.compress(bytes(2**28), 9) * 9
    files["lines.csv.gz"] = gzip.compress(b"\n" * 2**28, 9)
    files["bomb.csv.bz2"] = bz2.compress(bytes(2**28)) * 9
    files["bomb.csv.xz"] = lzma.compress(bytes(2**28))
    files["another.csv.gz"] = whole.encode()
    for name, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
        files |= damaged(f"whole.csv.{name}", pack(whole.encode()), ends=4, flips=4)
    return files


def bad_archives() -> dict[str, bytes]:
    """Return bad files for `npz:`."""
    images, labels = np.zeros((20, 28, 28), np.uint8), np.arange(20) % 2
    whole = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    changes = {
        "floats": {"x_train": images.astype(np.float32)},
        "nan": {"x_train": np.full((20, 28, 28), np.nan)},
        "objects": {"y_train": np.array([{"code": 1}] * 20, object)},
        "records": {"y_train": np.zeros(20, [("a", "u1"), ("b", "U9")])},
        "times": {"y_train": np.zeros(20, "M8[s]")},
        "texts": {"y_train": np.array(["\x1b[31m\n"] * 10 + ["b"] * 10)},
        "long-texts": {"y_train": np.array(["x" * 1000] * 20)},
        "one-hot": {"y_train": np.eye(20)},
        "scalar": {"y_train": np.uint8(3)},
        "none": {"x_train": images[:0], "y_train": labels[:0]},
        "sizes": {"x_train": np.zeros((20, 32, 32), np.uint8)},
        "counts": {"y_train": labels[:7]},
        "big-endian": {"y_train": labels.astype(">i8"), "x_train": images.astype(">u2")},
    }
    files = {}
    for name, change in changes.items():
        stream = io.BytesIO()
        np.savez(stream, **(whole | change))
        files[f"{name}.npz"] = stream.getvalue()
    stream = io.BytesIO()
    np.savez_compressed(stream, **whole)
    members = {
        "slip": {"../../slipped.npy": npy(images), "/tmp/slipped.npy": npy(images)},  # noqa: S108
        "empty": {},
        "one-empty": {"x_train.npy": b""},
        "no-arrays": {f"{name}.npy": b"no array" for name in whole},
        "headers": dict.fromkeys((f"{name}.npy" for name in whole), _header(10**6)),
        "pixels": {f"{name}.npy": npy(array) for name, array in whole.items()}
        | {"x_train.npy": _header(LARGE)},
        "bomb": {f"{name}.npy": _header(1_999_999) + bytes(2**29) for name in ("x_train",)},
        "twice": {"x_train.npy": npy(images), "x_train": npy(images)},
        "names": {"\x1b[31m.npy": b"", "a\nb.npy": b"", "x" * 60_000: b""},
    }
    for name, contents in members.items():
        files[f"{name}.npz"] = archive(contents)
    files["pickle.npz"] = pickle.dumps({"x_train": 1})
    files["locked.npz"] = archive({"x_train.npy": b"x"}).replace(b"\0\0\0\0\x08", b"\1\0\0\0\x08")
    return files | damaged("whole.npz", stream.getvalue(), ends=12, flips=12)


def bad_arrays() -> dict[str, bytes]:
    """Return bad files for `npy:`."""
    images = npy(np.zeros((9, 28, 28), np.uint8))
    shapes = (
        "(-1, 28, 28)",
        "(9, 28, 28",
        "(1,)*9",
        "(2**70, 28, 28)",
        "()",
        f"({10**12}, 28, 28)",
    )
    dtypes = ("'|O'", "'<f8'", "'<U999999999'", "[('a', '|O')]", "'M8[s]'", "__import__('os')")
    files = {
        f"shape-{number}.npy": _written(
            f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}"
        )
        for number, shape in enumerate(shapes)
    }
    files |= {
        f"dtype-{number}.npy": _written(
            f"{{'descr': {dtype}, 'fortran_order': True, 'shape': (9,)}}"
        )
        for number, dtype in enumerate(dtypes)
    }
    files["deep.npy"] = _written("(" * 20_000)
    files["version.npy"] = b"\x93NUMPY\3\0\xff\xff\xff\x7f"
    files["pickle.npy"] = pickle.dumps([1])
    files["empty.npy"] = b""
    return files | damaged("whole.npy", images, ends=4, flips=12)


def bad_splits(folder: Path) -> list[Path]:
    """Write folders that are no dataset; return them."""
    drawn = picture()
    trees: dict[str, dict[str, bytes]] = {
        "nothing": {},
        "no-classes": {"1.png": drawn},
        "one-class": {"1/1.png": drawn},
        "no-pictures": {"1/notes.txt": b"x", "2/notes.txt": b"x"},
        "damaged": {"1/1.png": drawn[:50], "2/2.png": b"no picture"},
        "blank": {"1/1.png": picture(0), "2/1.png": picture(255)},
        "deep": {"/".join("12345678" * 20) + "/1.png": drawn, "2/1.png": drawn},
        "names": {"\x1b[31m\n/1.png": drawn, "-rf/1.png": drawn, "$(id)/1.png": drawn},
        "splits": {"train/1/1.png": drawn, "test/2/1.png": drawn},
        "train-alone": {"train/1/1.png": drawn, "train/2/1.png": drawn},
    }
    for name, files in trees.items():
        (folder / name).mkdir(parents=True)
        for file, content in files.items():
            (folder / name / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / file).write_bytes(content)
    circle = folder / "circle"
    circle.mkdir()
    for name in ("1", "2"):
        (circle / name).symlink_to(circle)
    return [*(folder / name for name in trees), circle, folder / "absent", Path("/dev/null")]


def bad_idx() -> dict[str, bytes]:
    """Return what a data folder may hold in place of MNIST's test images."""
    name = "t10k-images-idx3-ubyte"
    header = struct.pack(">4B3I", 0, 0, 8, 3, 10_000, 28, 28)
    return {
        f"bomb/{name}.gz": gzip.compress(bytes(2**28), 9) * 9,
        f"short/{name}": header,
        f"huge/{name}": struct.pack(">4B3I", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1),
        f"empty/{name}.gz": b"",
        f"text/{name}": b"no images",
    }


def archive(members: dict[str, bytes]) -> bytes:
    """Return a zip archive, compressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return stream.getvalue()


def _header(count: int) -> bytes:
    return _written(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, 28, 28), }}")


def _written(header: str) -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text


def picture(level: int | None = None) -> bytes:
    """Return a whole picture, of a stroke or of one grey level."""

    pixels = np.zeros((28, 28), np.uint8) if level is None else np.full((28, 28), level, np.uint8)
    if level is None:
        pixels[5:23, 13:16] = 255
    return encoded(Image.fromarray(pixels))
