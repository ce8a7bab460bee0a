"""Ink is told from paper under any light."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from sheets import texts, write_sheet

from mnistkit.reading.page import read_page

WRITTEN = ["31415 92653", "846 26433"]


def in_shadow(picture, softness=20):
    rows, columns = np.indices(picture.shape)
    depth = 1 / (1 + np.exp(-(columns + 0.3 * rows - 600) / softness))
    return picture * (1 - 0.45 * depth)


def with_noise(picture, deviation=12):
    return picture + np.random.default_rng(0).normal(0, deviation, picture.shape)


LIGHTS = {
    "bright": lambda picture: picture * 1.06,
    "dim": lambda picture: picture * 0.25,
    "faint": lambda picture: picture * 0.3 + 150,
    "faint and noisy": lambda picture: with_noise(picture * 0.3 + 150, 4),
    "a shadow": in_shadow,
    "noise": with_noise,
    "out of focus": lambda picture: cv2.GaussianBlur(picture, (0, 0), 3),
    "a lamp": lambda picture: picture * np.linspace(1, 0.35, picture.shape[1]),
}


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN).picture


@pytest.mark.parametrize("light", LIGHTS)
def test_a_page_is_read_in_any_light(bundled, sheet, light):
    picture = np.clip(LIGHTS[light](sheet), 0, 255).astype(np.uint8)
    assert texts(read_page(bundled, picture)) == WRITTEN


@pytest.mark.parametrize("degrees", [-6, 3, 8])
def test_a_page_is_read_at_an_angle(bundled, sheet, degrees):
    height, width = sheet.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.9)
    tilted = cv2.warpAffine(sheet, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    assert texts(read_page(bundled, tilted)) == WRITTEN
