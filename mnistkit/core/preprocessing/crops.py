"""Recognizing pictures cropped so closely that their border is mostly ink."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.components import Components, find_components

# Shares of the border's pixels and of all pixels. What covers more is paper.
MAX_BORDER, MAX_COVER = 0.9, 0.9
# Share of the ink that one piece of a digit has.
WHOLE = 0.9
# The strokes of a digit leave at least this many corners to the paper.
PAPER_CORNERS = 2


def is_digit(mask: NDArray[np.bool_], border: NDArray[np.bool_]) -> bool:
    """Return whether what looks like the paper is a digit that fills the picture.

    A digit is one piece that reaches all four sides; the paper around it is in the corners, and
    in several pieces or along a part of the border.

    Args:
        mask: Where a picture has the level that is commonest on its border.
        border: The mask's values on the border.
    """
    if border.mean() > MAX_BORDER or mask.mean() > MAX_COVER:
        return False
    corners = int(mask[[0, 0, -1, -1], [0, -1, 0, -1]].sum())
    if corners > 4 - PAPER_CORNERS:
        return False
    parts, others = _parts(mask), _parts(~mask)
    main = int(parts.mass.argmax())
    whole = parts.mass[main] > WHOLE * parts.mass.sum()
    reaches = _reaches_all_sides(parts, mask.shape)
    return bool(whole and reaches[main]) and not _reaches_all_sides(others, mask.shape).any()


def _parts(mask: NDArray[np.bool_]) -> Components:
    return find_components(mask, mask.astype(np.float32))


def _reaches_all_sides(parts: Components, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    starts = (parts.top == 0) & (parts.left == 0)
    reaching: NDArray[np.bool_] = starts & (parts.bottom == shape[0]) & (parts.right == shape[1])
    return reaching
