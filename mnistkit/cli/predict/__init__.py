"""`mnistkit predict`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistkit.cli import options
from mnistkit.cli.on_ray import (
    COLUMN,
    FORMAT_OPTION,
    ColumnOption,
    RayOption,
    RayOutputOption,
    ray_request,
    refuse_others,
)
from mnistkit.cli.predict.formats import AnyFormat, PredictionFormat, make_format
from mnistkit.cli.predict.printing import Shown, print_answers
from mnistkit.cli.served_model import open_model
from mnistkit.cli.store import make_store
from mnistkit.prediction.records import Answers

if TYPE_CHECKING:
    from mnistkit.core.arrays import Split
    from mnistkit.data.loading import LabelledImages
    from mnistkit.fetching.store import Store
    from mnistkit.prediction.sources import Source

in_files = partial(typer.Option, rich_help_panel="List of files")


def predict(
    ctx: typer.Context,
    pictures: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCES...",
            help="Pictures, folders of pictures, - for a picture on stdin, or the built-in "
            "example:seven.",
            callback=options.pictures,
            show_default=False,
        ),
    ] = None,
    files_from: Annotated[
        str | None,
        in_files(metavar="FILE", help="Read paths from this file, one per line; - for stdin."),
    ] = None,
    null: Annotated[
        bool, in_files("-0", "--null", help="Each path in --files-from ends with a NUL byte.")
    ] = False,
    dataset: Annotated[
        str | None,
        options.dataset_option(
            "Predict the images of a dataset, as `mnistkit datasets` lists them."
        ),
    ] = None,
    split: options.SplitOption = "test",
    index: Annotated[
        int | None,
        options.in_data(
            metavar="I", help="Predict only this image of the dataset, counted from 0."
        ),
    ] = None,
    data_dir: options.DataDirOption = None,
    model: options.ModelOption = None,
    top: Annotated[
        int, typer.Option(min=1, metavar="K", help="Print the K most probable labels.")
    ] = 1,
    min_confidence: options.MinConfidenceOption = 0.0,
    show: Annotated[
        bool,
        options.in_output(
            "--show",
            help="Also print each image as the model sees it, on stderr unless --format is text.",
        ),
    ] = False,
    save_image: Annotated[
        Path | None,
        options.in_output(
            metavar="DIR", help="Also write each image as the model sees it to this folder, as PNG."
        ),
    ] = None,
    format: Annotated[AnyFormat | None, FORMAT_OPTION] = None,
    ray: RayOption = None,
    ray_output: RayOutputOption = None,
    column: ColumnOption = COLUMN,
) -> None:
    """Predict the digit in each picture.

    Each picture's answer is printed as soon as it is known.

    Example:
        mnistkit predict example:seven --top 3
    """
    from mnistkit.cli.progress.display import Display
    from mnistkit.cli.progress.stage import Stage
    from mnistkit.prediction import stream

    _check_combination(bool(pictures), files_from, dataset, index, null)
    request = ray_request(ctx, ray, ray_output, format)
    if request is not None:
        from mnistkit.cli.predict import on_ray

        refuse_others(ctx, on_ray.TAKEN)
        sources, least = _paths(pictures, files_from, null), min_confidence
        on_ray.predict_on_ray(
            request, open_model(model, threads=1), sources, column, top=top, min_confidence=least
        )
        return
    form: PredictionFormat = "text" if format is None or format == "parquet" else format
    display = ctx.with_resource(Display())
    display.stage("opening the model")
    classifier = open_model(model, threads=1)
    images = None if dataset is None else _images(dataset, split, make_store(data_dir, display))
    asked_for = _sources(images, index, _paths(pictures, files_from, null))
    most = min(top, len(classifier.class_names))
    labelled = images is not None and bool(images.dataset.class_names)
    told = make_format(form, Answers(classifier, most, min_confidence, labelled), pictures or ())
    find_total = partial(_count, images, index, pictures, files_from, null)
    display.show(Stage("predicting", unit="pictures", find_total=find_total))
    answering = partial(stream.predict, classifier, asked_for)
    if not print_answers(answering, told, Shown(form, show, save_image), display):
        raise typer.Exit(1)


def _images(dataset: str, split: Split, store: Store) -> LabelledImages:
    from mnistkit.data.loading import load_images

    return load_images(dataset, split, store)


def _sources(
    images: LabelledImages | None, index: int | None, paths: Iterable[str]
) -> Iterable[Source]:
    """Return the images as sources, or the pictures at the paths if there are no images."""
    from mnistkit.prediction import sources

    return sources.from_paths(paths) if images is None else sources.from_dataset(images, index)


def _paths(pictures: list[str] | None, files_from: str | None, null: bool) -> Iterable[str]:
    from mnistkit.prediction import sources

    if files_from is None:
        return pictures or []
    return sources.from_list(sources.open_list(files_from), b"\0" if null else b"\n")


def _count(
    images: LabelledImages | None,
    index: int | None,
    pictures: list[str] | None,
    files_from: str | None,
    null: bool,
) -> int | None:
    """Return the number of sources; None for those listed by a pipe, which is read only once."""
    from mnistkit.prediction.sources import STDIN, count_files

    if images is not None:
        return len(images.images) if index is None else 1
    if files_from is not None and (files_from == STDIN or not Path(files_from).is_file()):
        return None
    return count_files(_paths(pictures, files_from, null))


def _check_combination(
    pictures: bool, files_from: str | None, dataset: str | None, index: int | None, null: bool
) -> None:
    asked = [pictures, files_from is not None, dataset is not None]
    if sum(asked) != 1:
        raise typer.BadParameter(
            "expected one of SOURCES, --files-from and --dataset, received "
            f"{'several' if any(asked) else 'none'}"
        )
    if null and files_from is None:
        raise typer.BadParameter("expected --files-from with -0, received -0 alone")
    if index is not None and dataset is None:
        raise typer.BadParameter("expected --dataset with --index, received --index alone")
