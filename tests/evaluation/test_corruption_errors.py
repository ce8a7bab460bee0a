"""Errors under corruption, of a classifier whose answers are known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.core.models.card import Card
from mnistkit.core.models.classifier import Classifier
from mnistkit.data.loading import LabelledImages
from mnistkit.evaluation import corruptions
from mnistkit.evaluation.corruptions import CORRUPTIONS, corrupt, corruption_errors
from mnistkit.plugin_types import Dataset

COUNT = 50
NAMES = ("black", "bright")
# They make black images bright somewhere; all others leave black ones black and bright ones bright.
BRIGHTENING = {
    "impulse_noise",
    "brightness",
    "stripe",
    "spatter",
    "dotted_line",
    "zigzag",
}


def looks_bright(images):
    """Class 1 where an image is not black."""
    return np.eye(2, dtype=np.float32)[images.any(axis=(1, 2)).astype(int)]


@pytest.fixture
def classifier():
    return Classifier(Card("0", NAMES, "by hand", (), None, "object", None), looks_bright)


@pytest.fixture
def split():
    """Black images and ones with a block in no regular order, seven of them with a wrong label."""
    bright = np.random.default_rng(0).random(COUNT) < 0.4
    images = np.zeros((COUNT, 28, 28), np.uint8)
    images[bright, 8:20, 8:20] = 255
    class_indices = bright.astype(np.int64)
    class_indices[::8] = 1 - class_indices[::8]
    dataset = Dataset("by hand", NAMES, "none", "object", load=lambda *_: (images, class_indices))
    return LabelledImages("by-hand", dataset, "test", images, class_indices)


@pytest.mark.parametrize("chunk", [COUNT, 16], ids=["at once", "in parts"])
def test_errors_are_the_share_of_wrong_labels_under_each_corruption(
    classifier, split, monkeypatch, chunk
):
    monkeypatch.setattr(corruptions, "CHUNK", chunk)
    errors = corruption_errors(classifier, split)
    assert list(errors) == list(CORRUPTIONS)
    labelled_black = (split.class_indices == 0).sum()
    expected = {name: labelled_black if name in BRIGHTENING else 7 for name in CORRUPTIONS}
    assert {name: round(share * COUNT) for name, share in errors.items()} == expected
    assert sum(errors.values()) == pytest.approx(sum(expected.values()) / COUNT)


def test_a_classifier_sees_the_images_in_parts_as_if_at_once(split, monkeypatch):
    seen = []
    card = Card("0", NAMES, "by hand", (), None, "object", None)
    classifier = Classifier(card, lambda images: seen.append(images) or looks_bright(images))
    monkeypatch.setattr(corruptions, "CHUNK", 16)
    assert len(corruption_errors(classifier, split)) == len(CORRUPTIONS)
    assert [len(images) for images in seen[:4]] == [16, 16, 16, 2]
    whole = [corrupt(split.images, name) for name in CORRUPTIONS]
    np.testing.assert_array_equal(np.concatenate(seen), np.concatenate(whole))
