"""Augmentation: training images varied as people, pens and cameras differ; not part of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE, ClassIndices, Images
from mnistkit.core.image_batches import FloatImages, to_floats, to_images
from mnistkit.core.recipe import AugmentationName
from mnistkit.training.augmentation.degradations import degrade
from mnistkit.training.augmentation.distortion import Distortion, distort
from mnistkit.training.augmentation.non_digits import make_non_digits
from mnistkit.training.augmentation.pens import Pen, write_with
from mnistkit.training.augmentation.regional_strokes import HABITS
from mnistkit.training.augmentation.written_forms import FORMS

Targets = NDArray[np.float32]
"""float32 (n, classes): the target probabilities; each row sums to 1."""

Augmenter = Callable[[Images, ClassIndices, np.random.Generator], tuple[Images, Targets]]
"""Takes a batch's images and class indices; returns it augmented, then images of non-digits."""

# Side of an erased square, in pixels.
HOLE = 8
# Share of the non-digits that are blank before they are degraded.
BLANK = 0.15


@dataclass(frozen=True)
class Augmentation:
    """The variations of a batch; shares are in [0, 1].

    Args:
        distortion: Changes of the geometry.
        pen: Changes of the strokes; None for none.
        habits: Share of the ones, sevens and nines that get a regional stroke.
        forms: Share of the ones, fours and nines that are drawn anew in another form.
        non_digits: Images of non-digits added, as a share of the batch; none are added if the
            classes are not all digits, since letters are among the non-digits.
        mirrored: Share of the images that are mirrored left to right.
        erased: Share of the images with an erased square.
        degraded: Share of the images that are degraded as by cameras and paper.
    """

    distortion: Distortion
    pen: Pen | None = None
    habits: float = 0.0
    forms: float = 0.0
    non_digits: float = 0.0
    mirrored: float = 0.0
    erased: float = 0.0
    degraded: float = 0.0


AUGMENTATIONS: dict[AugmentationName, Augmentation | None] = {
    "none": None,
    "light": Augmentation(
        Distortion(rotation=8, shear=0.1, scale=(0.9, 1.1), aspect=0.1, shift=1.5, bend=0.0)
    ),
    "medium": Augmentation(
        Distortion(rotation=12, shear=0.2, scale=(0.85, 1.15), aspect=0.15, shift=2.0, bend=0.7)
    ),
    "strong": Augmentation(
        Distortion(rotation=15, shear=0.3, scale=(0.8, 1.15), aspect=0.25, shift=2.5, bend=1.0),
        erased=0.5,
    ),
    "clothing": Augmentation(
        Distortion(rotation=4, shear=0.05, scale=(0.9, 1.05), aspect=0.1, shift=1.5, bend=0.0),
        mirrored=0.5,
        erased=0.5,
    ),
    "handwriting": Augmentation(
        Distortion(rotation=14, shear=0.3, scale=(0.75, 1.15), aspect=0.3, shift=2.5, bend=1.0),
        Pen(thicken=1.3, thin=0.6, blur=0.3, crisp=0.3, fade=0.3, specks=0.1),
        habits=0.3,
        non_digits=0.1,
    ),
    "photos": Augmentation(
        Distortion(rotation=14, shear=0.3, scale=(0.75, 1.15), aspect=0.3, shift=2.5, bend=1.0),
        Pen(thicken=1.6, thin=0.6, blur=0.2, crisp=0.3, fade=0.3, specks=0.1),
        habits=0.3,
        forms=0.06,
        non_digits=0.15,
        degraded=0.5,
    ),
}
"""The augmentations by the names that recipes use."""


def augmenter(name: AugmentationName, class_names: tuple[str, ...]) -> Augmenter:
    """Return the function that augments batches of a dataset with these class names."""
    augmentation = AUGMENTATIONS[name]
    rows = np.eye(len(class_names), dtype=np.float32)
    if augmentation is None:
        return lambda images, class_indices, _: (images, rows[class_indices])
    digits = set(class_names) <= set("0123456789")
    share = augmentation.non_digits if digits else 0.0
    habits = {class_names.index(label): HABITS[label] for label in HABITS if label in class_names}
    forms = {class_names.index(label): FORMS[label] for label in FORMS if label in class_names}

    def augment(
        images: Images, class_indices: ClassIndices, random: np.random.Generator
    ) -> tuple[Images, Targets]:
        ink = to_floats(images)
        for index, habit in habits.items():
            chosen = _some(class_indices == index, augmentation.habits, random)
            ink[chosen] = habit(ink[chosen], random)
        if augmentation.forms:
            for index, form in forms.items():
                chosen = _some(class_indices == index, augmentation.forms, random)
                ink[chosen] = form(len(chosen), random)
        count = round(len(ink) * share)
        non_digits = make_non_digits(ink, count, random) if count else ink[:0]
        ink = _varied(np.concatenate([ink, non_digits]), count, augmentation, random)
        even = np.full((count, len(class_names)), 1 / len(class_names), np.float32)
        return to_images(ink), np.concatenate([rows[class_indices], even])

    return augment


def _some(
    candidates: NDArray[np.bool_], share: float, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return the indices of a random share of the candidates."""
    return np.flatnonzero((random.random(len(candidates)) < share) & candidates)


def _varied(
    ink: FloatImages, non_digits: int, augmentation: Augmentation, random: np.random.Generator
) -> FloatImages:
    """Return images with the variations that do not depend on the class.

    Args:
        ink: float32 (n, 28, 28); the last ones are the non-digits.
        non_digits: Number of the non-digits.
        augmentation: The variations.
        random: Generator of the random choices.
    """
    ink = distort(ink, augmentation.distortion, random)
    if augmentation.pen:
        ink = write_with(ink, augmentation.pen, random)
    if augmentation.degraded:
        # Empty paper with degradations is no digit.
        ink[len(ink) - non_digits :][random.random(non_digits) < BLANK] = 0
        ink = degrade(ink, augmentation.degraded, random)
    if augmentation.mirrored:
        mirrored = random.random(len(ink)) < augmentation.mirrored
        ink[mirrored] = ink[mirrored, :, ::-1]
    if augmentation.erased:
        erase(ink, augmentation.erased, random)
    return ink


def erase(ink: FloatImages, share: float, random: np.random.Generator) -> None:
    """Set a random square of some images to black, in place.

    Args:
        ink: float32 (n, 28, 28).
        share: Share of the images, in [0, 1].
        random: Generator of the random choices.

    Reference:
        T. DeVries, G. W. Taylor: Improved regularization of convolutional neural networks with
        Cutout. 2017.
    """
    chosen = np.flatnonzero(random.random(len(ink)) < share)
    corners = random.integers(-HOLE // 2, IMAGE_SHAPE[0] - HOLE // 2, (len(chosen), 2))
    for image, (top, left) in zip(chosen, corners, strict=True):
        ink[image, max(top, 0) : top + HOLE, max(left, 0) : left + HOLE] = 0
