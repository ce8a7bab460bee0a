"""Sudokus: printed and handwritten digits in one grid, as in a newspaper."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mnistkit.reading.learning.desk import Desk, Scene, pick_face
from mnistkit.reading.learning.marks import Mark, Pen, between, chance, filled_rectangle
from mnistkit.reading.learning.pictures import picture
from mnistkit.reading.learning.ruling import grid
from mnistkit.reading.learning.vocabulary import words
from mnistkit.reading.learning.writing import (
    Line,
    centred,
    paragraph,
    print_centred,
    print_text,
    reversed_text,
)


@dataclass(frozen=True)
class Puzzle:
    """A sudoku's grid.

    Args:
        x: Its left edge.
        y: Its top edge.
        cell: Side of a cell.
        side: Cells per side.
        block: Cells per side of a block.
        print_size: Height of the printed digits.
        number: The number of its first cell in each row.
    """

    x: float
    y: float
    cell: float
    side: int
    block: int
    print_size: float
    number: int = 0


def lay_sudoku(desk: Desk) -> Scene:
    """Return a sudoku with printed and handwritten digits, and text and grids around it."""
    source = desk.source
    desk = replace(desk, pen=replace(desk.pen, width=min(desk.pen.width, 0.13)))
    side, block = ((9, 3), (6, 2), (4, 2))[source.choice(3, p=(0.94, 0.03, 0.03))]
    cell = between(source, 1.25, 2.3)
    margin = between(source, 0.3, 4.0)
    head = between(source, 1.5, 4.0)
    print_size = cell * between(source, 0.4, 0.72)
    puzzle = Puzzle(margin, margin + head, cell, side, block, print_size)
    whole = side * cell
    printed = _title(desk, puzzle) + _rules(desk, puzzle)
    written: list[Mark] = []
    filled = 1.0 if chance(source, 0.55) else between(source, 0, 0.95)
    for row in range(side):
        more_printed, more_written = _fill_row(desk, puzzle, row, filled)
        printed += more_printed
        written += more_written
    width, height = whole + 2 * margin, whole + 2 * margin + head
    if chance(source, 0.5):
        printed += _surroundings(desk, puzzle, (width, height))
        width += cell * 3
    return Scene(printed, written, width, height + (cell * 3 if chance(source, 0.4) else 0))


def _rules(desk: Desk, puzzle: Puzzle) -> list[Mark]:
    source = desk.source
    dark = between(source, 0.5, 1.0)
    thin = Pen(between(source, 0.015, 0.06), dark * between(source, 0.4, 1.0))
    thick = Pen(thin.width + between(source, 0.02, 0.12), dark)
    marks = []
    if chance(source, 0.2):
        shade = between(source, 0.05, 0.3)
        marks += [
            filled_rectangle(_block_box(puzzle, i, j), shade)
            for i in range(puzzle.side // puzzle.block)
            for j in range(puzzle.side // puzzle.block)
            if (i + j) % 2
        ]
    xs = [puzzle.x + i * puzzle.cell for i in range(puzzle.side + 1)]
    ys = [puzzle.y + i * puzzle.cell for i in range(puzzle.side + 1)]
    return marks + grid(xs, ys, thin, thick, puzzle.block)


def _block_box(puzzle: Puzzle, row: int, column: int) -> tuple[float, float, float, float]:
    wide = puzzle.block * puzzle.cell
    left, top = puzzle.x + column * wide, puzzle.y + row * wide
    return left, top, left + wide, top + wide


def _fill_row(desk: Desk, puzzle: Puzzle, row: int, filled: float) -> tuple[list[Mark], list[Mark]]:
    """Return the printed and the handwritten digits of a row."""
    source = desk.source
    share = between(source, 0.2, 0.55)
    printed: list[Mark] = []
    written: list[Mark] = []
    number = puzzle.number
    for column in range(puzzle.side):
        text = str(source.integers(1, puzzle.side + 1))
        middle = (
            puzzle.x + (column + 0.5) * puzzle.cell,
            puzzle.y + (row + 0.5) * puzzle.cell,
        )
        line = Line(0, 0, row, number=number)
        if chance(source, share):
            printed += print_centred(desk, text, middle, replace(line, size=puzzle.print_size))
        elif chance(source, filled):
            loose = 0.11 * puzzle.cell
            place = middle[0] + source.normal(0, loose), middle[1] + source.normal(0, loose)
            written += centred(desk, text, place, line)
        else:
            number += 1
    return printed, written


def _title(desk: Desk, puzzle: Puzzle) -> list[Mark]:
    source = desk.source
    if chance(source, 0.3):
        return []
    size = between(source, 0.5, 1.2)
    face = pick_face(source, desk.digits.typefaces)
    line = Line(puzzle.x, puzzle.y - between(source, 0.3, 0.8), -1, size=size)
    text = words(source, int(source.integers(1, 3)), marks=False)
    if chance(source, 0.25):
        return reversed_text(desk, text, line, puzzle.x + puzzle.side * puzzle.cell)
    marks = print_text(desk, text, line, face)
    if chance(source, 0.4):
        bar = (
            puzzle.x,
            line.y - 1.4 * size,
            puzzle.x + puzzle.side * puzzle.cell,
            line.y + 0.3 * size,
        )
        marks.insert(0, filled_rectangle(bar, between(source, 0.05, 0.35)))
    return marks


def _surroundings(desk: Desk, puzzle: Puzzle, size: tuple[float, float]) -> list[Mark]:
    """Return text below the grid, and a picture or another grid beside it."""
    source = desk.source
    right, bottom = puzzle.x + puzzle.side * puzzle.cell, puzzle.y + puzzle.side * puzzle.cell
    small = between(source, 0.35, 0.8)
    below = puzzle.x, bottom + between(source, 0.4, 1.2), right - puzzle.x
    marks = paragraph(desk, words(source, 24), below, Line(0, 0, puzzle.side + 1, size=small))
    beside = right + between(source, 0.5, 1.5)
    if chance(source, 0.6):
        neighbour = replace(puzzle, x=beside, side=puzzle.block, number=puzzle.side + 1)
        return marks + _rules(desk, neighbour) + _printed_digits(desk, neighbour)
    box = (
        beside,
        puzzle.y,
        beside + between(source, 2, 5),
        puzzle.y + between(source, 3, size[1] / 2),
    )
    return marks + picture(desk, box)


def _printed_digits(desk: Desk, puzzle: Puzzle) -> list[Mark]:
    marks: list[Mark] = []
    for row in range(puzzle.side):
        made, _ = _fill_row(desk, puzzle, row, 0.0)
        marks += made
    return marks
