"""`mnistkit evaluate`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnistkit.cli import options, output

if TYPE_CHECKING:
    from mnistkit.core.evaluation import Evaluation

# Of the confusion matrix, that its rows fit in a terminal.
MOST_COLUMNS = 12
LONGEST_HEADING = 4


def evaluate(
    model: options.ModelOption = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="A dataset's name. Default: the one the model was trained on.",
            autocompletion=options.complete_dataset,
            show_default=False,
        ),
    ] = None,
    split: options.SplitOption = "test",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Use the first N images only.", metavar="N")
    ] = None,
    data_dir: options.DataDirOption = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the confusion matrix and the worst mistakes into this file."),
    ] = None,
    force: options.ForceOption = False,
    format: options.FormatOption = "text",
) -> None:
    """Measure a model on a dataset.

    Accuracy with its interval, every class, confusions, calibration and speed.
    """
    from mnistkit.cli.stores import make_store
    from mnistkit.core import data, evaluation, mistakes
    from mnistkit.core.files import refuse_to_overwrite
    from mnistkit.core.model import choose, name_of, open_any

    if plot is not None:
        mistakes.check_suffix(plot)
        refuse_to_overwrite(plot, force=force)
    choice = choose(model)
    classifier = open_any(choice.path)
    store = make_store(data_dir)
    loaded = data.load_for(classifier.card, dataset, split, store)
    if limit is not None:
        loaded = replace(
            loaded, images=loaded.images[:limit], class_indices=loaded.class_indices[:limit]
        )
    name = name_of(classifier.path)
    output.note(f"model: {name} ({choice.why}); dataset: {loaded.name}, {split} split")
    if data.was_trained_on(classifier.card, loaded):
        output.warning(
            f"the model was trained on {classifier.card.dataset} and has seen these images of "
            f"{loaded.name}; the figures say nothing of new ones"
        )
    elif data.may_have_trained_on(classifier.card, loaded):
        output.warning(
            f"the model was trained on {classifier.card.dataset}, which is from "
            f"{loaded.dataset.origin} as {loaded.name} is, and may have seen some of these "
            "images; the figures may flatter it"
        )
    result = evaluation.evaluate(classifier, loaded)
    if format == "json":
        named = {"model": name, "dataset": loaded.name, "split": split}
        output.document({**named, **_as_json(result)})
    else:
        _print(result)
    if plot is not None:
        mistakes.draw(result, loaded.images, plot)


def _as_json(result: Evaluation) -> dict[str, Any]:
    return {
        "accuracy": result.accuracy,
        "accuracy_interval": list(result.accuracy_interval),
        "error_count": result.error_count,
        "count": result.count,
        "nll": result.nll,
        "ece": result.ece,
        "images_per_second": result.count / result.seconds,
        "per_class": [asdict(row) for row in result.per_class],
        "confusion_matrix": result.confusion_matrix.tolist(),
        "top_confusions": [asdict(row) for row in result.top_confusions()],
    }


def _print(result: Evaluation) -> None:
    low, high = result.accuracy_interval
    output.line(
        f"accuracy  {result.accuracy:.2%}, 95 % interval {low:.2%} to {high:.2%}; "
        f"{result.error_count:,} of {result.count:,} wrong"
    )
    output.line(
        f"nll {result.nll:.4f}  ece {result.ece:.2%}  {result.count / result.seconds:,.0f} images/s"
    )
    output.line("")
    output.table(
        ("label", "precision", "recall", "f1", "support"),
        (
            (
                row.label,
                f"{row.precision:.2%}",
                f"{row.recall:.2%}",
                f"{row.f1:.2%}",
                f"{row.support:,}",
            )
            for row in result.per_class
        ),
    )
    output.line("")
    _print_confusion_matrix(result)
    confusions = result.top_confusions()
    if confusions:
        output.line("")
        output.table(
            ("most confused", "predicted", "times"),
            ((row.label, row.predicted, str(row.count)) for row in confusions),
            words=2,
        )


def _print_confusion_matrix(result: Evaluation) -> None:
    """Print the matrix, as long as its rows can be read; long names head their rows alone."""
    names = result.class_names
    if len(names) > MOST_COLUMNS:
        output.line(
            f"The confusion matrix of {len(names):,} classes is in --format json and in --plot."
        )
        return
    columns = rows = list(names)
    if max(map(len, names)) > LONGEST_HEADING:
        columns = [str(position) for position in range(len(names))]
        rows = [f"{position} {name}" for position, name in enumerate(names)]
    output.table(
        ("label", *columns),
        (
            (name, *(str(count) if count else "." for count in row))
            for name, row in zip(rows, result.confusion_matrix.tolist(), strict=True)
        ),
    )
