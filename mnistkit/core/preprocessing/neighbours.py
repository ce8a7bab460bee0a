"""Recognizing that a picture holds several digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.components import Components

# Height and ink of a digit beside another, as shares of the other's.
LEAST_HEIGHT, MOST_HEIGHT, LEAST_MASS, MOST_MASS = 0.6, 1.6, 0.3, 3.0
# Widths of a digit's box, in heights.
MOST_WIDTH, LEAST_WIDTH = 1.2, 0.08


def has_neighbours(parts: Components, kept: NDArray[np.bool_], cut: NDArray[np.bool_]) -> bool:
    """Return whether there is another digit as large as the one that was found.

    Args:
        parts: The components of a picture.
        kept: Which of them are the digit.
        cut: Which of them are lines, frames or cut off by the border; these don't count.
    """
    heights, widths = parts.bottom - parts.top, parts.right - parts.left
    height = parts.bottom[kept].max() - parts.top[kept].min()
    mass = parts.mass / parts.mass[kept].sum()
    shape = widths / heights
    alike = (heights >= LEAST_HEIGHT * height) & (heights <= MOST_HEIGHT * height)
    alike &= (mass >= LEAST_MASS) & (mass <= MOST_MASS)
    alike &= (shape >= LEAST_WIDTH) & (shape <= MOST_WIDTH)
    return bool((alike & ~kept & ~cut).any())
