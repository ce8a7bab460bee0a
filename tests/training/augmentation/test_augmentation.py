"""Batches to learn: the same from the same seed, digits first, then what is no digit."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.training.augmentation import AUGMENTATIONS, HOLE, augmenter, erase
from mnistkit.training.augmentation.regional_strokes import HABITS

NAMES = tuple("0123456789")
CHANGING = [name for name, augmentation in AUGMENTATIONS.items() if augmentation is not None]


def augmented(sample, name, count, seed=0, names=NAMES):
    augment = augmenter(name, names)
    images, indices = sample.images[:count], sample.class_indices[:count]
    return augment(images, indices, np.random.default_rng(seed))


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_same_seed_gives_the_same_batch(sample, name):
    once, again = (augmented(sample, name, 64, seed=3) for _ in range(2))
    np.testing.assert_array_equal(once[0], again[0])
    np.testing.assert_array_equal(once[1], again[1])


@pytest.mark.parametrize("name", CHANGING)
def test_another_seed_changes_every_image(sample, name):
    one, other = (augmented(sample, name, 64, seed)[0] for seed in (0, 1))
    assert (one[:64] != sample.images[:64]).any(axis=(1, 2)).all()
    assert (one != other).any(axis=(1, 2)).all()


@pytest.mark.parametrize("name", CHANGING)
def test_the_images_that_were_given_stay_what_they_are(sample, name):
    before = sample.images[:64].copy()
    augmented(sample, name, 64)
    np.testing.assert_array_equal(sample.images[:64], before)


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 12, 128])
def test_digits_come_first_and_then_non_digits_of_every_class_alike(sample, name, count):
    images, targets = augmented(sample, name, count)
    augmentation = AUGMENTATIONS[name]
    non_digits = 0 if augmentation is None else round(count * augmentation.non_digits)
    assert images.shape == (count + non_digits, 28, 28)
    assert images.dtype == np.uint8
    assert targets.shape == (count + non_digits, 10)
    assert targets.dtype == np.float32
    np.testing.assert_array_equal(targets[:count], np.eye(10)[sample.class_indices[:count]])
    np.testing.assert_allclose(targets[count:], 0.1, rtol=1e-6)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)


def test_none_gives_the_images_themselves(sample):
    images, _ = augmented(sample, "none", 32)
    np.testing.assert_array_equal(images, sample.images[:32])


@pytest.mark.parametrize("name", CHANGING)
def test_digits_stay_the_digits_they_were(sample, classifier, name):
    images, _ = augmented(sample, name, 500)
    right = classifier.predict(images[:500]).argmax(axis=1) == sample.class_indices[:500]
    # Of a network that has learned nothing of the kind; drawn at random, a tenth would be right.
    assert right.mean() > 0.5


def test_non_digits_are_inked_and_of_many_kinds(sample):
    images, _ = augmented(sample, "handwriting", 512)
    non_digits = images[512:]
    assert np.mean(non_digits.max(axis=(1, 2)) > 60) > 0.95
    assert len(np.unique(non_digits, axis=0)) == len(non_digits)


def test_a_dataset_of_other_things_than_digits_has_no_habits_and_no_non_digits(sample, monkeypatch):
    def refuse(_ink, _random):
        raise AssertionError

    for label in HABITS:
        monkeypatch.setitem(HABITS, label, refuse)
    clothes = ("shirt", "coat", "bag")
    augment = augmenter("handwriting", clothes)
    indices = sample.class_indices[:30] % 3
    images, targets = augment(sample.images[:30], indices, np.random.default_rng(0))
    assert len(images) == len(targets) == 30
    np.testing.assert_array_equal(targets[:30].argmax(axis=1), indices)
    with pytest.raises(AssertionError):
        augmented(sample, "handwriting", 100)


@pytest.mark.parametrize("name", CHANGING)
def test_habits_go_by_the_label_and_not_by_its_place(sample, name, monkeypatch):
    met = []

    def note(ink, _random):
        met.append(len(ink))
        return ink

    monkeypatch.setitem(HABITS, "7", note)
    names = ("seven or so", "7", "eight")
    augment = augmenter(name, names)
    augment(sample.images[:300], np.zeros(300, np.int64), np.random.default_rng(0))
    assert met == [0]
    augment(sample.images[:300], np.ones(300, np.int64), np.random.default_rng(0))
    assert met[1] == pytest.approx(300 * AUGMENTATIONS[name].habits, abs=40)


def test_the_strengths_go_from_light_to_strong(sample):
    def change(name):
        images, _ = augmented(sample, name, 256)
        return np.abs(images.astype(float) - sample.images[:256]).mean()

    light, medium, strong = map(change, ("light", "medium", "strong"))
    assert 0 < light < medium < strong


def test_half_of_the_clothes_are_mirrored():
    # Ink in the left half alone, which no small distortion brings to the right.
    images = np.zeros((400, 28, 28), np.uint8)
    images[:, 8:20, 5:9] = 255
    images[:, 8:20, 16:18] = 40
    augment = augmenter("clothing", NAMES)
    changed, _ = augment(images, np.zeros(400, np.int64), np.random.default_rng(0))
    left = changed[:, :, :14].sum(axis=(1, 2)) > changed[:, :, 14:].sum(axis=(1, 2))
    assert 0.4 < left.mean() < 0.6


def test_a_square_is_erased_of_half_of_the_images_and_no_more_than_a_square():
    full = np.ones((400, 28, 28), np.float32)
    erase(full, 0.5, np.random.default_rng(0))
    gone = (full == 0).sum(axis=(1, 2))
    assert 0.4 < (gone > 0).mean() < 0.6
    assert gone.max() == HOLE**2
    assert gone[gone > 0].min() >= (HOLE // 2) ** 2
