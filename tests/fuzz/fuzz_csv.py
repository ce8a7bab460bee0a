"""Fuzz `csv:PATH`: a dataset that loads, or one line that says why not."""

import tempfile
from pathlib import Path

from fuzzing import check_loaded, check_told, fuzz, instrumented

with instrumented():
    from mnistkit.datasets import csv_file
    from mnistkit.errors import DatasetError
    from mnistkit.fetching.store import Store

FOLDER = tempfile.TemporaryDirectory()
FILE = Path(FOLDER.name, "digits.csv")
STORE = Store()
PIXELS = b",".join([b"0", b"255"] * 392)


def target(data: bytes) -> None:
    # A line of 784 pixels is more than a fuzzer hits upon: a NUL stands for one.
    FILE.write_bytes(data.replace(b"\0", PIXELS))
    try:
        check_loaded(csv_file.make(str(FILE)), STORE)
    except DatasetError as error:
        check_told(error)
    finally:
        # It would keep every file.
        csv_file._make.cache_clear()


def seeds():
    rows = b"".join(b"%d," % (number % 2) + bytes([0]) + b"\n" for number in range(9))
    other = PIXELS.replace(b"255", b"7")
    return [
        rows,
        b"label," + bytes([0]) + b"\n" + rows,
        b"\0\n\0\n",
        b"1," + other + b"\n" + rows,
        b"\"a\",\0\r\n'b',\0\r\n",
        b"\xef\xbb\xbf" + rows,
    ]


if __name__ == "__main__":
    fuzz(target, seeds())
