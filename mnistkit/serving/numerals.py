"""Whole numbers in the texts of requests."""

from __future__ import annotations


def whole_number(text: str, most_digits: int) -> int | None:
    """Return the whole number that a text is; None for other text, or for more digits.

    Args:
        text: Digits of ASCII, without a sign.
        most_digits: How many of them at most.
    """
    if text.isascii() and text.isdecimal() and len(text) <= most_digits:
        return int(text)
    return None
