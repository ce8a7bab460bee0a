"""The task of a job: what a worker answers for pictures; that of `predict`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import pyarrow as pa

from mnistkit.prediction.on_ray.shipping import Shipped
from mnistkit.prediction.on_ray.tables import Record
from mnistkit.prediction.opening import open_served
from mnistkit.prediction.records import Answers, record_of
from mnistkit.prediction.sources import PictureFile, from_files
from mnistkit.prediction.stream import predict

Answering = Callable[[Iterable[PictureFile]], Iterator[Record]]
"""Takes pictures and yields their records, in order."""


class Task(Protocol):
    """What workers do; it is sent to them."""

    @property
    def schema(self) -> pa.Schema:
        """The columns of the records in Parquet."""

    def open(self) -> Answering:
        """Open the model, which each worker does once."""


@dataclass(frozen=True)
class Predict:
    """Answering as `predict` does.

    Args:
        model: The exported model.
        top: Number of labels per record.
        min_confidence: Lowest confidence of a label that is given.
    """

    model: Shipped
    top: int
    min_confidence: float

    @property
    def schema(self) -> pa.Schema:
        """The columns of `record_of`."""
        return prediction_schema(top=self.top > 1)

    def open(self) -> Answering:
        """Open the model for one core."""
        with self.model.unpacked() as path:
            classifier = open_served(path, threads=1)
        answers = Answers(classifier, self.top, self.min_confidence)
        return partial(_answer, answers)


def _answer(answers: Answers, files: Iterable[PictureFile]) -> Iterator[Record]:
    for prediction in predict(answers.classifier, from_files(files), cores=1):
        yield record_of(prediction, answers)


def prediction_schema(*, top: bool = False, labelled: bool = False) -> pa.Schema:
    """Return the columns of the records of predictions; see `record_of`.

    Args:
        top: Whether they have several labels.
        labelled: Whether they have the true label.
    """
    ranked = pa.struct([("label", pa.string()), ("confidence", pa.float32())])
    return pa.schema(
        [
            ("source", pa.string()),
            ("label", pa.string()),
            ("confidence", pa.float32()),
            ("uncertain", pa.bool_()),
            ("probabilities", pa.list_(pa.float32())),
            *([("top", pa.list_(ranked))] if top else []),
            *([("true_label", pa.string())] if labelled else []),
            ("error", pa.string()),
        ]
    )
