"""How many digits of a page were read wrong, compared with trying all alignments."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest
from edit_distance import count_errors, distance, errors_and_extra


@cache
def tried(expected, received):
    """The definition itself: the cheapest of all ways to turn one string into the other."""
    if not expected or not received:
        return len(expected) + len(received)
    changed = tried(expected[1:], received[1:]) + (expected[0] != received[0])
    return min(changed, 1 + tried(expected[1:], received), 1 + tried(expected, received[1:]))


def tried_lines(expected, received):
    if not expected or not received:
        return len("".join(expected + received))
    return min(
        tried_lines(expected[1:], received[1:]) + tried(expected[0], received[0]),
        tried_lines(expected[1:], received) + len(expected[0]),
        tried_lines(expected, received[1:]) + len(received[0]),
    )


WORDS = tuple("".join(word) for length in range(4) for word in product("12", repeat=length))


def test_the_distance_of_all_short_strings():
    for expected, received in product(WORDS, repeat=2):
        assert distance(expected, received) == tried(expected, received)


PAGES = tuple(
    lines for count in range(3) for lines in product(("", "1", "12", "21", "122"), repeat=count)
)


def test_the_errors_of_all_short_pages():
    for expected, received in product(PAGES, repeat=2):
        assert count_errors(expected, received) == tried_lines(expected, received)


@pytest.mark.parametrize(
    ("expected", "received", "errors"),
    [
        (["123 45", "6 7"], ["12345", "67"], 0),
        (["123", "456", "789"], ["123", "789"], 3),
        (["123", "789"], ["123", "456", "789"], 3),
        (["123", "456"], ["456", "123"], 6),
        (["2024"], ["2O24"], 1),
        (["1234"], ["234"], 1),
        ([], [], 0),
    ],
    ids=["spaces", "a line missed", "a line invented", "swapped", "changed", "lost", "nothing"],
)
def test_the_errors_of_a_page(expected, received, errors):
    assert count_errors(expected, received) == errors


@pytest.mark.parametrize(
    ("expected", "received", "extra"),
    [
        (["123"], ["1234"], 1),
        (["123"], ["124"], 0),
        (["1234"], ["123"], 0),
        (["123"], ["123", "77"], 2),
        ([], ["1", "2"], 2),
        (["12", "34"], ["15"], 0),
    ],
    ids=["one more", "changed", "lost", "a line invented", "nothing there", "both"],
)
def test_the_digits_too_many_of_a_page(expected, received, extra):
    assert errors_and_extra(expected, received) == (count_errors(expected, received), extra)
