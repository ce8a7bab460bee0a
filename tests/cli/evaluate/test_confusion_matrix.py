"""The confusion matrix in a terminal, of however many classes, whatever they are called."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from mnistkit.cli.evaluate.results import _print_confusion_matrix
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.results import Measured
from mnistkit.reporting import confusion, style

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
DIGITS = tuple("0123456789")
FORMULAS = (r"$\foo$", "$", "_^")
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


def drawn(tmp_path, names, matrix, images=None):
    """The drawing, as SVG, of so many images in each cell; the last ones are the surest."""
    cells = np.repeat(np.arange(matrix.size), matrix.ravel())
    labels, predicted = np.unravel_index(cells, matrix.shape)
    probabilities = np.zeros((len(cells), len(names)), np.float32)
    probabilities[np.arange(len(cells)), predicted] = np.linspace(0.6, 0.9, len(cells))
    if images is None:
        images = np.zeros((len(cells), 28, 28), np.uint8)
    path = tmp_path / "matrix.svg"
    # As words and not as the outlines of their letters.
    with mpl.rc_context({"svg.fonttype": "none"}):
        result = Evaluation(names, probabilities, labels)
        confusion.draw(Measured(1, "runs/a", "digits", "test", result, {}), images, path)
    return ET.parse(path)  # noqa: S314 - of our own making


def texts(drawing, part="figure_1"):
    """The words in a part of a drawing."""
    return [text.text for text in drawing.find(f".//*[@id='{part}']").iter(f"{SVG}text")]


def places(drawing, part):
    """The words in a part of a drawing with their places from the left and from the top."""
    for text in drawing.find(f".//*[@id='{part}']").iter(f"{SVG}text"):
        # A turned one is moved to its place.
        moved = re.match(r"translate\(([\d.]+) ([\d.]+)\)", text.get("transform", ""))
        x, y = moved.groups() if moved else (text.get("x"), text.get("y"))
        yield text.text, float(x), float(y)


def pixels(drawing):
    """The images in a drawing, int (height, width, 3)."""
    for image in drawing.iter(f"{SVG}image"):
        # From the top: matplotlib lays an image upside down and turns it.
        assert image.get("transform").startswith("scale(1 -1)")
        content = base64.b64decode(image.get(f"{XLINK}href").partition("base64,")[2])
        yield np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), int)[::-1]


@pytest.mark.parametrize("names", [DIGITS, FASHION, FORMULAS], ids=["short", "long", "no formulas"])
def test_every_count_is_drawn_in_its_row_and_column(tmp_path, names):
    classes = len(names)
    matrix = np.random.default_rng(0).permutation(classes**2).reshape(classes, classes)
    drawing = drawn(tmp_path, names, matrix)
    below, beside = (list(places(drawing, f"matplotlib.axis_{axis}")) for axis in (1, 2))
    assert [name for name, *_ in below] == [*names, "predicted"]
    assert [name for name, *_ in beside] == [*names, "label"]
    found = np.zeros_like(matrix)
    for text, x, y in places(drawing, "axes_1"):
        if (text, x, y) not in (*below, *beside) and text.isdigit():
            row = np.argmin([abs(y - other) for _, _, other in beside[:-1]])
            column = np.argmin([abs(x - other) for _, other, _ in below[:-1]])
            found[row, column] = int(text)
    np.testing.assert_array_equal(found, matrix)


@pytest.mark.parametrize("names", [DIGITS, FORMULAS], ids=["many", "few"])
def test_the_more_mistakes_the_darker_is_a_cell_and_what_is_right_is_none(tmp_path, names):
    classes = len(names)
    matrix = np.random.default_rng(0).permutation(classes**2).reshape(classes, classes)
    colours = next(pixels(drawn(tmp_path, names, matrix)))
    side = len(colours) / classes
    centres = (side * (np.arange(classes) + 0.5)).astype(int)
    light = colours.sum(axis=2)[centres][:, centres]
    wrong = ~np.eye(classes, dtype=bool)
    assert (light[~wrong] == light.max()).all()
    assert (np.diff(light[wrong][np.argsort(matrix[wrong])]) <= 0).all()
    assert light[wrong].min() < light.max() / 2


def test_of_three_hundred_classes_the_matrix_is_drawn_without_its_numbers(tmp_path):
    names = tuple(f"class {number}" for number in range(300))
    matrix = np.eye(300, dtype=int)
    matrix[7, 200] = 3
    drawing = drawn(tmp_path, names, matrix)
    assert "accuracy 99.01% (95 % interval 97.13% to 99.66%), 303 images" in texts(
        drawing, "axes_1"
    )
    assert not {*names, "1", "3"} & {*texts(drawing, "axes_1")}
    colours = next(pixels(drawing))
    row, column, _ = np.unravel_index(colours.argmin(), colours.shape)
    side = len(colours) / 300
    assert (row / side, column / side) == pytest.approx((7.5, 200.5), abs=1.5)


def test_the_surest_mistakes_stand_beside_it_with_what_they_were_taken_for(tmp_path):
    matrix = np.array([[3, 2, 0], [1, 4, 0], [1, 0, 5]])
    levels = np.arange(16, dtype=np.uint8) * 10
    images = np.repeat(levels, 784).reshape(16, 28, 28)
    drawing = drawn(tmp_path, ("a", "b", "c"), matrix, images)
    assert "wrong with the highest confidence, of 4 mistakes" in texts(drawing)
    assert "runs/a on digits, test split" in texts(drawing)
    # The surest first; ink is dark.
    titles = [text for text in texts(drawing) if " read as " in text]
    assert titles == ["c read as a", "b read as a", "a read as b", "a read as b"]
    below = [text for text in texts(drawing) if ", image " in text]
    assert below == ["80%, image 10", "70%, image 5", "68%, image 4", "66%, image 3"]
    _, *shown = pixels(drawing)
    assert [image[0, 0, 0] for image in shown] == [155, 205, 215, 225]


def test_numbers_on_dark_cells_are_light(tmp_path):
    matrix = np.array([[50, 1], [90, 50]])
    drawing = drawn(tmp_path, ("a", "b"), matrix)
    colours = {
        text.text: re.search(r"fill: (#\w+)", text.get("style"))[1]
        for text in drawing.find(".//*[@id='axes_1']").iter(f"{SVG}text")
        if text.text and text.text.isdigit() and "fill" in text.get("style")
    }
    assert colours["90"] == "#ffffff"
    assert colours["1"] == colours["50"] == style.INK
