"""An occlusion map in colours, over the image it belongs to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.evaluation.explanation import Explanation

# People who see no red or no green tell these two apart.
FALLS, RISES = np.array([255, 140, 0]), np.array([60, 140, 255])
# A smaller change of probability is drawn paler than the strongest colour.
LEAST_SCALE = 0.05
# Of the image's brightness.
BEHIND = 0.4


def scale_of(drops: NDArray[np.float64]) -> float:
    """Return the change of probability that gets the strongest colour."""
    return max(float(np.abs(drops).max()), LEAST_SCALE)


def overlay(explanation: Explanation) -> NDArray[np.uint8]:
    """Return the map over its image, uint8 (28, 28, 3): orange where the probability falls."""
    drops = explanation.occlusion.drops
    strength = np.abs(drops / scale_of(drops))[..., np.newaxis]
    colours = np.where(drops[..., np.newaxis] > 0, FALLS, RISES)
    behind = BEHIND * explanation.image[..., np.newaxis]
    mixed: NDArray[np.uint8] = np.rint((1 - strength) * behind + strength * colours).astype(
        np.uint8
    )
    return mixed
