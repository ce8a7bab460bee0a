"""How many digits of a page were read wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def count_errors(expected_lines: Sequence[str], received_lines: Sequence[str]) -> int:
    """Count the digits to change, insert or remove to turn what was read into what is there.

    Lines are matched in their order, at the least cost: one missed or invented costs its digits,
    and leaves the others in step. Spaces do not count.
    """
    return _align(
        ["".join(line.split()) for line in expected_lines],
        ["".join(line.split()) for line in received_lines],
        skip=len,
        replace=distance,
    )


def distance(expected: str, received: str) -> int:
    """Levenshtein's distance of two strings."""
    return _align(expected, received, skip=lambda _: 1, replace=lambda a, b: int(a != b))


def _align(
    expected: Sequence[Item],
    received: Sequence[Item],
    *,
    skip: Callable[[Item], int],
    replace: Callable[[Item, Item], int],
) -> int:
    """Return the least cost of an alignment that keeps the order of both."""
    costs = [0]
    for item in received:
        costs.append(costs[-1] + skip(item))
    for wanted in expected:
        row = [costs[0] + skip(wanted)]
        for column, found in enumerate(received):
            row.append(
                min(
                    row[-1] + skip(found),
                    costs[column + 1] + skip(wanted),
                    costs[column] + replace(wanted, found),
                )
            )
        costs = row
    return costs[-1]
