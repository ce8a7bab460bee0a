"""Marks as the page reader's network finds them, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnistkit.reading.detection import Marks

HEIGHT, WIDTH, STEP = 40, 24, 32


def found(
    text: str, boxes: Sequence[Sequence[float]], sure: float = 0.95, *, printed: float = 0
) -> Marks:
    """Return a mark for each character, which is a digit or another mark."""
    classes = np.full((len(text), 10), (1 - sure) / 9, np.float32)
    for row, character in zip(classes, text, strict=True):
        if character.isdigit():
            row[int(character)] = sure
    return Marks(
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        heat=np.full(len(text), 1, np.float32),
        is_digit=np.array([character.isdigit() for character in text], bool),
        classes=classes,
        printed=np.full(len(text), printed, np.float32),
    )


def row(text: str, x: float = 50, y: float = 100, size: float = 1) -> list[list[float]]:
    """Return boxes side by side, one for each character."""
    return [[x + size * STEP * place, y, size * WIDTH, size * HEIGHT] for place in range(len(text))]


def together(*several: Marks) -> Marks:
    """Return all marks as one."""
    return Marks(
        **{
            name: np.concatenate([getattr(marks, name) for marks in several])
            for name in vars(several[0])
        }
    )
