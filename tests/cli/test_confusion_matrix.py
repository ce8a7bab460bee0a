"""The confusion matrix in a terminal, of however many classes, whatever they are called."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.cli.evaluations import _print_confusion_matrix
from mnistkit.core import mistakes
from mnistkit.core.evaluation import Evaluation

FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker")


def evaluation(names):
    """Of two images a class, the second one taken for the next class."""
    indices = np.repeat(np.arange(len(names)), 2)
    predicted = indices + np.tile([0, 1], len(names))
    probabilities = np.eye(len(names) + 1, dtype=np.float32)[predicted][:, : len(names)]
    return Evaluation(names, probabilities, indices)


@pytest.mark.parametrize(
    ("names", "headings", "first"),
    [
        (tuple("0123456789"), list("0123456789"), ["0", "1", "1"]),
        (FASHION, list("01234567"), ["0", "T-shirt/top", "1", "1"]),
        (tuple("ABCDEFGHIJKL"), list("ABCDEFGHIJKL"), ["A", "1", "1"]),
    ],
)
def test_a_matrix_fits_in_80_columns(capsys, names, headings, first):
    _print_confusion_matrix(evaluation(names))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["label", *headings]
    assert lines[2].split()[: len(first)] == first
    assert len(lines) == 2 + len(names)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("count", [26, 1000])
def test_of_many_classes_it_is_said_where_the_matrix_is(capsys, count):
    _print_confusion_matrix(evaluation(tuple(map(str, range(count)))))
    assert capsys.readouterr().out == (
        f"The confusion matrix of {count:,} classes is in --format json and in --plot.\n"
    )


@pytest.mark.parametrize(
    "names",
    [FASHION, tuple(map(str, range(300))), (r"$\foo$", "$", "_^")],
    ids=["long", "many", "no formula"],
)
def test_it_is_drawn_for_all_of_them(tmp_path, names):
    images = np.zeros((2 * len(names), 28, 28), np.uint8)
    mistakes.draw(evaluation(names), images, tmp_path / "matrix.png")
    assert (tmp_path / "matrix.png").stat().st_size > 10_000
