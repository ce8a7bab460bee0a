"""What images, class indices, probabilities and splits are."""

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
"""Most datasets have no `validation`; a share of their training images validates instead."""

UNLABELLED = -1
"""The class index of an image without a label."""

IMAGE_SHAPE = (28, 28)
