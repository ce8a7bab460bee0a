"""What the tests of reading pages share."""

from __future__ import annotations

import pytest
from sheets import Image8, plain_digits


@pytest.fixture(scope="session")
def digits(bundled, sample) -> dict[str, list[Image8]]:
    """The ink of digits that are told apart easily, for each label."""
    return plain_digits(bundled, sample)
