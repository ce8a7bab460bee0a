"""Fuzz IDX files, as they are and compressed: arrays, or one `DatasetError`."""

import gzip
import struct
import tempfile
from pathlib import Path

from fuzzing import check_told, fuzz, instrumented

with instrumented():
    from mnistkit.datasets import idx
    from mnistkit.errors import DatasetError
    from mnistkit.fetching import compression

READERS = (idx.read_images, idx.read_labels, idx.read_extended_labels)
FOLDER = tempfile.TemporaryDirectory()
FILE = Path(FOLDER.name, "images.gz")


def target(data: bytes) -> None:
    kind, content = data[:1], data[1:]
    try:
        if kind >= b"\x80":
            FILE.write_bytes(content)
            content = compression.read(FILE, most=2**20)
        values = READERS[ord(kind or b"\0") % 3](content, "a file")
    except DatasetError as error:
        check_told(error)
    else:
        assert values.size
        assert values.nbytes <= 8 * len(content)


def seeds():
    images = struct.pack(">4B3I", 0, 0, 8, 3, 2, 3, 3) + bytes(18)
    labels = struct.pack(">4BI", 0, 0, 8, 1, 4) + bytes(4)
    extended = struct.pack(">4B2I", 0, 0, 12, 2, 2, 8) + bytes(64)
    for number, content in enumerate((images, labels, extended)):
        yield bytes([number]) + content
        yield bytes([129 + number]) + gzip.compress(content)


if __name__ == "__main__":
    fuzz(target, seeds())
