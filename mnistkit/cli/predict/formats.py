"""Predictions as text: one function a format, each a stream of lines."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mnistkit.cli import output
from mnistkit.cli.predict import columns
from mnistkit.errors import MnistkitError

if TYPE_CHECKING:
    # NumPy and Pillow, which these bring, would slow the help of every command.
    from mnistkit.core.models.classifier import Classifier
    from mnistkit.prediction.stream import Prediction

PredictionFormat = Literal["text", "label", "jsonl", "json", "csv"]

# Of an image in characters, from black to white; each pixel takes two, as high as wide.
SHADES = " .:-=+*#%@"


@dataclass(frozen=True)
class Answers:
    """How predictions are told.

    Args:
        classifier: Whose they are.
        top: How many labels each has.
        min_confidence: Below it there is no label.
        sources: Those that are known beforehand, which a column is made wide enough for.
        labelled: Whether the true label of every source is known, and told.
    """

    classifier: Classifier
    top: int = 1
    min_confidence: float = 0.0
    sources: Sequence[str] = ()
    labelled: bool = False


Lines: TypeAlias = "Callable[[Iterable[Prediction], Answers], Iterator[str]]"


def text_lines(predictions: Iterable[Prediction], answers: Answers) -> Iterator[str]:
    """Source, label and confidence between tabs; on a terminal in columns with a header."""
    rows = ([*map(output.escaped, _cells(each, answers))] for each in predictions)
    if not sys.stdout.isatty():
        yield from map("\t".join, rows)
        return
    names = map(output.escaped, answers.classifier.class_names)
    longest = max(map(columns.width, names))
    widths = [max(longest, len("label")), len("confidence")] * answers.top
    widths += [max(longest, len("true label"))] * answers.labelled
    header = ["source", *["label", "confidence"] * answers.top, *["true label"] * answers.labelled]
    yield from columns.lines(header, rows, widths, map(output.escaped, answers.sources))


def label_lines(predictions: Iterable[Prediction], answers: Answers) -> Iterator[str]:
    """The bare labels, between tabs where there are several; empty without one."""
    for prediction in predictions:
        yield "\t".join(label or "" for label, _ in _top(prediction, answers))


def csv_lines(predictions: Iterable[Prediction], answers: Answers) -> Iterator[str]:
    """A header, then source, label and confidence, the next labels and the true one."""
    header = ["source", "label", "confidence"]
    for rank in range(2, answers.top + 1):
        header += [f"label_{rank}", f"confidence_{rank}"]
    yield _csv_row(header + ["true_label"] * answers.labelled)
    for prediction in predictions:
        yield _csv_row(_cells(prediction, answers))


def jsonl_lines(predictions: Iterable[Prediction], answers: Answers) -> Iterator[str]:
    """One JSON record a line."""
    for prediction in predictions:
        yield output.to_json(_record(prediction, answers))


def json_lines(predictions: Iterable[Prediction], answers: Answers) -> Iterator[str]:
    """One JSON document, written as the predictions come.

    What ends them early, such as a model that fails while running, stands behind them as `error`.
    """
    from mnistkit.core.models.choice import name_of

    yield "{"
    yield f'  "model": {output.to_json(name_of(answers.classifier.path))},'
    yield f'  "class_names": {output.to_json(answers.classifier.class_names)},'
    yield '  "predictions": ['
    previous: str | None = None
    failure: MnistkitError | None = None
    try:
        for record in jsonl_lines(predictions, answers):
            if previous is not None:
                yield f"    {previous},"
            previous = record
    except MnistkitError as error:
        failure = error
    if previous is not None:
        yield f"    {previous}"
    if failure is None:
        yield "  ]"
        yield "}"
        return
    yield "  ],"
    yield f'  "error": {output.to_json(str(failure))}'
    yield "}"
    raise failure


LINES: dict[PredictionFormat, Lines] = {
    "text": text_lines,
    "label": label_lines,
    "jsonl": jsonl_lines,
    "json": json_lines,
    "csv": csv_lines,
}

TELLS_ERRORS: frozenset[PredictionFormat] = frozenset(("jsonl", "json"))
"""The formats whose records hold why a source could not be read."""


def picture_lines(prediction: Prediction) -> list[str]:
    """The image as the model saw it, in characters; nothing where it saw none."""
    if prediction.image is None:
        return []
    levels = prediction.image.astype(int) * (len(SHADES) - 1) // 255
    return ["".join(2 * SHADES[level] for level in row).rstrip() for row in levels.tolist()]


def _top(prediction: Prediction, answers: Answers) -> list[tuple[str | None, float | None]]:
    """The most probable labels with their confidence; none without ink or with an error.

    A label below the least confidence is None.
    """
    probabilities = prediction.probabilities
    if probabilities is None:
        return []
    order = (-probabilities).argsort(kind="stable")[: answers.top].tolist()
    names = answers.classifier.class_names
    return [
        (names[i] if probabilities[i] >= answers.min_confidence else None, float(probabilities[i]))
        for i in order
    ]


def _record(prediction: Prediction, answers: Answers) -> dict[str, Any]:
    if prediction.error is not None:
        return {"source": prediction.source, "error": prediction.error}
    ranked = [
        {"label": label, "confidence": confidence}
        for label, confidence in _top(prediction, answers)
    ]
    probabilities = prediction.probabilities
    return {
        "source": prediction.source,
        **(ranked[0] if ranked else {"label": None, "confidence": None}),
        "probabilities": None if probabilities is None else probabilities.tolist(),
        **({"top": ranked} if answers.top > 1 else {}),
        **({"true_label": prediction.true_label} if answers.labelled else {}),
    }


def _cells(prediction: Prediction, answers: Answers) -> list[str]:
    """The source, a label and its confidence for each rank, and the true label where it is told."""
    cells = [prediction.source]
    for label, confidence in _top(prediction, answers) or [(None, None)] * answers.top:
        cells += [label or "", _number(confidence)]
    return [*cells, *([prediction.true_label or ""] if answers.labelled else [])]


def _number(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:.4f}"


def _csv_row(cells: Sequence[str]) -> str:
    row = io.StringIO()
    csv.writer(row).writerow(cells)
    return row.getvalue().removesuffix("\r\n")
