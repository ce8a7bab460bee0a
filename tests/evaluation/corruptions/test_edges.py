"""Edges: a thin outline around the strokes."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mnistkit.evaluation.corruptions import corrupt


def test_the_outline_of_a_square_is_a_closed_line_on_its_border():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 8:20, 8:20] = 255
    edges = corrupt(image, "canny_edges")[0] > 0
    border = ndimage.binary_dilation(image[0] > 0) ^ ndimage.binary_erosion(image[0] > 0)
    assert not (edges & ~border).any()
    # It parts the inside from the outside.
    regions, count = ndimage.label(~edges)
    assert count == 2
    assert regions[14, 14] != regions[0, 0]


def test_edges_are_white_on_black_and_a_pixel_wide(sample):
    edges = corrupt(sample.images[:50], "canny_edges")
    assert np.unique(edges).tolist() == [0, 255]
    drawn = edges > 0
    blocks = drawn[:, :-2, :-2] & drawn[:, 1:-1, 1:-1] & drawn[:, 2:, 2:]
    blocks &= drawn[:, :-2, 2:] & drawn[:, 2:, :-2]
    assert blocks.mean() < 0.001


def test_edges_lie_where_brightness_changes_most(sample):
    images = sample.images[:50]
    edges = corrupt(images, "canny_edges") > 0
    steepness = np.array(
        [ndimage.gaussian_gradient_magnitude(image.astype(float), 1) for image in images]
    )
    assert np.median(steepness[edges]) > np.quantile(steepness, 0.8)
    assert steepness[edges].min() > 3
