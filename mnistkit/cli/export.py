"""`mnistkit export`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnistkit.cli import options, output
from mnistkit.cli.store import make_store
from mnistkit.core.recipe import POSITIVE

if TYPE_CHECKING:
    from mnistkit.exporting.parity import Parity


def export(
    named: options.ModelArgument = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A run folder, a .keras file or `bundled`. Default: $MNISTKIT_MODEL, else the "
            "newest finished run in ./runs, else `bundled`.",
            show_default=False,
        ),
    ] = None,
    exporter: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The format, as `mnistkit plugins --kind exporters` lists them.",
            autocompletion=options.complete("exporter"),
        ),
    ] = "onnx",
    output_file: Annotated[
        Path | None,
        typer.Option("--output", metavar="PATH", help="Where to write. Default: beside the model."),
    ] = None,
    force: options.ForceOption = False,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="An option of the exporter, repeatable; of `onnx` the operator set, from "
            "opset=13 to opset=18. Default: opset=18.",
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            callback=options.within(POSITIVE),
            metavar="X",
            help="Largest accepted difference between both models' probabilities, above 0. "
            "Default: the exporter's, 1e-5 for `onnx`.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the export is proved on. Default: the dataset the model was trained on.",
            autocompletion=options.complete_dataset,
            show_default=False,
        ),
    ] = None,
    data_dir: options.DataDirOption = None,
    format: options.FormatOption = "text",
) -> None:
    """Export a trained model, verified to be equal.

    Both models predict the same test images; an export that differs, or of lower precision that
    loses more than 0.1 point of accuracy, is not kept. A run's own
    exported file is replaced without --force only if it has the same format and options.

    Example:
        mnistkit export bundled --output digits.onnx
    """
    from mnistkit.cli.progress.display import Display
    from mnistkit.core.models.choice import choose, name_of
    from mnistkit.exporting.export import ExportRequest
    from mnistkit.exporting.export import export as write_export
    from mnistkit.exporting.parity import ParityError
    from mnistkit.exporting.writing import ExportFormat

    choice = choose(options.one_model(named, model), options.naming(named))
    output.note(f"model: {name_of(choice.path)} ({choice.why})")
    chosen = dict(options.named_value(text) for text in option or ())
    target = ExportFormat(exporter, chosen, tolerance)
    request = ExportRequest(choice.path, target, output_file, force, dataset)
    try:
        with Display() as display:
            exported = write_export(request, make_store(data_dir, display), display)
    except ParityError as error:
        _print(error.proof, {"path": None}, format)
        raise
    about = {**exported.facts, "path": str(exported.path), "bytes": exported.bytes}
    _print(exported.parity, about, format)


def _print(proof: Parity, about: dict[str, Any], format: options.TextOrJson) -> None:
    if format == "json":
        output.document({**asdict(proof), **about, "passed": proof.passed})
        return
    batches = ", ".join(map(str, proof.batch_sizes))
    output.line(f"{'compared':<24} {proof.images:,} images in batches of {batches}")
    output.line(f"{'largest difference':<24} {proof.max_abs_diff:.3g}")
    output.line(f"{'same label':<24} {proof.label_agreement:.2%}")
    if proof.accuracy is not None:
        test = proof.accuracy
        output.line(f"{'accuracy':<24} {test.original:.2%} before, {test.exported:.2%} exported")
        output.line(f"{'measured on':<24} {test.images:,} test images of {test.dataset}")
    for name, value in about.items():
        if value is None:
            continue
        output.line(f"{name:<24} {value:,}" if isinstance(value, int) else f"{name:<24} {value}")
