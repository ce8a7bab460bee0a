"""Import a Keras model: open it, wrap it, prove that it answers as before, and write the run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import Probabilities
from mnistkit.core.claims import claim_output
from mnistkit.core.files import MAX_STEM, new_folder, refuse_existing, replacing
from mnistkit.core.models import keras_classifier, keras_file, run_folder
from mnistkit.core.models.foreign_file import check_kind
from mnistkit.core.models.pixel_form import ImportFacts, Output, PixelForm, Trial
from mnistkit.core.models.run_folder import Run
from mnistkit.core.packages import KERAS, ONNX, require
from mnistkit.errors import VerificationError
from mnistkit.evaluation.run_metrics import final_metrics
from mnistkit.exporting import export as exporting
from mnistkit.exporting import parity
from mnistkit.fetching.store import Store
from mnistkit.importing import trial as trials
from mnistkit.importing.form import kind_of, probabilities_of
from mnistkit.importing.record import record_of
from mnistkit.importing.source import ImportRequest, Source, open_source
from mnistkit.importing.trial import Asked
from mnistkit.importing.wrapper import wrap

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Wrapped:
    """A wrapped model, and the original's probabilities of the images to compare."""

    model: Any
    form: PixelForm
    output: Output
    expected: Probabilities


def import_model(request: ImportRequest, store: Store, tell: Callable[[str], None]) -> Run:
    """Wrap a Keras model, prove that it answers as before, write its run, and return the run.

    Args:
        request: What the user asks for.
        store: Where the dataset is found.
        tell: Called with the name of each stage, such as `comparing`.

    Raises:
        VerificationError: The wrapped model answers otherwise; nothing is left.
        ParityError: The run is finished, but its exported model is not equal and was not written.
        MnistkitError: Something in the request is wrong or missing; nothing is left.
    """
    check_kind(request.file)
    require("mnistkit import", (*KERAS, *(ONNX if request.export else ())))
    path = request.output or run_folder.RUNS / request.file.stem[:MAX_STEM]
    with claim_output(path, force=True):
        refuse_existing(path)
        source = open_source(request, store)
        form, trial = _form(source, request.asked)
        tell(f"pixels: {form}{_told(form, trial)}")
        with new_folder(path) as folder:
            wrapped = _write(source, form, folder / run_folder.MODEL_FILE)
            tell("comparing with the original")
            facts = _proved(source, wrapped, trial)
            run = Run(folder, record_of(request, source, facts, wrapped.model))
            if request.dataset:
                tell("measuring")
                classifier = keras_classifier.classifier(wrapped.model, run.card())
                run.record = replace(
                    run.record, metrics=final_metrics(classifier, {}, source.test, None)
                )
            run.save()
            refused = None
            if request.export:
                tell("exporting")
                refused = exporting.export_new_run(run, wrapped.model, source.test.images, path)
        run.path = path
    if refused:
        raise refused
    return run


def _form(source: Source, asked: Asked) -> tuple[PixelForm, Trial | None]:
    """Return the form of the pixels, and how it was measured."""
    forms = trials.candidates(source.network, asked)
    if source.train is None:
        return trials.chosen_unmeasured(forms, source.class_names), None
    trial = trials.measure(forms, source.outputs, source.train, str(source.file))
    found = trials.best(trial)
    warning = trials.check_answers(found, trial)
    if warning:
        logger.warning("%s", warning)
    return found.form, trial


def _told(form: PixelForm, trial: Trial | None) -> str:
    """Return how the chosen form and the next best one answered, in brackets."""
    if trial is None:
        return " (not measured)"
    shares = {each.form: f"{each.accuracy:.1%}" for each in trial.forms}
    right = shares.pop(form)
    others = sorted(
        (each for each in trial.forms if each.form != form), key=lambda each: -each.accuracy
    )
    more = f"; {others[0].form}: {others[0].accuracy:.1%}" if others else ""
    return f" ({right} right of {trial.images:,} images of {trial.dataset}{more})"


def _write(source: Source, form: PixelForm, path: Path) -> _Wrapped:
    """Write the wrapped model, and return it as it is opened again."""
    images = source.test.images[: parity.PROOF_IMAGES]
    rows = source.outputs(images, form)
    output = kind_of(rows, str(source.file))
    with replacing(path) as temporary:
        wrap(source.network, form, output).save(temporary)
    model = keras_file.open_model(path)
    return _Wrapped(model, form, output, probabilities_of(rows, output))


def _proved(source: Source, wrapped: _Wrapped, trial: Trial | None) -> ImportFacts:
    """Return the facts of an import; raise `VerificationError` if the model answers otherwise."""
    classifier = keras_classifier.classifier(
        wrapped.model, keras_classifier.plain_card(wrapped.model)
    )
    images = source.test.images[: parity.PROOF_IMAGES]
    size = len(images)
    received = parity.answers(classifier, images, (size,))
    proof = parity.compare({size: wrapped.expected}, received)
    if not proof.passed:
        raise VerificationError(
            f"{source.file} was not imported: expected the wrapped model to differ by at most "
            f"{proof.tolerance:g} and to agree on every label, received a difference of "
            f"{proof.max_abs_diff:.3g} and {proof.label_agreement:.2%} agreement; state the form "
            "of its pixels with --pixels and --ink"
        )
    return ImportFacts(
        file=str(source.file.absolute()),
        sha256=source.sha256,
        input_shape=source.network.input_shape,
        input_dtype=source.network.input_dtype,
        output=wrapped.output,
        pixels=wrapped.form,
        trial=trial,
        max_abs_diff=proof.max_abs_diff,
        proof_images=proof.images,
    )
