"""A dataset: digits as a pocket calculator shows them, at random places."""

import numpy as np

from mnistkit.contracts import Dataset

#              top, upper left, upper right, middle, lower left, lower right, bottom
SEGMENTS = (0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010)
SEGMENTS += (0b1101011, 0b1101111, 0b1010010, 0b1111111, 0b1111011)
PLACES = (
    (slice(0, 2), slice(0, 10)),
    (slice(0, 9), slice(0, 2)),
    (slice(0, 9), slice(8, 10)),
    (slice(8, 10), slice(0, 10)),
    (slice(8, 18), slice(0, 2)),
    (slice(8, 18), slice(8, 10)),
    (slice(16, 18), slice(0, 10)),
)
COUNTS = {"train": 1000, "test": 200}


def draw(digit):
    """Return uint8 (18, 10), the lit segments at 255."""
    shown = np.zeros((18, 10), np.uint8)
    for bit, place in enumerate(reversed(PLACES)):
        if SEGMENTS[digit] >> bit & 1:
            shown[place] = 255
    return shown


def load(split, _store):
    """Return images and class indices; always the same ones."""
    generator = np.random.default_rng(len(split))
    class_indices = generator.integers(0, 10, COUNTS[split])
    images = np.zeros((COUNTS[split], 28, 28), np.uint8)
    for image, digit in zip(images, class_indices, strict=True):
        top, left = generator.integers(0, 11), generator.integers(0, 19)
        image[top : top + 18, left : left + 10] = draw(digit)
    return images, class_indices


DATASET = Dataset(
    summary="1,200 digits as a pocket calculator shows them",
    class_names=tuple("0123456789"),
    licence="CC0",
    preparation="digit",
    load=load,
)
