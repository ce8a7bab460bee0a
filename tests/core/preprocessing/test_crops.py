"""A digit that fills its picture is still the ink, and lines along the edges are not paper."""

import numpy as np
import pytest
from conditions import cropped, enlarged
from likeness import likeness
from scipy import ndimage

from mnistkit.core.preprocessing.ink import find_paper
from mnistkit.core.preprocessing.preparation import prepare_digit


def bold(image, width=5):
    return cropped(np.where(ndimage.grey_dilation(image, (width, width)) >= 128, 255, 0))


@pytest.mark.parametrize("factor", [1, 5])
@pytest.mark.parametrize("is_dark", [False, True], ids=["bright", "dark"])
def test_bold_digits_without_a_margin_are_prepared_as_with_one(sample, factor, is_dark):
    alike = []
    for image in sample.images[:100]:
        ink = enlarged(bold(image).astype(np.uint8), factor)
        tight, loose = (255 - each if is_dark else each for each in (ink, np.pad(ink, 20)))
        alike.append(likeness(prepare_digit(tight), prepare_digit(loose)))
    assert np.mean(np.array(alike) > 0.9) >= 0.97


@pytest.mark.parametrize(
    "edges",
    [np.s_[:2, :], np.s_[:, :2], np.s_[-1:, :], np.s_[[0, -1], 6:-6]],
    ids=["above", "left", "below", "above and below"],
)
def test_lines_along_edges_are_no_paper(sample, edges):
    for image in sample.images[:20]:
        picture = 255 - image
        picture[edges] = 0
        assert find_paper(picture).dark_ink
