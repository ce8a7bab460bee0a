"""How many digits of a page were read wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


# What an error costs; one digit too many costs 1 more.
ERROR = 1 << 20


def count_errors(expected_lines: Sequence[str], received_lines: Sequence[str]) -> int:
    """Count the digits to change, insert or remove to turn what was read into what is there.

    Lines are matched in their order, at the least cost: one missed or invented costs its digits,
    and leaves the others in step. Spaces do not count.
    """
    return errors_and_extra(expected_lines, received_lines)[0]


def errors_and_extra(
    expected_lines: Sequence[str], received_lines: Sequence[str]
) -> tuple[int, int]:
    """Count the errors, and how many of them are digits to remove: as few as can be."""
    cost = _align(
        ["".join(line.split()) for line in expected_lines],
        ["".join(line.split()) for line in received_lines],
        length=len,
        replace=_cost,
    )
    return divmod(cost, ERROR)


def distance(expected: str, received: str) -> int:
    """Levenshtein's distance of two strings."""
    return _cost(expected, received) // ERROR


def _cost(expected: str, received: str) -> int:
    return _align(expected, received, length=lambda _: 1, replace=lambda a, b: ERROR * (a != b))


def _align(
    expected: Sequence[Item],
    received: Sequence[Item],
    *,
    length: Callable[[Item], int],
    replace: Callable[[Item, Item], int],
) -> int:
    """Return the least cost of an alignment that keeps the order of both."""
    costs = [0]
    for item in received:
        costs.append(costs[-1] + length(item) * (ERROR + 1))
    for wanted in expected:
        missed = length(wanted) * ERROR
        row = [costs[0] + missed]
        for column, found in enumerate(received):
            row.append(
                min(
                    row[-1] + length(found) * (ERROR + 1),
                    costs[column + 1] + missed,
                    costs[column] + replace(wanted, found),
                )
            )
        costs = row
    return costs[-1]
