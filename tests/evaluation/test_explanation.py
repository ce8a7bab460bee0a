"""What an answer rests on, against a plain loop and scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from mnistkit.core.models.card import Card
from mnistkit.core.models.classifier import Classifier
from mnistkit.data.loading import load_split
from mnistkit.errors import PictureError
from mnistkit.evaluation.explanation import NEAREST, Window, explain, prepared
from mnistkit.fetching.store import Store

WEIGHTS = np.random.default_rng(0).normal(size=(784, 10)).astype(np.float32) / 9000


def linear(images):
    """The softmax of a linear function: quick, and each pixel counts."""
    scores = images.reshape(len(images), -1).astype(np.float32) @ WEIGHTS
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def make_classifier(names="0123456789", preparation="digit", infer=linear):
    card = Card("0.1.0", tuple(names), "linear", (), "mnist", preparation, None)
    return Classifier(card, infer)


@pytest.fixture(scope="module")
def training():
    return load_split("mnist-sample", "train", Store())


def plain_map(classifier, image, side, stride):
    """The map by one square at a time, each of its pixels summed up and counted."""
    whole = classifier.predict(image[None])[0]
    label = int(whole.argmax())
    sums, counts = np.zeros((28, 28)), np.zeros((28, 28))
    lefts = {}
    firsts = [*range(0, 28 - side, stride), 28 - side]
    for row in firsts:
        for column in firsts:
            occluded = image.copy()
            for y in range(row, row + side):
                for x in range(column, column + side):
                    occluded[y, x] = 0
            left = float(classifier.predict(occluded[None])[0, label])
            lefts[row, column] = left
            for y in range(row, row + side):
                for x in range(column, column + side):
                    sums[y, x] += float(whole[label]) - left
                    counts[y, x] += 1
    return np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0), lefts


@pytest.mark.parametrize(("side", "stride"), [(5, 1), (4, 3), (28, 1), (1, 5)])
def test_the_occlusion_map_is_that_of_a_plain_loop(sample, side, stride):
    classifier = make_classifier()
    image = sample.images[3]
    found = explain(classifier, image, Window(side, stride)).occlusion
    drops, lefts = plain_map(classifier, image, side, stride)
    np.testing.assert_allclose(found.drops, drops, rtol=1e-5, atol=1e-6)
    assert found.left == pytest.approx(min(lefts.values()), rel=1e-5)
    assert lefts[found.worst] == pytest.approx(found.left, rel=1e-5)
    assert drops.min() < 0 or side == 28


def test_the_bundled_model_rests_on_the_ink(bundled, sample):
    image = sample.images[3]
    found = explain(bundled, image, Window(6, 4)).occlusion
    drops, _ = plain_map(bundled, image, 6, 4)
    np.testing.assert_allclose(found.drops, drops, rtol=1e-3, atol=1e-5)
    far_from_ink = np.s_[:1, :1]
    assert (found.drops[far_from_ink] == 0).all()


def test_only_squares_with_ink_are_asked_about(sample):
    asked = []

    def counting(images):
        asked.append(len(images))
        return linear(images)

    image = sample.images[3]
    explain(make_classifier(infer=counting), image)
    squares = [image[y : y + 5, x : x + 5].any() for y in range(24) for x in range(24)]
    assert sum(asked) == 1 + sum(squares) < 1 + len(squares)


def test_the_nearest_images_are_those_of_scikit_learn(sample, training):
    image = sample.images[5]
    found = explain(make_classifier(), image)
    assert [each.label for each in found.nearest] == [
        label for label in found.ranked[:2] for _ in range(NEAREST)
    ]
    pixels = training.images.reshape(len(training.images), -1) / 255
    for label in found.ranked[:2]:
        indices = np.flatnonzero(training.class_indices == int(label))
        search = NearestNeighbors(n_neighbors=NEAREST).fit(pixels[indices])
        distances, places = search.kneighbors(image.reshape(1, -1) / 255)
        own = [each for each in found.nearest if each.label == label]
        assert [each.index for each in own] == indices[places[0]].tolist()
        assert [each.distance for each in own] == pytest.approx(distances[0].tolist())
        assert all((each.image == training.images[each.index]).all() for each in own)


def test_labels_are_ranked_by_their_probability(sample):
    found = explain(make_classifier(), sample.images[0], Window(28))
    by_label = dict(zip("0123456789", found.probabilities, strict=True))
    assert [*found.ranked] == sorted(by_label, key=by_label.get, reverse=True)
    assert found.occlusion.label == found.ranked[0]


def test_classes_in_another_order_and_some_digits_alone_have_nearest_images(sample):
    image = sample.images[0]
    turned = explain(make_classifier("9876543210"), image, Window(28))
    two = explain(make_classifier("37", infer=lambda images: linear(images)[:, :2]), image)
    assert {each.label for each in turned.nearest} == {*turned.ranked[:2]}
    assert {each.label for each in two.nearest} == {"3", "7"}


@pytest.mark.parametrize(
    "classifier",
    [make_classifier("abcdefghij"), make_classifier(preparation="character")],
    ids=["letters", "character"],
)
def test_a_model_of_other_images_has_no_nearest_ones(sample, classifier):
    assert explain(classifier, sample.images[0], Window(28)).nearest is None


def test_a_picture_without_ink_is_refused(bundled):
    blank = np.full((50, 50), 255, np.uint8)
    with pytest.raises(PictureError, match=r"blank\.png: expected a picture with ink"):
        prepared(bundled, blank, "blank.png")
    character = replace(bundled, card=replace(bundled.card, preparation="character"))
    with pytest.raises(PictureError):
        prepared(character, blank, "blank.png")
