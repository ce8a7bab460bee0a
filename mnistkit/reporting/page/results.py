"""What a page shows of a result: its matrix, its classes, its images and its corruptions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mnistkit.core.arrays import Images
from mnistkit.evaluation.corruptions import corrupt
from mnistkit.evaluation.metrics import ClassMetrics, Evaluation
from mnistkit.evaluation.results import Measured
from mnistkit.reporting.page import chosen, drawings
from mnistkit.reporting.page.chosen import COLUMNS

MOST_CELLS = 50
"""Classes of a matrix with a cell for each pair; with more it is a picture and a list."""

MOST_ROWS = 100
"""Rows of a table; with more classes, those of the lowest F1."""

LEVELS = 6
"""Shades of cells with mistakes; the page's style has a colour for each."""

DARKEST = 12
"""The fewest mistakes of a cell in the darkest shade."""

LONG_NAME = 3


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: class indices, images, shade from 0 to 6, and its name."""

    label: int
    predicted: int
    count: int
    level: int
    name: str


@dataclass(frozen=True)
class Place:
    """The place of an image in the PNG, in columns and rows, and what it shows."""

    column: int
    row: int
    text: str


@dataclass(frozen=True)
class Sample:
    """An image with its label and the three most probable labels."""

    index: int
    place: Place
    label: str
    right: bool
    top: list[tuple[str, float]]


@dataclass(frozen=True)
class CorruptionRow:
    """A corruption, an image under it, and the error rate, in [0, 1]."""

    name: str
    place: Place
    error: float


class Result:
    """A result as the page shows it.

    Args:
        measured: The results of a model on a split.
        images: The images of the split, uint8 (n, 28, 28).
        number: Counted from 1; makes names unique in the page.
        most_images: Number of images to show, about.
    """

    def __init__(self, measured: Measured, images: Images, number: int, most_images: int) -> None:
        self.measured, self.number = measured, number
        self._images = images
        self._chosen = chosen.choose(measured.evaluation, most_images)
        self._places = {index: rank for rank, index in enumerate(self._chosen.shown)}

    @property
    def evaluation(self) -> Evaluation:
        """The metrics."""
        return self.measured.evaluation

    @property
    def long_names(self) -> bool:
        """Whether the names of columns are written upright."""
        return max(map(len, self.evaluation.class_names)) > LONG_NAME

    @cached_property
    def has_matrix(self) -> bool:
        """Whether the confusion matrix has a cell for each pair of classes."""
        return len(self.evaluation.class_names) <= MOST_CELLS

    @cached_property
    def cells(self) -> dict[tuple[int, int], Cell]:
        """The cells with images, by label and predicted class index, in the matrix's order."""
        matrix = self.evaluation.confusion_matrix
        wrong = matrix.copy()
        np.fill_diagonal(wrong, 0)
        most = max(DARKEST, int(wrong.max()))
        rows, columns = (each.tolist() for each in np.nonzero(matrix))
        return {
            (row, column): self._cell(row, column, int(matrix[row, column]), most)
            for row, column in zip(rows, columns, strict=True)
        }

    @cached_property
    def confusions(self) -> list[Cell]:
        """The cells off the diagonal, the most frequent first, as many as a list has."""
        wrong = [cell for cell in self.cells.values() if cell.level]
        return sorted(wrong, key=lambda cell: -cell.count)[:MOST_ROWS]

    @cached_property
    def classes(self) -> list[ClassMetrics]:
        """The metrics of the classes; of too many, those of the lowest F1."""
        rows = self.evaluation.per_class
        if len(rows) <= MOST_ROWS:
            return rows
        return sorted(rows, key=lambda row: math.inf if math.isnan(row.f1) else row.f1)[:MOST_ROWS]

    @property
    def worst(self) -> list[Sample]:
        """The most confident mistakes."""
        return [self._sample(index) for index in self._chosen.worst]

    @property
    def doubtful(self) -> list[Sample]:
        """The images of lowest confidence."""
        return [self._sample(index) for index in self._chosen.doubtful]

    @property
    def corruptions(self) -> list[CorruptionRow]:
        """The corruptions that were measured, after the clean images."""
        errors = {"clean": 1 - self.evaluation.accuracy} | self.measured.corruption_errors
        first = len(self._chosen.shown)
        return [
            CorruptionRow(name, _place(first + rank, f"the first image, {name}"), error)
            for rank, (name, error) in enumerate(errors.items())
        ]

    @cached_property
    def sheet(self) -> str:
        """All images that the page shows of this result, as one PNG in a data URI."""
        return chosen.data_uri(np.concatenate(list(self._parts())))

    @property
    def sheet_rows(self) -> int:
        """The rows of images in the PNG."""
        corrupted = len(self.corruptions) if self.measured.corruption_errors else 0
        return -(-(len(self._chosen.shown) + corrupted) // COLUMNS)

    @cached_property
    def drawing(self) -> str:
        """The reliability diagram as SVG."""
        return drawings.draw_reliability(self.evaluation, f"reliability-{self.number}")

    @cached_property
    def heat_map(self) -> str:
        """The confusion matrix of many classes as SVG."""
        return drawings.draw_heat_map(self.evaluation, f"map-{self.number}")

    def to_json(self) -> list[dict[str, object]]:
        """Return the images in the order of the PNG, with their labels as class indices."""
        evaluation = self.evaluation
        return [
            {
                "index": index,
                "label": int(evaluation.class_indices[index]),
                "top": [[each, round(share, 6)] for each, share in evaluation.top_classes(index)],
            }
            for index in self._chosen.shown
        ]

    def _parts(self) -> Iterator[Images]:
        yield self._images[self._chosen.shown]
        if self.measured.corruption_errors:
            clean = self._images[:1]
            yield clean
            yield from (corrupt(clean, name) for name in self.measured.corruption_errors)

    def _cell(self, label: int, predicted: int, count: int, most: int) -> Cell:
        names = self.evaluation.class_names
        level = 0 if label == predicted else math.ceil(LEVELS * math.sqrt(count / most))
        return Cell(label, predicted, count, level, f"{names[label]} read as {names[predicted]}")

    def _sample(self, index: int) -> Sample:
        evaluation = self.evaluation
        names = evaluation.class_names
        label, predicted = evaluation.class_indices[index], evaluation.predicted[index]
        text = f"image {index}: {names[label]} read as {names[predicted]}"
        top = [(names[each], share) for each, share in evaluation.top_classes(index)]
        place = _place(self._places[index], text)
        return Sample(index, place, names[label], bool(label == predicted), top)


def _place(rank: int, text: str) -> Place:
    return Place(rank % COLUMNS, rank // COLUMNS, text)
