"""Ink is told from paper, whichever is dark and however it is lit."""

from __future__ import annotations

import numpy as np
import pytest
from conditions import CONDITIONS, PAPER, PEN, cropped, enlarged, in_uneven_light, to_bytes, written

from mnistkit.core.preprocessing.ink import find_paper, ink_of
from mnistkit.core.preprocessing.light import reduced

SOME = 20


@pytest.mark.parametrize("condition", CONDITIONS)
def test_it_is_known_which_is_dark(sample, condition):
    for image in sample.images[:SOME]:
        # The preparation looks at a small copy, too.
        picture = reduced(CONDITIONS[condition](image), 160)
        assert find_paper(picture).dark_ink
        assert not find_paper(255 - picture).dark_ink


@pytest.mark.parametrize(
    ("level", "pen"),
    [(0, 30), (0, 200), (30, 0), (30, 230), (128, 98), (128, 158), (240, 40), (255, 225), (255, 0)],
)
def test_even_paper_is_found_by_its_level_and_is_no_ink(sample, level, pen):
    ink = np.pad(sample.images[0], 10)
    picture = to_bytes(written(ink, level, pen))
    paper = find_paper(picture)
    assert paper.dark_ink == (pen < level)
    assert paper.level == pytest.approx(level, abs=0.5)
    found = ink_of(picture, paper)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ink / 255 * abs(pen - level), rtol=0, atol=1)


def test_uneven_light_leaves_the_paper_without_a_level_and_nearly_without_ink(sample):
    for image in sample.images[:10]:
        ink = np.pad(enlarged(image, 6), 40)
        picture = in_uneven_light(image)
        paper = find_paper(picture)
        assert not paper.even
        assert np.ptp(picture[ink == 0]) > 70
        found = ink_of(picture, paper)
        contrast = PAPER - PEN
        assert np.percentile(found[ink == 0], 99) < 0.1 * contrast
        assert np.percentile(found[ink == 255], 1) > 0.4 * contrast


def test_what_was_cut_out_closely_has_even_paper_though_its_border_is_inked(sample):
    for image in sample.images[:SOME]:
        paper = find_paper(255 - cropped(image))
        assert paper.even
        assert paper.level > 128


@pytest.mark.parametrize("side", [10, 32, 160, 400])
def test_a_picture_is_reduced_by_averaging_blocks(side):
    picture = np.random.default_rng(0).integers(0, 256, (240, 360), np.uint8)
    small = reduced(picture, side)
    factor = -(-360 // side)
    assert max(small.shape) <= side
    height, width = 240 // factor, 360 // factor
    blocks = picture[: height * factor, : width * factor].reshape(height, factor, width, factor)
    np.testing.assert_allclose(small[:height, :width], blocks.mean(axis=(1, 3)), rtol=0, atol=1)


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (3, 3), (5000, 2), (11, 400)])
@pytest.mark.parametrize("seed", range(3))
def test_pictures_of_any_shape_have_paper_and_ink(shape, seed):
    picture = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    picture[0, 0], picture[-1, -1] = 0, 255
    paper = find_paper(picture)
    ink = ink_of(picture, paper)
    assert ink.shape == shape
    assert np.isfinite(ink).all()
    darkest, lightest = (ink[where] for where in ((0, 0), (-1, -1)))
    assert (darkest > lightest) == paper.dark_ink
