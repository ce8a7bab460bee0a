"""The images that calibrate and prove an export."""

from __future__ import annotations

import logging

import numpy as np

from mnistkit.core.arrays import Images
from mnistkit.core.class_names import named
from mnistkit.core.models.card import Card
from mnistkit.data import loading
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import MissingError, UsageError
from mnistkit.exporting.accuracy import QuantisationImages
from mnistkit.fetching.store import Store

logger = logging.getLogger(__name__)

CALIBRATION_IMAGES = 1000


def test_images(card: Card, store: Store, *, trusted: bool) -> LabelledImages:
    """Return the test split of the model's dataset, or of the bundled sample if it is missing.

    Args:
        card: The model's card.
        store: Where the dataset is found.
        trusted: Whether the files that the card names may be opened.
    """
    if not trusted and not loading.may_choose(card):
        logger.warning("files that only a model names are not opened: %s", card.dataset)
    else:
        try:
            return loading.load_split(card.dataset, "test", store)
        except MissingError as error:
            logger.warning("%s", error)
    logger.warning("proving on the test images of %s instead", loading.FALLBACK)
    return loading.load_split(loading.FALLBACK, "test", store)


def quantisation_images(card: Card, test: LabelledImages, store: Store) -> QuantisationImages:
    """Return the images for an export of lower precision.

    Args:
        card: The model's card.
        test: The test split that measures the accuracy.
        store: Where the training images of the same dataset are found.

    Raises:
        UsageError: The dataset has other classes than the model.
    """
    if test.dataset.class_names != card.class_names:
        raise UsageError(
            f"expected a dataset with the model's classes ({named(card.class_names)}), to measure "
            f"the accuracy, received {test.name} with {named(test.dataset.class_names)}; name "
            "another --dataset"
        )
    training = loading.load_split(test.name, "train", store).images
    return QuantisationImages(_spread(training), test)


def _spread(images: Images) -> Images:
    """Return images from everywhere in a split, which may be sorted by class."""
    count = min(CALIBRATION_IMAGES, len(images))
    spread: Images = images[np.linspace(0, len(images) - 1, count).astype(int)]
    return spread
