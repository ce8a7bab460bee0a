"""Numbers that stand one below the other are a column, however the page lies."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.reading.cells import Number, cells_of, numbers_of
from mnistkit.reading.page import Digit

HEIGHT, STEP, PITCH = 40, 26, 70
TABLE = [
    ["8", "", "415", "2001"],
    ["12", "07", "", "3"],
    ["", "1", "9", "44"],
    ["660", "23", "1", ""],
    ["5", "", "", "1000"],
]


def place(text, x, y):
    width = STEP * len(text) - 6 if text != "1" else 8
    return Number(text, (x, y, width, HEIGHT))


def written(table, lefts, aligned="left", top=100):
    """Lay out a table's numbers; `lefts` has where columns begin."""
    rows = []
    for index, cells in enumerate(table):
        row = []
        for text, left in zip(cells, lefts, strict=True):
            number = place(text, left, top + PITCH * index)
            shift = {"left": 0, "right": 1, "middle": 0.5}[aligned] * (4 * STEP - number.box[2])
            row += [place(text, left + shift, number.box[1])] if text else []
        rows.append(row)
    return rows


def moved(rows, change):
    """Change the middles of all numbers."""
    result = []
    for row in rows:
        changed = []
        for number in row:
            x, y, width, height = number.box
            across, down = change(x + width / 2, y + height / 2)
            changed.append(
                Number(number.text, (across - width / 2, down - height / 2, width, height))
            )
        result.append(changed)
    return result


LEFTS = [60, 260, 460, 660]


@pytest.mark.parametrize("aligned", ["left", "middle", "right"])
def test_cells_without_a_number_are_empty(aligned):
    assert cells_of(written(TABLE, LEFTS, aligned)) == TABLE


@pytest.mark.parametrize("degrees", [-12, -5, 3, 10])
def test_the_page_may_be_turned(degrees):
    angle = np.radians(degrees)

    def turn(x, y):
        return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)

    assert cells_of(moved(written(TABLE * 3, LEFTS), turn)) == TABLE * 3


@pytest.mark.parametrize("slope", [-0.1, 0.1])
def test_rows_may_slope_while_columns_stand_upright(slope):
    sloping = moved(written(TABLE * 2, LEFTS), lambda x, y: (x, y + slope * x))
    assert cells_of(sloping) == TABLE * 2


@pytest.mark.parametrize("drift", [-0.2, 0.2])
def test_columns_may_drift_while_rows_are_level(drift):
    drifting = moved(written(TABLE * 2, LEFTS), lambda x, y: (x + drift * y, y))
    assert cells_of(drifting) == TABLE * 2


def test_a_page_may_be_seen_from_below():
    """Columns come together farther away."""
    seen = moved(written(TABLE * 2, LEFTS), lambda x, y: (400 + (x - 400) * (0.6 + y / 2000), y))
    assert cells_of(seen) == TABLE * 2


def test_numbers_may_stand_unevenly():
    random = np.random.default_rng(0)

    def shaken(x, y):
        return x + random.uniform(-12, 12), y + random.uniform(-8, 8)

    for _ in range(20):
        assert cells_of(moved(written(TABLE, LEFTS, "middle"), shaken)) == TABLE


def test_lone_digits_in_narrow_columns_keep_their_places():
    random = np.random.default_rng(1)
    grid = [
        [str(random.integers(1, 10)) if random.random() < 0.4 else "" for _ in range(9)]
        for _ in range(9)
    ]
    grid[0] = list("123456789")
    lefts = [60 + 90 * column for column in range(9)]

    def shaken(x, y):
        return x + random.uniform(-15, 15), y

    rows = moved(written(grid, lefts), shaken)
    assert cells_of(rows) == grid


def test_the_numbers_of_a_single_row_are_its_cells():
    assert cells_of(written([["8", "415", "1", "2001"]], LEFTS)) == [["8", "415", "1", "2001"]]


def test_rows_of_different_lengths_are_filled_up():
    ragged = [["1", "2", "", ""], ["3", "", "", ""], ["4", "5", "6", "7"], ["8", "9", "0", ""]]
    assert cells_of(written(ragged, LEFTS)) == ragged


def test_a_column_that_begins_further_down_is_put_in_its_place():
    assert cells_of(written([["12", "", "3"], ["4", "55", "6"], ["", "7", ""]], LEFTS[:3])) == [
        ["12", "", "3"],
        ["4", "55", "6"],
        ["", "7", ""],
    ]


def test_a_table_that_is_aligned_otherwise_has_columns_of_its_own():
    first = [["11", "12", "13"], ["21", "", "23"]]
    second = [["1111", "2222", "3333", "4444"], ["5555", "", "6666", "7777"]]
    rows = written(first, [60, 300, 540])
    rows += written(second, [120, 250, 380, 510], top=400)
    assert cells_of(rows) == first + second


def test_a_table_goes_on_below_an_empty_line():
    rows = written(TABLE, LEFTS) + written(TABLE, LEFTS, top=700)
    assert cells_of(rows) == TABLE * 2


def test_one_long_number_below_several_columns_ends_no_table():
    rows = written(TABLE, LEFTS)
    rows.insert(2, [place("123456789012", 70, 100 + PITCH * 1.5)])
    cells = cells_of(rows)
    assert cells[:2] + cells[3:] == TABLE
    assert "".join(cells[2]) == "123456789012"


def test_a_page_without_numbers_has_no_cells():
    assert cells_of([]) == []


def test_numbers_are_the_words_of_a_line():
    boxes = [(10, 20, 8, 30), (22, 18, 9, 31), (60, 25, 7, 20)]
    digits = [Digit(label, 0.9, box) for label, box in zip("073", boxes, strict=True)]
    assert numbers_of("0? 3", digits) == [
        Number("0?", (10, 18, 21, 32)),
        Number("3", (60, 25, 7, 20)),
    ]
