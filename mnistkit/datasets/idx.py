"""The IDX format of MNIST and its relatives.

Reference:
    LeCun, Cortes, Burges: The MNIST database of handwritten digits, "File formats".
"""

from __future__ import annotations

import math
import struct

import numpy as np
from numpy.typing import NDArray

from mnistkit.contracts import ClassIndices, Images
from mnistkit.errors import DatasetError

UINT8 = 0x08


def read_images(content: bytes, name: str) -> Images:
    """Read images of any size.

    Args:
        content: The file, decompressed.
        name: What errors call it.

    Returns:
        uint8 (n, height, width).

    Raises:
        DatasetError: Not IDX, of another kind, or of another length than it says.
    """
    return _read(content, name, dimensions=3)


def read_labels(content: bytes, name: str) -> ClassIndices:
    """Read class indices, int64 (n,); arguments and errors as for `read_images`."""
    return _read(content, name, dimensions=1).astype(np.int64)


def check_counts(images: Images, class_indices: ClassIndices, name: str) -> None:
    """Raise `DatasetError` where there is not one label an image."""
    if len(images) != len(class_indices):
        raise DatasetError(
            f"{name}: expected as many labels as images, received {len(images)} images and "
            f"{len(class_indices)} labels; get both files anew from one source"
        )


def _read(content: bytes, name: str, dimensions: int) -> NDArray[np.uint8]:
    header = 4 + 4 * dimensions
    magic = bytes((0, 0, UINT8, dimensions))
    if content[:4] != magic:
        raise DatasetError(
            f"{name}: expected an IDX file that begins with {magic.hex()} (uint8, {dimensions} "
            f"dimensions), received {content[:4].hex() or 'an empty file'}; get the file anew"
        )
    if len(content) < header:
        raise DatasetError(
            f"{name}: expected a header of {header} bytes, received {len(content)} bytes in all; "
            "get the file anew"
        )
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    expected = header + math.prod(shape)
    if len(content) != expected:
        raise DatasetError(
            f"{name}: expected {expected:,} bytes for the shape {shape} it states, received "
            f"{len(content):,}; get the file anew"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
