"""Predictions as text, line by line."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mnistkit.cli import output
from mnistkit.cli.escaping import escaped
from mnistkit.cli.predict.columns import Columns, width
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


@dataclass(frozen=True)
class Lines:
    """The lines of each prediction alone, below a header or none."""

    of: Callable[[Prediction], Iterable[str]]
    header: tuple[str, ...] = ()

    def begin(self) -> Iterable[str]:
        """The header."""
        return self.header

    def record(self, prediction: Prediction) -> Iterable[str]:
        """The lines of a prediction."""
        return self.of(prediction)

    def end(self, _failure: MnistkitError | None) -> Iterable[str]:
        """Nothing."""
        return ()


class JsonDocument:
    """One JSON document, written as the predictions come.

    What ends them early, such as a model that fails while running, stands behind them as `error`.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        # It has a comma behind it, unless it is the last one.
        self._previous: str | None = None

    def begin(self) -> Iterable[str]:
        """What is known of the model."""
        from mnistkit.core.models.choice import name_of

        classifier = self._answers.classifier
        yield "{"
        yield f'  "model": {output.to_json(name_of(classifier.path))},'
        yield f'  "class_names": {output.to_json(classifier.class_names)},'
        yield '  "predictions": ['

    def record(self, prediction: Prediction) -> Iterable[str]:
        """The record before this one."""
        if self._previous is not None:
            yield f"    {self._previous},"
        self._previous = output.to_json(_record(prediction, self._answers))

    def end(self, failure: MnistkitError | None) -> Iterable[str]:
        """The last record, the failure, and what closes the document."""
        if self._previous is not None:
            yield f"    {self._previous}"
        if failure is None:
            yield "  ]"
        else:
            yield "  ],"
            yield f'  "error": {output.to_json(str(failure))}'
        yield "}"


def make_format(name: PredictionFormat, answers: Answers) -> Lines | JsonDocument:
    """Return what tells predictions in a format; `text` is in columns on a terminal alone."""
    match name:
        case "text" if sys.stdout.isatty():
            columns = _columns(answers)
            return Lines(
                lambda each: columns.lines([*map(escaped, _cells(each, answers))]),
                (columns.heading(),),
            )
        case "text":
            return Lines(lambda each: ("\t".join(map(escaped, _cells(each, answers))),))
        case "label":
            return Lines(lambda each: ("\t".join(label or "" for label, _ in _top(each, answers)),))
        case "jsonl":
            return Lines(lambda each: (output.to_json(_record(each, answers)),))
        case "json":
            return JsonDocument(answers)
        case "csv":
            return Lines(lambda each: (_csv_row(_cells(each, answers)),), (_csv_header(answers),))


def _columns(answers: Answers) -> Columns:
    """Source, label and confidence in columns, for a terminal."""
    longest = max(width(escaped(name)) for name in answers.classifier.class_names)
    widths = [max(longest, len("label")), len("confidence")] * answers.top
    widths += [max(longest, len("true label"))] * answers.labelled
    header = ["source", *["label", "confidence"] * answers.top]
    header += ["true label"] * answers.labelled
    return Columns(header, widths, map(escaped, answers.sources))


def _csv_header(answers: Answers) -> str:
    """The source, the label and its confidence, the next labels and the true one."""
    header = ["source", "label", "confidence"]
    for rank in range(2, answers.top + 1):
        header += [f"label_{rank}", f"confidence_{rank}"]
    return _csv_row(header + ["true_label"] * answers.labelled)


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
        cells += [label or "", "" if confidence is None else f"{confidence:.4f}"]
    return [*cells, *([prediction.true_label or ""] if answers.labelled else [])]


def _csv_row(cells: Sequence[str]) -> str:
    row = io.StringIO()
    csv.writer(row).writerow(cells)
    return row.getvalue().removesuffix("\r\n")
