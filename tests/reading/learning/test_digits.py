from __future__ import annotations

import numpy as np
import pytest

from mnistkit.reading.learning.digits import Digits
from mnistkit.reading.learning.hands import draw_hand, write_digit


def test_strokes_and_outlines_stand_on_the_baseline_one_high(digits):
    source = np.random.default_rng(0)
    for label in range(10):
        index = digits.pick(label, source)
        for shape in (digits.strokes(index), digits.outlines(index)):
            points = np.concatenate(shape.parts)
            assert points[:, 1].max() == pytest.approx(0)
            assert points[:, 0].min() == pytest.approx(0)
            assert points[:, 1].min() == pytest.approx(-1, abs=0.6)


def test_a_label_without_images_is_refused(sample, digits):
    chosen = sample.class_indices != 3

    with pytest.raises(ValueError, match="none of 3"):
        Digits(sample.images[chosen], sample.class_indices[chosen], digits.typefaces)


def test_a_hand_writes_the_same_digit_alike_and_not_twice_the_same(digits):
    source = np.random.default_rng(1)
    hand = draw_hand(source, digits, digits.typefaces.handwritten[0])
    one, other = (write_digit(hand, 0, digits, source) for _ in range(2))

    assert not np.array_equal(one.parts[0], other.parts[0])


def test_hands_differ_in_the_size_of_zeros(digits):
    face = digits.typefaces.handwritten[0]
    sizes = [draw_hand(np.random.default_rng(i), digits, face).sizes[0] for i in range(60)]

    assert min(sizes) < 0.7
    assert max(sizes) > 0.95
