"""Formats of predictions, printed line by line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mnistkit.cli import output
from mnistkit.cli.csv_rows import csv_row
from mnistkit.cli.escaping import escaped
from mnistkit.cli.predict.columns import Columns, width
from mnistkit.errors import MnistkitError
from mnistkit.prediction.records import Answers, is_uncertain, record_of, top_labels

if TYPE_CHECKING:
    # It imports NumPy and Pillow, which would slow the help of every command.
    from mnistkit.prediction.records import Prediction

PredictionFormat = Literal["text", "label", "jsonl", "json", "csv"]
AnyFormat = Literal[PredictionFormat, "parquet"]
"""Those of `--ray` among them."""

TELLS_ERRORS: frozenset[PredictionFormat] = frozenset(("jsonl", "json"))
"""The formats that have errors of sources in their records."""

# Grey levels from black to white; a pixel is two characters, which are about a square.
SHADES = " .:-=+*#%@"

# Behind the label of an uncertain answer.
DOUBT = "?"


@dataclass(frozen=True)
class Lines:
    """A format of independent lines for each prediction, with an optional header."""

    of: Callable[[Prediction], Iterable[str]]
    header: tuple[str, ...] = ()

    def begin(self) -> Iterable[str]:
        """Return the header."""
        return self.header

    def record(self, prediction: Prediction) -> Iterable[str]:
        """Return the lines of a prediction."""
        return self.of(prediction)

    def end(self, _failure: MnistkitError | None) -> Iterable[str]:
        """Return no lines."""
        return ()


class JsonDocument:
    """One JSON document, printed piece by piece.

    If an error ends the predictions early, it is the last field, `error`.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        # Kept back, because a comma follows every record but the last one.
        self._previous: str | None = None

    def begin(self) -> Iterable[str]:
        """Yield the start of the document, with the model and its classes."""
        from mnistkit.core.models.choice import name_of

        classifier = self._answers.classifier
        yield "{"
        yield f'  "model": {output.to_json(name_of(classifier.path))},'
        yield f'  "class_names": {output.to_json(classifier.class_names)},'
        yield '  "predictions": ['

    def record(self, prediction: Prediction) -> Iterable[str]:
        """Yield the previous record, and keep this one."""
        if self._previous is not None:
            yield f"    {self._previous},"
        self._previous = output.to_json(record_of(prediction, self._answers))

    def end(self, failure: MnistkitError | None) -> Iterable[str]:
        """Yield the last record, the error if there is one, and the end of the document."""
        if self._previous is not None:
            yield f"    {self._previous}"
        if failure is None:
            yield "  ]"
        else:
            yield "  ],"
            yield f'  "error": {output.to_json(str(failure))}'
        yield "}"


def make_format(
    name: PredictionFormat, answers: Answers, sources: Sequence[str] = ()
) -> Lines | JsonDocument:
    """Return a format by name; `text` is in columns on a terminal, else separated by tabs.

    Args:
        name: One of `PredictionFormat`.
        answers: The contents of a record.
        sources: Names of sources that are known before; they decide a column's width.
    """
    match name:
        case "text" if sys.stdout.isatty():
            columns = _columns(answers, sources)
            return Lines(
                lambda each: columns.lines([*map(escaped, _marked(_cells(each, answers), each))]),
                (columns.heading(),),
            )
        case "text":
            return Lines(lambda each: ("\t".join(map(escaped, _cells(each, answers))),))
        case "label":
            return Lines(
                lambda each: ("\t".join(label or "" for label, _ in top_labels(each, answers)),)
            )
        case "jsonl":
            return Lines(lambda each: (output.to_json(record_of(each, answers)),))
        case "json":
            return JsonDocument(answers)
        case "csv":
            return Lines(lambda each: (csv_row(_cells(each, answers)),), (_csv_header(answers),))


def _columns(answers: Answers, sources: Sequence[str]) -> Columns:
    """Return columns for source, label and confidence, for a terminal."""
    longest = max(width(escaped(name)) for name in answers.classifier.class_names)
    widths = [max(longest + len(DOUBT), len("label")), len("confidence")] * answers.top
    widths += [max(longest, len("true label"))] * answers.labelled
    header = ["source", *["label", "confidence"] * answers.top]
    header += ["true label"] * answers.labelled
    return Columns(header, widths, map(escaped, sources))


def _csv_header(answers: Answers) -> str:
    """Return the header: source, labels with their confidence, true label."""
    header = ["source", "label", "confidence"]
    for rank in range(2, answers.top + 1):
        header += [f"label_{rank}", f"confidence_{rank}"]
    return csv_row(header + ["true_label"] * answers.labelled)


def _marked(cells: list[str], prediction: Prediction) -> list[str]:
    """Return a row with a `?` behind an uncertain label."""
    source, label, *others = cells
    return [source, label + DOUBT if label and is_uncertain(prediction) else label, *others]


def picture_lines(prediction: Prediction) -> list[str]:
    """Return the model's input in characters; no lines without one."""
    if prediction.image is None:
        return []
    levels = prediction.image.astype(int) * (len(SHADES) - 1) // 255
    return ["".join(2 * SHADES[level] for level in row).rstrip() for row in levels.tolist()]


def _cells(prediction: Prediction, answers: Answers) -> list[str]:
    """Return the cells of a row: source, labels with their confidence, true label if known."""
    cells = [prediction.source]
    for label, confidence in top_labels(prediction, answers) or [(None, None)] * answers.top:
        cells += [label or "", "" if confidence is None else f"{confidence:.4f}"]
    return [*cells, *([prediction.true_label or ""] if answers.labelled else [])]
