"""What two ways to the same probabilities have in common, on any processor."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

# As far as the proof of an export lets two of them be apart: one up and the other down.
EVEN = 2e-5


def is_accuracy(
    share: float, probabilities: NDArray[np.float32], class_indices: NDArray[np.int64]
) -> bool:
    """Return whether a share of right answers may be that of another way to these probabilities.

    Sums that are taken in another order turn those answers alone whose first two classes are even.
    """
    second, first = np.sort(probabilities, axis=1)[:, -2:].T
    right, even = probabilities.argmax(axis=1) == class_indices, first - second <= EVEN
    counted = share * len(class_indices)
    # Keras has its own share in float32.
    is_whole = counted == pytest.approx(round(counted), abs=1e-3)
    return is_whole and (right & ~even).sum() <= round(counted) <= (right | even).sum()
