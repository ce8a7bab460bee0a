"""The IDX format of MNIST and its relatives.

Reference:
    Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits, "File formats".
"""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import ClassIndices, Images
from mnistkit.errors import DatasetError

UINT8, INT32 = 0x08, 0x0C
DTYPES: dict[int, np.dtype[Any]] = {UINT8: np.dtype(np.uint8), INT32: np.dtype(">i4")}


def read_images(content: bytes, name: str) -> Images:
    """Return the images of a file, of any size.

    Args:
        content: The file's bytes, decompressed.
        name: Its name in errors.

    Returns:
        uint8 (n, height, width).

    Raises:
        DatasetError: It is not IDX, of another type, or of a wrong length.
    """
    return _read(content, name, dimensions=3)


def read_labels(content: bytes, name: str) -> ClassIndices:
    """Return the class indices of a file, int64 (n,); see `read_images`."""
    return _read(content, name, dimensions=1).astype(np.int64)


def read_extended_labels(content: bytes, name: str) -> ClassIndices:
    """Return the first column of QMNIST's labels, int64 (n,); see `read_images`."""
    return _read(content, name, dimensions=2, kind=INT32)[:, 0].astype(np.int64)


def check_counts(images: Images, class_indices: ClassIndices, name: str) -> None:
    """Raise `DatasetError` unless there is one label per image."""
    if len(images) != len(class_indices):
        raise DatasetError(
            f"{name}: expected as many labels as images, received {len(images)} images and "
            f"{len(class_indices)} labels; get both files again from one source"
        )


def _read(content: bytes, name: str, dimensions: int, kind: int = UINT8) -> NDArray[Any]:
    header = 4 + 4 * dimensions
    dtype = DTYPES[kind]
    magic = bytes((0, 0, kind, dimensions))
    if content[:4] != magic:
        raise DatasetError(
            f"{name}: expected an IDX file that begins with {magic.hex()} ({dtype.name}, "
            f"{dimensions} dimensions), received {content[:4].hex() or 'an empty file'}; get the "
            "file again"
        )
    if len(content) < header:
        raise DatasetError(
            f"{name}: expected a header of {header} bytes, received {len(content)} bytes in all; "
            "get the file again"
        )
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    expected = header + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        raise DatasetError(
            f"{name}: expected {expected:,} bytes for the shape {shape} it states, received "
            f"{len(content):,}; get the file again"
        )
    if 0 in shape:
        # The other dimensions may then be too large for NumPy.
        raise DatasetError(
            f"{name}: expected a shape that has values, received {shape}; get the file again"
        )
    values: NDArray[Any] = np.frombuffer(content, dtype, offset=header)
    return values.reshape(shape)
