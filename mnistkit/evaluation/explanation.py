"""What an answer rests on: the parts of the image that it needs, and the most similar images.

Reference:
    M. D. Zeiler, R. Fergus: Visualizing and understanding convolutional networks. ECCV 2014,
    section 4.2: "systematically occluding different portions of the input image ... and
    monitoring the output of the classifier". Here the occluding square is black, as the paper of
    an image is: it takes ink away, and adds none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities, Split
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.core.preprocessing.preparation import prepare
from mnistkit.data.loading import LabelledImages, load_split
from mnistkit.errors import PictureError
from mnistkit.fetching.store import Store

SIDE = IMAGE_SHAPE[0]
WHITE = 255

SAMPLE = "mnist-sample"
SAMPLE_SPLIT: Split = "train"
"""The bundled images among which the nearest ones are looked for."""

NEAREST = 3
"""How many are found of each class."""


@dataclass(frozen=True)
class Window:
    """The occluding square: its side and the steps between its places, in pixels."""

    side: int = 5
    stride: int = 1

    def places(self) -> list[int]:
        """Return its first rows, which are also its first columns; the last one ends the image."""
        last = SIDE - self.side
        return sorted({*range(0, last + 1, self.stride), last})


@dataclass(frozen=True)
class Occlusion:
    """How the probability of a label falls when parts of the image are occluded.

    Args:
        label: The label.
        window: The occluding square.
        drops: float64 (28, 28): of each pixel, how far the probability falls on average under the
            squares that cover it; below 0 where it rises.
        worst: Row and column of the square under which the probability is least.
        left: That least probability.
        instead: The most probable label under that square.
    """

    label: str
    window: Window
    drops: NDArray[np.float64]
    worst: tuple[int, int]
    left: float
    instead: str


@dataclass(frozen=True)
class Neighbour:
    """An image of the bundled sample, and how far it is from the explained one.

    Args:
        label: Its label.
        index: Its place in the training split, from 0.
        distance: Euclidean distance between the pixels, which are taken from 0 to 1.
        image: uint8 (28, 28).
    """

    label: str
    index: int
    distance: float
    image: Images


@dataclass(frozen=True)
class Explanation:
    """What an answer rests on.

    Args:
        image: The model's input, uint8 (28, 28).
        probabilities: float32 (classes,).
        ranked: The labels, the most probable one first.
        occlusion: How the first label's probability falls.
        nearest: The nearest images of the first label, then those of the second; None where the
            sample has no such images as the model's.
    """

    image: Images
    probabilities: NDArray[np.float32]
    ranked: tuple[str, ...]
    occlusion: Occlusion
    nearest: tuple[Neighbour, ...] | None


def prepared(classifier: Classifier, picture: GreyPicture, name: str) -> tuple[Images, bool]:
    """Return a picture's image as a model sees it, and whether it holds other digits beside.

    Args:
        classifier: The model.
        picture: uint8 (height, width), upright.
        name: The picture's name in errors.

    Raises:
        PictureError: It has no ink.
    """
    found = prepare(picture, classifier.card.preparation)
    if found.image is None:
        raise PictureError(
            f"{name}: expected a picture with ink, received one without; choose another picture"
        )
    return found.image, found.several


def explain(classifier: Classifier, image: Images, window: Window | None = None) -> Explanation:
    """Return what a model's answer for an image rests on.

    Args:
        classifier: The model.
        image: uint8 (28, 28), as `prepare` makes it.
        window: The occluding square; None for the usual one.

    Raises:
        ModelError: The model fails while running.
    """
    probabilities = classifier.predict(image[np.newaxis])[0]
    order = (-probabilities).argsort(kind="stable").tolist()
    ranked = tuple(classifier.class_names[index] for index in order)
    occlusion = _occlude(classifier, image, probabilities, window or Window())
    return Explanation(
        image, probabilities, ranked, occlusion, _nearest(classifier, image, ranked[:2])
    )


def _occlude(
    classifier: Classifier, image: Images, whole: NDArray[np.float32], window: Window
) -> Occlusion:
    places = window.places()
    rows = _occluded_probabilities(classifier, image, whole, window)
    top = int(whole.argmax())
    left = rows[..., top].astype(np.float64)
    row, column = np.unravel_index(int(left.argmin()), left.shape)
    return Occlusion(
        label=classifier.class_names[top],
        window=window,
        drops=_spread(float(whole[top]) - left, window),
        worst=(places[row], places[column]),
        left=float(left.min()),
        instead=classifier.class_names[int(rows[row, column].argmax())],
    )


def _occluded_probabilities(
    classifier: Classifier, image: Images, whole: NDArray[np.float32], window: Window
) -> Probabilities:
    """Return the probabilities under each square, (places, places, classes)."""
    places, side = window.places(), window.side
    squares = sliding_window_view(image, (side, side))[np.ix_(places, places)]
    inked = squares.max(axis=(2, 3)) > 0
    rows = np.broadcast_to(whole, (*inked.shape, len(whole))).copy()
    # A square without ink changes nothing.
    occluded = np.repeat(image[np.newaxis], int(inked.sum()), axis=0)
    for each, (row, column) in zip(occluded, np.argwhere(inked), strict=True):
        top, first = places[row], places[column]
        each[top : top + side, first : first + side] = 0
    rows[inked] = classifier.predict(occluded)
    return rows


def _spread(drops: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """Return the mean drop of each pixel, over the squares that cover it; 0 if none does."""
    sums, counts = np.zeros(IMAGE_SHAPE), np.zeros(IMAGE_SHAPE)
    places, side = window.places(), window.side
    for (row, column), drop in np.ndenumerate(drops):
        covered = np.s_[places[row] : places[row] + side, places[column] : places[column] + side]
        sums[covered] += drop
        counts[covered] += 1
    return sums / np.maximum(counts, 1)


def _nearest(
    classifier: Classifier, image: Images, labels: tuple[str, ...]
) -> tuple[Neighbour, ...] | None:
    sample = load_split(SAMPLE, SAMPLE_SPLIT, Store())
    dataset, card = sample.dataset, classifier.card
    if not {*card.class_names} <= {*dataset.class_names}:
        return None
    if card.preparation != dataset.preparation:
        return None
    return tuple(found for label in labels for found in _nearest_of(sample, image, label))


def _nearest_of(sample: LabelledImages, image: Images, label: str) -> list[Neighbour]:
    of_label = sample.class_indices == sample.dataset.class_names.index(label)
    indices = np.flatnonzero(of_label)
    differences = sample.images[indices].astype(np.int32) - image
    distances = np.sqrt((differences**2).sum(axis=(1, 2))) / WHITE
    return [
        Neighbour(
            label, int(indices[place]), float(distances[place]), sample.images[indices[place]]
        )
        for place in distances.argsort(kind="stable")[:NEAREST].tolist()
    ]
