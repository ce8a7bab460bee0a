"""USPS: digits of scanned envelopes.

The scans have 16x16 pixels, filled by the digit. Their ink is fitted into 28x28 images as MNIST's
is, so that models of either dataset can read the other.

Reference:
    J. J. Hull: A database for handwritten text recognition research. IEEE Transactions on
    Pattern Analysis and Machine Intelligence 16 (5), 1994. The checksums are torchvision's
    (`datasets/usps.py`); that of `zip.test.gz` was computed from the file of the data page of
    Hastie, Tibshirani, Friedman: The Elements of Statistical Learning.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import ClassIndices, Images, Split
from mnistkit.core.preprocessing.image_form import image_of
from mnistkit.core.preprocessing.isolation import FAINT_SHARE, extent
from mnistkit.errors import DatasetError
from mnistkit.fetching.publication import Publication, RemoteFile
from mnistkit.fetching.store import Store, StoredFile
from mnistkit.plugin_types import Dataset

SIDE = 16
PIXELS = SIDE**2
CLASSES = 10
FAINT = FAINT_SHARE * 255
# The largest file has 25 MB, decompressed.
MAX_BYTES = 2**26

PUBLICATION = Publication(
    "usps", ("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/",), direct=True
)

# The same digits in the form of The Elements of Statistical Learning.
ZIP_TRAIN = RemoteFile(PUBLICATION, "zip.train.gz", None)
ZIP_TEST = RemoteFile(
    PUBLICATION,
    "zip.test.gz",
    None,
    "sha256:6bde17b4f1cd68e0630cd2751d6495b5795d9165ab2dc4a0be8b7002b732f4cc",
)

COUNTS: dict[Split, int] = {"train": 7_291, "test": 2_007}
FILES: dict[Split, RemoteFile] = {
    "train": RemoteFile(
        PUBLICATION, "usps.bz2", "md5:ec16c51db3855ca6c91edd34d0e9b197", instead=ZIP_TRAIN
    ),
    "test": RemoteFile(
        PUBLICATION, "usps.t.bz2", "md5:8ea070ee2aca1ac39742fdd1ef5ed118", instead=ZIP_TEST
    ),
}


def load(split: Split, store: Store) -> tuple[Images, ClassIndices]:
    """Return 7,291 training or 2,007 test images with their class indices."""
    pictures, class_indices = load_pictures(split, store)
    return np.stack([_image(picture) for picture in pictures]), class_indices


def load_pictures(split: Split, store: Store) -> tuple[NDArray[np.uint8], ClassIndices]:
    """Return the scans, uint8 (n, 16, 16), bright on black, and their class indices.

    Raises:
        DatasetError: They are unavailable or damaged.
        VerificationError: A checksum differs.
    """
    stored = store.read(FILES[split], MAX_BYTES)
    labels, values = _parse(stored)
    if len(labels) != COUNTS[split] or not np.isin(labels, np.arange(CLASSES)).all():
        raise DatasetError(
            f"{stored.path}: expected {COUNTS[split]:,} digits, received {len(labels):,} with "
            f"labels from {labels.min():g} to {labels.max():g}; get the file again"
        )
    # Refuses NaN, too.
    if not np.abs(values).max() <= 1:
        raise DatasetError(
            f"{stored.path}: expected grey levels from -1 to 1, received up to "
            f"{np.abs(values).max():g}; get the file again"
        )
    stored.verify()
    pixels = np.rint((values + 1) * 127.5).astype(np.uint8)
    return pixels.reshape(-1, SIDE, SIDE), labels.astype(np.int64)


def _image(picture: NDArray[np.uint8]) -> Images:
    """Return the image of a scan, whose ink needs no separation from paper."""
    ink = np.where(picture < FAINT, 0, picture).astype(np.float32)
    return image_of(ink[extent(ink > 0)])


def _parse(stored: StoredFile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the labels (n,) and the grey levels (n, 256) of a file of either form."""
    sparse = stored.file in FILES.values()
    try:
        text = stored.content.decode("ascii")
        rows = np.loadtxt(io.StringIO(text.replace(":", " ")), ndmin=2)
        if not sparse:
            return rows[:, 0], _of_width(rows[:, 1:], PIXELS)
        # A label from 1 to 10, and 256 pairs of index and value.
        pairs = _of_width(rows[:, 1:], 2 * PIXELS).reshape(-1, PIXELS, 2)
        return rows[:, 0] - 1, _in_order(pairs)
    except ValueError as error:
        raise DatasetError(
            f"{stored.path}: expected lines of a label and {PIXELS} grey levels, received: "
            f"{error}; get the file again"
        ) from error


def _of_width(rows: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    if rows.shape[1] != width:
        raise ValueError(f"{rows.shape[1]} numbers after the label")
    return rows


def _in_order(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    if (pairs[..., 0] != np.arange(1, PIXELS + 1)).any():
        raise ValueError(f"indices that do not count from 1 to {PIXELS}")
    return pairs[..., 1]


DATASET = Dataset(
    summary="digits of scanned envelopes",
    class_names=tuple("0123456789"),
    licence="no licence is stated; collected for the US Postal Service at CEDAR, Buffalo",
    preparation="digit",
    load=load,
    counts=COUNTS,
    files=tuple(FILES.values()),
)
