"""`mnistkit evaluate`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistkit.cli import options, output
from mnistkit.cli.on_ray import RayOption, RayOutputOption, ray_request, refuse_others
from mnistkit.errors import MnistkitError

if TYPE_CHECKING:
    from mnistkit.evaluation.results import Report


def evaluate(
    ctx: typer.Context,
    named: options.ModelArgument = None,
    model: options.ModelOption = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL",
            help="Compare with this model, and test whether the difference is significant "
            "(repeatable). Without --model, the first --compare is the reference.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        list[str] | None,
        options.dataset_option(
            "A dataset, as `mnistkit datasets` lists them (repeatable). Default: the one the "
            "model was trained on."
        ),
    ] = None,
    split: options.SplitOption = "test",
    limit: Annotated[
        int | None, options.in_data(min=1, metavar="N", help="Use the first N images only.")
    ] = None,
    corruptions: Annotated[
        bool, typer.Option("--corruptions", help="Also measure on the 15 corruptions of MNIST-C.")
    ] = False,
    data_dir: options.DataDirOption = None,
    plot: Annotated[
        Path | None,
        options.in_output(
            metavar="FILE", help="Draw the confusion matrix and the worst mistakes to this file."
        ),
    ] = None,
    mistakes: Annotated[
        Path | None,
        options.in_output(metavar="FILE", help="Write the mistakes as a table to this .csv file."),
    ] = None,
    report_file: Annotated[
        Path | None,
        options.in_output(
            "--report",
            metavar="FILE",
            help="Write everything, with the images, as one page to this .html file.",
        ),
    ] = None,
    force: options.ForceOption = False,
    format: options.FormatOption = "text",
    ray: RayOption = None,
    ray_output: RayOutputOption = None,
) -> None:
    """Measure the accuracy of models on datasets.

    Prints accuracy with its confidence interval, the results of each class, confusions,
    calibration and speed.

    Example:
        mnistkit evaluate --model bundled --dataset mnist
    """
    from mnistkit.cli.as_typed import command_line
    from mnistkit.cli.evaluate import results
    from mnistkit.cli.evaluate.files import Files, check_alone
    from mnistkit.cli.progress.display import Display
    from mnistkit.cli.store import make_store
    from mnistkit.evaluation import measuring
    from mnistkit.evaluation.results import Report

    names: list[str | None] = [*dataset] if dataset else [None]
    first = options.one_model(named, model)
    choices = measuring.choose(first, compare or [], options.naming(named))
    request = ray_request(ctx, ray, ray_output, None)
    if request is not None:
        from mnistkit.cli.evaluate import on_ray

        refuse_others(ctx, on_ray.TAKEN)
        check_alone("--ray", len(names), len(choices))
        results.PRINT[format](on_ray.evaluate_on_ray(request, choices[0], names[0], split))
        return
    files = Files(plot, mistakes, report_file, force)
    files.claim(ctx, len(names), len(choices))
    with Display() as display:
        display.stage("opening the models" if compare else "opening the model")
        candidates = [measuring.open_candidate(choice) for choice in choices]
        store = make_store(data_dir, display)
        report = Report(tuple(candidate.name for candidate in candidates), len(names))
        images = []
        for name in names:
            display.stage(f"loading {name or 'the dataset'}")
            with _others_go_on(report, name, split):
                loaded = measuring.load(candidates, name, split, store, limit)
                measured = measuring.measure(candidates, loaded, display, corruptions=corruptions)
                report.outcomes.append(measured)
                images.append(loaded.images)
        display.show(None)
        try:
            results.PRINT[format](report)
        finally:
            # Written even if stdout is closed.
            cards = [candidate.classifier.card for candidate in candidates]
            display.stage("drawing")
            files.write(report, images, cards, command_line(ctx))
    if report.failures:
        raise typer.Exit(max(failure.error.exit_code for failure in report.failures))


@contextmanager
def _others_go_on(report: Report, name: str | None, split: str) -> Iterator[None]:
    """Print and record the error of a dataset if there are others, which are still measured."""
    from mnistkit.evaluation.results import Failure

    try:
        yield
    except MnistkitError as error:
        if name is None or report.datasets == 1:
            raise
        output.failure(f"{name}: {error}")
        report.outcomes.append(Failure(name, split, error))
