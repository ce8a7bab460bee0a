"""Fuzz `npz:PATH` and `npy:PATH`: a dataset that loads, or one line that says why not."""

import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from fuzzing import check_loaded, check_told, fuzz, instrumented, provider

with instrumented():
    from mnistkit.datasets import npz_file
    from mnistkit.errors import DatasetError
    from mnistkit.fetching.store import Store

FOLDER = tempfile.TemporaryDirectory()
FILE = Path(FOLDER.name, "digits.npz")
STORE = Store()
NAMES = ("x_train", "y_train", "x_test", "y_test", "x_val", "y_val", "")
AS_IT_IS, ARRAY = 0, 1


def target(data: bytes) -> None:
    FILE.write_bytes(content_of(data[1:], data[:1] or b"\0"))
    make = npz_file.make_unlabelled if ord(data[:1] or b"\0") % 3 == ARRAY else npz_file.make
    try:
        check_loaded(make(str(FILE)), STORE)
    except DatasetError as error:
        check_told(error)
    finally:
        npz_file._make.cache_clear()


def content_of(data: bytes, kind: bytes) -> bytes:
    """The bytes of a file: as they are, or in an archive with checksums that are right."""
    if ord(kind) % 3 in {AS_IT_IS, ARRAY}:
        return data
    given = provider(data)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in NAMES[: given.ConsumeIntInRange(0, len(NAMES))]:
            shape = (given.ConsumeIntInRange(0, 9), 28, 28) if name.startswith("x") else (-1,)
            if given.ConsumeBool():
                member = array(given.ConsumeBytes(40), shape)
            else:
                member = given.ConsumeBytes(200)
            archive.writestr(f"{name}.npy", member)
    return stream.getvalue()


def array(values: bytes, shape: tuple[int, ...]) -> bytes:
    if shape[0] >= 0:
        values = (values * 200 + bytes(9 * 784))[: shape[0] * 784]
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.frombuffer(values, np.uint8).reshape(shape))
    return stream.getvalue()


def seeds():
    images = np.arange(9 * 784, dtype=np.uint8).reshape(9, 28, 28)
    labels = np.arange(9, dtype=np.uint8) % 2
    arrays = {"x_train": images, "y_train": labels, "x_test": 255 - images, "y_test": labels}
    for write in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        write(stream, **arrays)
        yield b"\0" + stream.getvalue()
    yield b"\1" + array(bytes(9), (-1,))
    yield b"\1" + array(bytes(9), (9, 28, 28))
    yield b"\2" + bytes(range(256)) * 4


if __name__ == "__main__":
    fuzz(target, seeds())
