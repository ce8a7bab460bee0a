"""Several digits in a picture are noticed, and the pieces of one are not several."""

import numpy as np
import pytest
from conditions import CONDITIONS, enlarged

from mnistkit.core.preprocessing.decoding import read_picture
from mnistkit.core.preprocessing.examples import path_of_example
from mnistkit.core.preprocessing.preparation import prepare

ALONE = [name for name in CONDITIONS if name != "beside a neighbour"]


@pytest.mark.parametrize("condition", ALONE)
def test_one_digit_is_not_several(sample, condition):
    pictures = (CONDITIONS[condition](image) for image in sample.images[:20])
    assert not any(prepare(picture, "digit").several for picture in pictures)


def test_a_five_with_a_loose_flag_is_not_several(sample):
    for image in sample.images[sample.class_indices == 5][:20]:
        ink = np.pad(enlarged(image, 5), 30)
        ink[30 + 35 : 30 + 41] = 0
        assert not prepare(255 - ink, "digit").several


def test_noise_is_not_several():
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8)
    assert not prepare(noise, "digit").several


@pytest.mark.parametrize("turned", [False, True], ids=["side by side", "above each other"])
def test_digits_in_a_row_are_several(sample, turned):
    noticed = []
    for one, other in zip(sample.images[:40:2], sample.images[1:40:2], strict=True):
        row = [np.pad(enlarged(image, 5), 30) for image in (one, other)]
        page = 255 - np.concatenate(row, axis=0 if turned else 1)
        noticed.append(prepare(page, "digit").several)
    assert np.mean(noticed) >= 0.8


def test_the_example_of_a_page_is_several():
    assert prepare(read_picture(path_of_example("example:page")), "digit").several
    assert not prepare(read_picture(path_of_example("example:seven")), "digit").several
