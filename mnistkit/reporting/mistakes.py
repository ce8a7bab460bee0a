"""Writing the mistakes of an evaluation as a table."""

from __future__ import annotations

import csv
from pathlib import Path

from mnistkit.core.files import replacing
from mnistkit.evaluation.metrics import Evaluation

MOST_LABELS = 3


def write_mistakes(evaluation: Evaluation, path: Path, *, overwrite: bool = True) -> None:
    """Write a CSV file with a line for each mistake, the most confident first.

    A line has the image's index in the split, its label, the predicted one with its confidence,
    and the next two labels with theirs.

    Raises:
        OutputError: It can't be written.
        OutputExistsError: It exists, and `overwrite` is False.
    """
    names = evaluation.class_names
    ranks = range(2, min(MOST_LABELS, len(names)) + 1)
    more = [f"{column}_{rank}" for rank in ranks for column in ("predicted", "confidence")]
    with (
        replacing(path, overwrite=overwrite) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["index", "label", "predicted", "confidence", *more])
        for index in evaluation.worst_mistakes(evaluation.error_count).tolist():
            top = evaluation.top_classes(index, MOST_LABELS)
            cells = [text for label, share in top for text in (names[label], f"{share:.4f}")]
            writer.writerow([index, names[evaluation.class_indices[index]], *cells])
