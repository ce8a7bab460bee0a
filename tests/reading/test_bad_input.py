"""What shows no digits, or is no page at all, has no lines, quickly and in bounded memory."""

from __future__ import annotations

import resource
import time

import cv2
import numpy as np
import pytest
from sheets import LETTERS, print_letters

import mnistkit

pytestmark = pytest.mark.thorough

MOST_SECONDS, MOST_BYTES = 8, 400_000_000


def specks(shape):
    random = np.random.default_rng(0)
    picture = np.full(shape, 240, np.uint8)
    for _ in range(5000):
        row, column = random.integers(0, shape)
        high, wide = random.integers(1, 6, size=2)
        picture[row : row + high, column : column + wide] = 60
    return picture


def noise(deviation, shape=(600, 800)):
    random = np.random.default_rng(0)
    return np.clip(random.normal(150, deviation, shape), 0, 255).astype(np.uint8)


def ruled(*, squared):
    picture = np.full((600, 800), 235, np.uint8)
    picture[::40] = 140
    if squared:
        picture[:, ::40] = 140
    return picture


def forest():
    """Trunks, branches and leaves of all sizes, light and dark."""
    random = np.random.default_rng(0)
    picture = np.full((900, 1200), 90, np.uint8)
    for thickness in (40, 12, 4, 2) * 40:
        ends = random.integers(0, (1200, 900), (2, 2)).tolist()
        cv2.line(picture, *ends, int(random.integers(20, 200)), thickness)
    return cv2.add(picture, noise(25, (900, 1200)) // 4)


EMPTY = {
    "white": lambda: np.full((600, 800), 255, np.uint8),
    "black": lambda: np.zeros((600, 800), np.uint8),
    "grain": lambda: noise(8),
    "noise": lambda: noise(120),
    "shading": lambda: np.tile(np.linspace(40, 250, 1000).astype(np.uint8), (700, 1)),
    "two halves": lambda: np.tile(np.repeat(np.uint8([20, 240]), 400), (600, 1)),
    "a black hole": lambda: np.pad(np.zeros((60, 80), np.uint8), 10, constant_values=200),
    "ruled": lambda: ruled(squared=False),
    "squared": lambda: ruled(squared=True),
    "sparse specks": lambda: specks((1500, 2000)),
    "dense specks": lambda: specks((500, 700)),
    "a pixel": lambda: np.zeros((1, 1), np.uint8),
    "a white pixel": lambda: np.full((1, 1), 255, np.uint8),
    "four pixels": lambda: np.uint8([[0, 255], [255, 0]]),
    "a row": lambda: np.tile(np.uint8([0, 255]), 1000)[None],
    "a column": lambda: np.tile(np.uint8([0, 255]), 10_000)[:, None],
    "a strip": lambda: noise(60, (3, 20_000)),
}


@pytest.fixture
def bounded():
    """Fail if much time is computed, or much more memory is taken than ever before."""
    # How many others compute at the same time says nothing about it.
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.process_time() - began < MOST_SECONDS
    assert 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < MOST_BYTES


@pytest.mark.sampled(5)
@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("kind", EMPTY)
def test_nothing_is_read_where_nothing_is(kind):
    assert mnistkit.read(EMPTY[kind]()) == []


@pytest.mark.usefixtures("bounded")
def test_a_forest_has_hardly_a_digit():
    assert sum(len(line.digits) for line in mnistkit.read(forest())) <= 3


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("font", ["DejaVuSans", "DejaVuSerif", "DejaVuSansMono-Oblique"])
def test_a_screenshot_of_text_has_hardly_a_digit(font):
    digits = [digit for line in mnistkit.read(print_letters(font)) for digit in line.digits]
    assert len([digit for digit in digits if digit.label]) <= 0.05 * len(LETTERS)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("shape", [(6000, 8000), (20_000, 700), (300, 20_000)])
def test_a_huge_page_is_looked_at_in_bounded_time(shape):
    assert mnistkit.read(np.full(shape, 230, np.uint8)) == []
