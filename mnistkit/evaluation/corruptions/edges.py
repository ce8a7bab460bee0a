"""Edges of MNIST-C: the outline of the digit instead of its strokes.

Reference:
    J. Canny: A computational approach to edge detection. IEEE Transactions on Pattern Analysis
    and Machine Intelligence 8, 1986.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnistkit.core.image_batches import FloatImages

SIGMA = 1.0
LOW, HIGH = 0.1, 0.2
"""Canny's hysteresis thresholds of the gradient, as Sobel's operator measures it."""

# OpenCV takes int16 gradients; this stands for a gradient of 1. The largest is 4.
UNIT = 8000


def canny_edges(ink: FloatImages, _randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return the edges of the images, one pixel wide, white on black."""
    import cv2

    edges = np.empty_like(ink)
    for image, result in zip(ink, edges, strict=True):
        smooth = cv2.GaussianBlur(image, (9, 9), SIGMA, borderType=cv2.BORDER_CONSTANT)
        across, down = (
            np.rint(UNIT * cv2.Sobel(smooth, cv2.CV_32F, *axis)).astype(np.int16)
            for axis in ((1, 0), (0, 1))
        )
        result[:] = cv2.Canny(across, down, UNIT * LOW, UNIT * HIGH, L2gradient=True) > 0
    return edges
