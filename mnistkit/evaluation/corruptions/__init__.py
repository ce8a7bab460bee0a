"""The fifteen corruptions of MNIST-C, which do not change what a person reads.

They have the severities of the published images, but other random numbers, so that single pixels
differ.

Reference:
    N. Mu, J. Gilmer: MNIST-C: A robustness benchmark for computer vision. ICML 2019 Workshop on
    Uncertainty and Robustness in Deep Learning, arXiv 1906.02337; severities from
    https://github.com/google-research/mnist-c.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np

from mnistkit.core.arrays import Images
from mnistkit.core.image_batches import FloatImages, to_floats, to_images
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.progress import SILENT, Progress, counted
from mnistkit.data.loading import LabelledImages
from mnistkit.evaluation.corruptions.blurs import glass_blur, motion_blur
from mnistkit.evaluation.corruptions.edges import canny_edges
from mnistkit.evaluation.corruptions.geometry import rotate, scale, shear, translate
from mnistkit.evaluation.corruptions.light import brightness, fog, stripe
from mnistkit.evaluation.corruptions.marks import dotted_line, spatter, zigzag
from mnistkit.evaluation.corruptions.noise import impulse_noise, shot_noise

Corruption = Callable[[FloatImages, Sequence[np.random.Generator]], FloatImages]
"""Takes float32 (n, 28, 28) in [0, 1] and a random generator for each image; returns the corrupted
images, in which values may lie a little outside [0, 1].
"""

CORRUPTIONS: dict[str, Corruption] = {
    "shot_noise": shot_noise,
    "impulse_noise": impulse_noise,
    "glass_blur": glass_blur,
    "motion_blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "brightness": brightness,
    "translate": translate,
    "stripe": stripe,
    "fog": fog,
    "spatter": spatter,
    "dotted_line": dotted_line,
    "zigzag": zigzag,
    "canny_edges": canny_edges,
}
"""The corruptions by their names in MNIST-C, in its order."""

SEED = 0
# Images; larger chunks take more memory and are no faster.
CHUNK = 250


def corrupt(images: Images, name: str, first: int = 0) -> Images:
    """Return corrupted images; each depends only on its image and its position.

    Args:
        images: uint8 (n, 28, 28).
        name: One of `CORRUPTIONS`.
        first: Position of the first image in its split; positions seed the random numbers.

    Returns:
        uint8 (n, 28, 28).
    """
    number = zlib.crc32(name.encode())
    positions = range(first, first + len(images))
    randoms = [np.random.default_rng((SEED, number, position)) for position in positions]
    return to_images(CORRUPTIONS[name](to_floats(images), randoms))


def corruption_errors(
    classifier: Classifier, split: LabelledImages, progress: Progress = SILENT
) -> dict[str, float]:
    """Return the share of wrong labels under each corruption, by its name.

    Args:
        classifier: It knows the classes of the split.
        split: The images.
        progress: Is told of each image under each corruption.
    """
    telling, errors = counted(classifier, progress), {}
    for name in CORRUPTIONS:
        wrong = 0
        for start in range(0, len(split.images), CHUNK):
            part = slice(start, start + CHUNK)
            rows = telling.predict(corrupt(split.images[part], name, start))
            wrong += int((rows.argmax(axis=1) != split.class_indices[part]).sum())
        errors[name] = wrong / len(split.images)
    return errors
