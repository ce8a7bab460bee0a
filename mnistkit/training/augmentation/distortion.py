"""Random distortions: rotation, shear, scaling, shift and elastic bending.

Reference:
    P. Simard, D. Steinkraus, J. Platt: Best practices for convolutional neural networks applied
    to visual document analysis. ICDAR 2003 (elastic distortions).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.image_batches import SIDE, FloatImages, sample

MIDDLE = np.float32(14)
# Control points per side; the bending is smooth between them.
BENDS = 5


@dataclass(frozen=True)
class Distortion:
    """The largest distortions; values are drawn uniformly up to these.

    Args:
        rotation: Degrees in either direction.
        shear: Columns per row, in either direction.
        scale: Smallest and largest factor of the size.
        aspect: Largest absolute logarithm of the factor of width to height.
        shift: Pixels in each direction.
        bend: Standard deviation of the control points' displacement, in pixels.
    """

    rotation: float
    shear: float
    scale: tuple[float, float]
    aspect: float
    shift: float
    bend: float


def distort(ink: FloatImages, distortion: Distortion, random: np.random.Generator) -> FloatImages:
    """Return images distorted about their centres of mass, which are centred before the shift.

    Args:
        ink: float32 (n, 28, 28) in [0, 1].
        distortion: The largest distortions.
        random: Generator of the random choices.
    """
    count = len(ink)
    inverse = _inverse_matrices(count, distortion, random)
    shift = random.uniform(-distortion.shift, distortion.shift, (count, 2)).astype(np.float32)
    axis = np.arange(SIDE, dtype=np.float32) - MIDDLE
    rows = axis[None, :, None] - shift[:, 0, None, None]
    columns = axis[None, None, :] - shift[:, 1, None, None]
    bends = _bends(count, distortion.bend, random)
    centres = centres_of_mass(ink)
    # The source of every pixel of the result, row and column.
    sources = [
        inverse[:, i, 0, None, None] * rows
        + inverse[:, i, 1, None, None] * columns
        + bends[i]
        + centres[:, i, None, None]
        for i in range(2)
    ]
    return sample(ink, sources[0], sources[1])


def centres_of_mass(ink: FloatImages) -> NDArray[np.float32]:
    """Return centres of mass (row, column), float32 (n, 2); the middle of an empty image."""
    mass = ink.sum(axis=(1, 2))
    axis = np.arange(SIDE, dtype=np.float32)
    moments = np.stack([ink.sum(axis=2) @ axis, ink.sum(axis=1) @ axis], axis=1)
    centres: NDArray[np.float32] = np.where(
        mass[:, None] > 0, moments / np.maximum(mass, 1e-6)[:, None], MIDDLE
    )
    return centres


def _inverse_matrices(
    count: int, distortion: Distortion, random: np.random.Generator
) -> NDArray[np.float32]:
    """Return matrices from offsets in the result to offsets in the source, float32 (n, 2, 2)."""
    angle = np.radians(random.uniform(-distortion.rotation, distortion.rotation, count))
    shear = random.uniform(-distortion.shear, distortion.shear, count)
    low, high = np.log(distortion.scale)
    size = random.uniform(low, high, count)
    aspect = random.uniform(-distortion.aspect, distortion.aspect, count) / 2
    shrink_rows, shrink_columns = np.exp(aspect - size), np.exp(-aspect - size)
    cosine, sine = np.cos(angle), np.sin(angle)
    matrices = np.empty((count, 2, 2), np.float32)
    matrices[:, 0, 0] = shrink_rows * cosine
    matrices[:, 0, 1] = shrink_rows * sine
    matrices[:, 1, 0] = shrink_columns * (shear * cosine - sine)
    matrices[:, 1, 1] = shrink_columns * (cosine + shear * sine)
    return matrices


def _bends(
    count: int, bend: float, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return smooth displacements of rows and of columns, in pixels, float32 (n, 28, 28) each."""
    strength = random.uniform(0, bend, (2, count, 1, 1))
    control = (random.standard_normal((2, count, BENDS, BENDS)) * strength).astype(np.float32)
    rows, columns = SPREAD @ control @ SPREAD.T
    return rows, columns


def smooth_weights(points: int) -> NDArray[np.float32]:
    """Return the weights of cubic B-splines along an image's side, float32 (28, points)."""
    places = np.linspace(0, points - 1, SIDE)[:, None]
    distance = np.abs(places - np.arange(points)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.maximum(2 - distance, 0) ** 3 / 6
    return np.where(distance < 1, near, far).astype(np.float32)


SPREAD = smooth_weights(BENDS)
