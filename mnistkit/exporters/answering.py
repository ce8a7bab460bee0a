"""The other side of `separate.py`: a process that answers for one model until its input ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.errors import ModelError
from mnistkit.exporters.separate import READY


def answer(open_model: Callable[[], Callable[[Images], Probabilities]]) -> None:
    """Open a model and answer for it; what its runtime prints goes to stderr.

    A `ModelError` ends the process with its exit code, and its message on stderr.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        infer = open_model()
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    answers.write(READY)
    answers.flush()
    while count := sys.stdin.buffer.read(4):
        images = _images(int(np.frombuffer(count, np.uint32)[0]))
        answers.write(infer(images).tobytes())
        answers.flush()


def _images(count: int) -> Images:
    pixels = sys.stdin.buffer.read(count * int(np.prod(IMAGE_SHAPE)))
    return np.frombuffer(pixels, np.uint8).reshape(count, *IMAGE_SHAPE)
