"""What the tests of made pages share."""

from __future__ import annotations

import pytest

from mnistkit.reading.learning.digits import Digits
from mnistkit.reading.learning.typefaces import find_typefaces


@pytest.fixture(scope="session")
def digits(sample) -> Digits:
    """The sample's digits, and Matplotlib's typefaces."""
    return Digits(sample.images, sample.class_indices, find_typefaces())
