"""How probable it is that the marks of a page are the digits they look like."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.detection import Marks

# Logistic regression on the marks of made validation pages: the weights of the logarithms of the
# odds of a mark and of its class, of print, of letters beside it and on its page, and the constant.
HEAT, CLASS, PRINT, BESIDE, LETTERS, CONSTANT = 2.08, 0.48, 1.08, -1.65, -2.75, -1.16
# In heights of a mark: how far away and how much higher or lower those beside it may stand.
REACH, RISE = 1.0, 0.6
# A mark of less heat doesn't count among them.
LEAST_HEAT = 0.35
# Odds beyond those of this probability are the same.
EXTREME = 1e-4


def confidences(marks: Marks) -> NDArray[np.float64]:
    """Return the probability that each mark is the digit of its likeliest class, float64 (n,).

    It is 0 of a mark that is no digit.
    """
    odds = evidence(marks) @ np.array([HEAT, CLASS, PRINT, BESIDE, LETTERS]) + CONSTANT
    return np.asarray(np.where(marks.is_digit, 1 / (1 + np.exp(-odds)), 0.0))


def evidence(marks: Marks) -> NDArray[np.float64]:
    """Return what tells whether each mark is a digit, float64 (n, 5), in the order of `HEAT`."""
    likeliest = marks.classes.max(axis=1, initial=0)
    # One more digit: a lone mark is no letter, be it on a page or beside another.
    seen = marks.heat >= LEAST_HEAT
    letters = (seen & ~marks.is_digit).sum() / (seen.sum() + 1)
    columns = _odds(marks.heat), _odds(likeliest), marks.printed, letters_beside(marks)
    return np.stack([*columns, np.full(len(marks), letters)], axis=1).astype(np.float64)


def letters_beside(marks: Marks) -> NDArray[np.float64]:
    """Return the share of letters and signs among the marks beside each in its row."""
    left, top, width, height = marks.boxes.astype(np.float64).T
    middle = top + height / 2
    near = np.abs(middle[:, None] - middle) < RISE * height[:, None]
    gaps = np.maximum(left - (left + width)[:, None], left[:, None] - (left + width))
    near &= (gaps < REACH * height[:, None]) & (marks.heat >= LEAST_HEAT)
    np.fill_diagonal(near, val=False)
    return np.asarray((near & ~marks.is_digit).sum(axis=1) / (near.sum(axis=1) + 1))


def _odds(probability: NDArray[np.float32]) -> NDArray[np.float64]:
    bounded = np.clip(probability.astype(np.float64), EXTREME, 1 - EXTREME)
    return np.asarray(np.log(bounded / (1 - bounded)))
