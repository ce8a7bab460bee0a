"""The training split, divided by the seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnistkit.data.holdout import hold_out
from mnistkit.errors import UsageError


@pytest.fixture
def split(sample):
    """A hundred numbered images: the first pixel and the label tell which."""
    numbers = np.arange(100)
    images = np.zeros((100, 28, 28), np.uint8)
    images[:, 0, 0] = numbers
    return replace(sample, images=images, class_indices=numbers % 10)


def numbers(part):
    """Which images a part holds; each has kept its label."""
    found = part.images[:, 0, 0].astype(int)
    assert (part.class_indices == found % 10).all()
    assert len(part) == len(found)
    return found.tolist()


@pytest.mark.parametrize("limit", [None, 100, 40, 5000])
def test_the_parts_are_disjoint_and_together_the_first_images(split, limit):
    parts = hold_out(split, limit, 0.25, seed=3)
    count = min(limit or 100, 100)
    assert sorted(numbers(parts.train) + numbers(parts.validation)) == list(range(count))
    assert len(parts.validation) == count // 4


def test_the_seed_alone_decides_what_validates(split):
    first, again, other = (hold_out(split, None, 0.2, seed) for seed in (0, 0, 1))
    assert numbers(first.validation) == numbers(again.validation)
    assert numbers(first.train) == numbers(again.train)
    assert set(numbers(first.validation)) != set(numbers(other.validation))


def test_what_validates_is_drawn_from_the_whole_split(split):
    drawn = {
        number
        for seed in range(40)
        for number in numbers(hold_out(split, None, 0.2, seed).validation)
    }
    assert drawn == set(range(100))


@pytest.mark.parametrize("limit", [1, 7, None])
def test_without_validation_all_images_are_learned(split, limit):
    parts = hold_out(split, limit, 0.0, seed=0)
    assert sorted(numbers(parts.train)) == list(range(limit or 100))
    assert len(parts.validation) == 0
    assert parts.validation.images.shape == (0, 28, 28)


def test_the_split_itself_is_left_alone(split):
    before = split.images.copy()
    hold_out(split, None, 0.2, seed=0).train.images[:] = 255
    np.testing.assert_array_equal(split.images, before)


@pytest.mark.parametrize(
    ("limit", "validation"), [(1, 0.1), (4, 0.1), (1, 0.9), (10, 0.99), (None, 0.999)]
)
def test_too_few_images_for_both_parts_are_refused(split, limit, validation):
    with pytest.raises(UsageError, match=f"received {limit or 100} .*--limit") as refused:
        hold_out(split, limit, validation, seed=0)
    assert f"--validation {validation:g}" in str(refused.value)
    assert "\n" not in str(refused.value)
