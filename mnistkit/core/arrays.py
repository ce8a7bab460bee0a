"""The array types: images, class indices, probabilities, and the names of splits."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
"""uint8 (n, 28, 28), bright ink (255) on black (0)."""

ClassIndices = NDArray[np.int64]
"""int64 (n,), positions in the class names."""

Probabilities = NDArray[np.float32]
"""float32 (n, classes), each row sums to 1."""

Split = Literal["train", "validation", "test"]
"""Most datasets have no validation split; a share of their training images is used instead."""

UNLABELLED = -1
"""The class index of an image without a label."""

IMAGE_SHAPE = (28, 28)

# Largest accepted distance of a row's sum from 1; stored probabilities may be rounded.
SUM_TOLERANCE = 1e-3


def probabilities_flaw(rows: Probabilities) -> str | None:
    """Return why these rows are not probabilities, or None.

    NaN and infinity give None, too; other checks report them.
    """
    sums = rows.sum(axis=1)
    if not np.isfinite(rows).all() or (rows.min() >= 0 and abs(sums - 1).max() <= SUM_TOLERANCE):
        return None
    return (
        "expected a model whose rows are probabilities and sum to 1, received sums from "
        f"{sums.min():.3g} to {sums.max():.3g} and values from {rows.min():.3g}; wrap the "
        "Keras model that it was made from with `mnistkit import`"
    )
