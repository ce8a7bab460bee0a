"""Average trained runs into one run with one model.

The probabilities are averaged with equal weights. Nothing is fitted, so the images that measure
the ensemble are not used for any choice.

Reference:
    Lakshminarayanan, Pritzel, Blundell: Simple and scalable predictive uncertainty
    estimation using deep ensembles. NeurIPS 2017.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from mnistkit.architectures.inputs import image_input
from mnistkit.core.files import new_folder, replacing
from mnistkit.core.models import keras_classifier, keras_file, new_run, run_folder, tensorflow
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.record import EnsembleRecord, Metrics, TrainingData
from mnistkit.core.models.run_folder import Run
from mnistkit.core.models.training_settings import ModelSettings
from mnistkit.core.package_versions import package_versions
from mnistkit.core.packages import KERAS, ONNX, require
from mnistkit.data.holdout import Examples
from mnistkit.data.loading import LabelledImages, load_splits
from mnistkit.ensembles.members import Member, held_out_by_all, read_members
from mnistkit.errors import InterruptedRunError
from mnistkit.evaluation import metrics
from mnistkit.evaluation.run_metrics import final_metrics
from mnistkit.exporting import export as exporting
from mnistkit.fetching.store import Store
from mnistkit.training.provenance import used_plugins

logger = logging.getLogger(__name__)

ARCHITECTURE = "ensemble"

Item = TypeVar("Item")


@dataclass(frozen=True)
class EnsembleRequest:
    """The ensemble that a user requests.

    Args:
        members: Run folders or `bundled`, two or more.
        dataset: What it is measured on; None for the dataset of the first member.
        output: The run folder; None for one below `./runs`.
        export: Whether the model is exported, too.
        command_line: The command as it was typed, for the record.
    """

    members: tuple[str, ...]
    dataset: str | None = None
    output: Path | None = None
    export: bool = True
    command_line: str | None = None


def make(request: EnsembleRequest, store: Store, tell: Callable[[str], None]) -> Run:
    """Average trained runs into a new run, measure it once, export it, and return it.

    Args:
        request: What the user asks for.
        store: Where the dataset is found.
        tell: Called with the name of each stage, such as `measuring`.

    Raises:
        InterruptedRunError: Ctrl-C; nothing is left.
        ParityError: The run is finished, but its exported model is not equal and was not written.
        MnistkitError: Something in the request is wrong or missing; nothing is left.
    """
    require("mnistkit ensemble", (*KERAS, *(ONNX if request.export else ())))
    with ExitStack() as claims:
        if request.output is not None:
            claims.enter_context(new_run.claim_whole(request.output))
        return _make(request, store, tell, claims)


def _make(
    request: EnsembleRequest, store: Store, tell: Callable[[str], None], claims: ExitStack
) -> Run:
    members = read_members(request.members)
    dataset = request.dataset or members[0].run.card().dataset
    train, test = load_splits(dataset, ("train", "test"), store)
    _warn_of_seen(members, test)
    path = request.output or claims.enter_context(
        new_run.claim_dated(ARCHITECTURE, test.name, new_run.claim_whole)
    )
    refused = None
    with _told_of_ctrl_c(), new_folder(path, or_empty=True) as folder:
        tell(f"averaging {len(members)} runs into {path}")
        model = average([_open(member) for member in members])
        run = Run(folder, _record(request, members, test, train, model))
        classifier = keras_classifier.classifier(model, run.card())
        tell("measuring")
        metrics = _measure(classifier, test, held_out_by_all(members, train))
        run.record = replace(run.record, metrics=metrics)
        with replacing(run.model) as temporary:
            model.save(temporary)
        if request.export:
            tell("exporting")
            refused = exporting.export_new_run(run, model, test.images, path)
        run.save(status=run_folder.FINISHED)
    run.path = path
    if refused:
        raise refused
    return run


def average(models: Sequence[Any]) -> Any:
    """Return a Keras model whose probabilities are the mean of those of Keras models.

    Args:
        models: Two or more functional models from uint8 (n, 28, 28) to (n, classes).

    Returns:
        An uncompiled functional model, in which each of them is a layer.
    """
    keras = tensorflow.import_keras()
    image = image_input()
    parts = [
        # The names of layers have to be unique within a model.
        _renamed(model, f"{model.name}_{number}")(image)
        for number, model in enumerate(models, start=1)
    ]
    probabilities = keras.layers.Average(name="probabilities")(parts)
    return keras.Model(image, probabilities, name=ARCHITECTURE)


def _open(member: Member) -> Any:
    model = keras_file.open_model(member.run.model)
    # Checks that it has the classes its run records.
    keras_classifier.find_card(member.run.model, model)
    return model


def _renamed(model: Any, name: str) -> Any:
    """Return a copy of a Keras model under another name, without its optimizer."""
    copied = type(model).from_config({**model.get_config(), "name": name})
    copied.set_weights(model.get_weights())
    return copied


def _warn_of_seen(members: Sequence[Member], test: LabelledImages) -> None:
    seen = [member.name for member in members if member.has_seen(test)]
    if seen:
        logger.warning(
            "%s was trained on the test images of %s; the test accuracy does not hold for new "
            "images, measure on another --dataset",
            " and ".join(seen),
            test.name,
        )


@contextmanager
def _told_of_ctrl_c() -> Iterator[None]:
    """Say of an interrupted ensemble that it has to be made again."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedRunError(
            "interrupted before the ensemble was complete; nothing of it was kept, make it again"
        ) from error


def _record(
    request: EnsembleRequest,
    members: Sequence[Member],
    test: LabelledImages,
    train: LabelledImages,
    model: Any,
) -> EnsembleRecord:
    """Return the record of an ensemble that is not measured yet."""
    first = members[0].run.record.dataset
    earlier = [member.run.record for member in members]
    own = used_plugins([], (test.name, *test.dataset.parts), export=request.export)
    now = run_folder.now()
    return EnsembleRecord(
        status=run_folder.RUNNING,
        created=now,
        updated=now,
        command_line=request.command_line,
        command=_command(request, members, test.name),
        settings=ModelSettings(ARCHITECTURE, test.name, request.export),
        members=tuple(member.facts(test) for member in members),
        learned_from=_together(record.learned_from for record in earlier),
        dataset=TrainingData(first.class_names, first.preparation, train.checksum()),
        plugins=_together((*(record.plugins for record in earlier), own)),
        packages=package_versions(),
        layers=keras_classifier.layer_table(model),
        history=(),
        metrics=None,
    )


def _together(parts: Iterable[tuple[Item, ...]]) -> tuple[Item, ...]:
    """Return all items in the order of their first appearance."""
    return tuple(dict.fromkeys(item for part in parts for item in part))


def _command(request: EnsembleRequest, members: Sequence[Member], dataset: str) -> str:
    """Return the command that makes the ensemble again, from any folder."""
    places = [member.place for member in members]
    export = [] if request.export else ["--no-export"]
    return shlex.join(["mnistkit", "ensemble", *places, "--dataset", dataset, *export])


def _measure(classifier: Classifier, test: LabelledImages, held_out: Examples | None) -> Metrics:
    """Measure the test split, its only use, and the common validation set."""
    metrics.check_classes(classifier, test)
    parts = {} if held_out is None else {"validation": held_out}
    return final_metrics(classifier, parts, test, temperature=None)
