"""Reading arrays in NumPy's format; the header is checked before the values are read.

Nothing is unpickled, so a file can't run code.

Reference:
    NumPy enhancement proposal 1: A simple file format for NumPy arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE, Images
from mnistkit.core.class_names import MAX_LENGTH
from mnistkit.datasets.user_data import MAX_IMAGES
from mnistkit.errors import DatasetError
from mnistkit.fetching.compression import CHUNK_BYTES

SHAPES = ((*IMAGE_SHAPE,), (*IMAGE_SHAPE, 1), (IMAGE_SHAPE[0] * IMAGE_SHAPE[1],))
# In this version a header has at most 64 kB.
VERSION = (1, 0)
MAX_LABEL_BYTES = 2**29


@dataclass(frozen=True)
class Header:
    """The header of an array's file."""

    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype} {self.shape}"


def read_images(stream: IO[bytes], name: str) -> Images:
    """Return images, uint8 (n, 28, 28).

    Args:
        stream: The file of an array.
        name: Its name in errors.

    Raises:
        DatasetError: It is of another shape or dtype, or too large.
        ValueError: It is not an array, or damaged.
    """
    header = _header(stream, name)
    if header.dtype != np.uint8 or header.shape[1:] not in SHAPES:
        raise DatasetError(
            f"{name}: expected uint8 images (n, 28, 28), (n, 28, 28, 1) or (n, 784), received "
            f"{header}; bring them to 28x28 whole numbers from 0 to 255, or save them as "
            "pictures for folder:PATH"
        )
    return _values(stream, header, name).reshape(-1, *IMAGE_SHAPE)


def read_labels(stream: IO[bytes], name: str) -> list[str]:
    """Return labels, whole numbers or texts, (n,) or (n, 1); see `read_images`."""
    header = _header(stream, name)
    if header.shape[1:] not in {(), (1,)} or not header.shape or header.dtype.kind not in "iuU":
        raise DatasetError(
            f"{name}: expected labels (n,) that are whole numbers or texts, received {header}; "
            "turn one-hot rows into class indices with argmax, objects into texts"
        )
    longest = header.dtype.itemsize // 4 if header.dtype.kind == "U" else 0
    if longest > MAX_LENGTH or header.shape[0] * header.dtype.itemsize > MAX_LABEL_BYTES:
        raise DatasetError(
            f"{name}: expected labels of at most {MAX_LENGTH} characters and "
            f"{MAX_LABEL_BYTES:,} bytes, received {header}; write whole numbers"
        )
    return [str(label) for label in _values(stream, header, name).reshape(-1).tolist()]


def _header(stream: IO[bytes], name: str) -> Header:
    beginning = stream.read(np.lib.format.MAGIC_LEN)
    if beginning != np.lib.format.magic(*VERSION):
        raise ValueError(f"{name} that begins with other bytes: {beginning.hex() or 'none'}")
    return Header(*np.lib.format.read_array_header_1_0(stream))


def _values(stream: IO[bytes], header: Header, name: str) -> NDArray[Any]:
    # A negative count would read the whole file.
    if not 0 <= header.shape[0] <= MAX_IMAGES:
        raise DatasetError(
            f"{name}: expected from 0 to {MAX_IMAGES:,} images, received {header}; split the file"
        )
    content = np.empty(math.prod(header.shape) * header.dtype.itemsize, np.uint8)
    _fill(content, stream, str(header))
    values = content.view(header.dtype)
    return values.reshape(header.shape, order="F" if header.fortran_order else "C")


def _fill(content: NDArray[np.uint8], stream: IO[bytes], name: str) -> None:
    """Fill `content` in parts, since a long read of a compressed stream copies quadratically."""
    done = 0
    while done < len(content):
        part = stream.read(min(CHUNK_BYTES, len(content) - done))
        if not part:
            raise ValueError(f"{done:,} bytes of the {len(content):,} of {name}")
        content[done : done + len(part)] = np.frombuffer(part, np.uint8)
        done += len(part)
