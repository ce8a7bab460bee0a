"""The images that calibrate and prove an export."""

from __future__ import annotations

import numpy as np

from mnistkit.core.arrays import Images
from mnistkit.core.class_names import named
from mnistkit.core.models.card import Card
from mnistkit.data import loading
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import UsageError
from mnistkit.exporting.accuracy import QuantisationImages
from mnistkit.fetching.store import Store

CALIBRATION_IMAGES = 1000


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
