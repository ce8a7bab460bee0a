"""Several trained runs averaged into one run, with one model.

Each counts the same, and their probabilities are averaged as they are: nothing is fitted,
so nothing can be chosen on the images that measure it.

Reference:
    Lakshminarayanan, Pritzel, Blundell: Simple and scalable predictive uncertainty
    estimation using deep ensembles. NeurIPS 2017.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mnistkit.architectures.inputs import image_input
from mnistkit.core.files import finite, replacing
from mnistkit.core.models import keras_classifier, keras_file, run_folder, tensorflow
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.run_folder import PACKAGES, Run
from mnistkit.data.holdout import Examples
from mnistkit.data.loading import LabelledImages, load_splits
from mnistkit.ensembles.members import Member, held_out_by_all, read_members
from mnistkit.errors import InterruptedRunError, ModelError, VerificationError
from mnistkit.evaluation import metrics
from mnistkit.evaluation.run_metrics import final_metrics
from mnistkit.exporting import export as exporting
from mnistkit.fetching.store import Store

logger = logging.getLogger(__name__)

ARCHITECTURE = "ensemble"


@dataclass(frozen=True)
class EnsembleRequest:
    """What a user asks for.

    Args:
        members: Run folders or `bundled`, two or more.
        dataset: What it is measured on; None for the dataset of the first member.
        output: The run folder; None for one below `./runs`.
        export: Whether the model is exported, too.
    """

    members: tuple[str, ...]
    dataset: str | None = None
    output: Path | None = None
    export: bool = True


def make(request: EnsembleRequest, store: Store, tell: Callable[[str], None]) -> Run:
    """Average trained runs into a new one, measure it once, and export it.

    Args:
        request: Which runs, measured on what, and where to.
        store: Where the dataset is found.
        tell: Is called with the name of each stage, such as `measuring`.

    Raises:
        InterruptedRunError: Ctrl-C; nothing is left.
        ParityError: The run is whole, but its export is not equal to it and was not written.
        MnistkitError: Something that was asked for is wrong or missing; nothing is left.
    """
    with ExitStack() as claims:
        if request.output is not None:
            claims.enter_context(run_folder.claim_new(request.output))
        return _make(request, store, tell, claims)


def _make(
    request: EnsembleRequest, store: Store, tell: Callable[[str], None], claims: ExitStack
) -> Run:
    members = read_members(request.members)
    dataset = request.dataset or members[0].run.card().dataset
    train, test = load_splits(dataset, ("train", "test"), store)
    _warn_of_seen(members, test)
    run = Run(
        request.output or claims.enter_context(run_folder.claim_dated(ARCHITECTURE, test.name))
    )
    with _whole_or_nothing(run):
        tell(f"averaging {len(members)} runs into {run.path}")
        model = average([_open(member) for member in members])
        run.record = _record(request, members, test, train, model)
        classifier = keras_classifier.classifier(model, run.card())
        tell("measuring")
        run.record["metrics"] = finite(_measure(classifier, test, held_out_by_all(members, train)))
        with replacing(run.model) as temporary:
            model.save(temporary)
        if request.export:
            tell("exporting")
            _export(run, model, test)
        run.save(status=run_folder.FINISHED)
    return run


def average(models: Sequence[Any]) -> Any:
    """Build a Keras model of Keras models, whose probabilities are the mean of theirs.

    Args:
        models: Two or more functional models from uint8 (n, 28, 28) to (n, classes).

    Returns:
        An uncompiled functional model, in which each of them is a layer.
    """
    keras = tensorflow.import_keras()
    image = image_input()
    parts = [
        # Names of layers are unique within a model, whatever they are within these layers.
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
    """Copy a Keras model under another name, without its optimizer."""
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
def _whole_or_nothing(run: Run) -> Iterator[None]:
    """Take away what was written where the record, which is written last, is not."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedRunError(
            "interrupted before the ensemble was complete; nothing of it was kept, make it again"
        ) from error
    finally:
        if not (run.path / run_folder.RECORD_FILE).exists():
            # What went wrong is told; that it can't be tidied up either adds nothing.
            with suppress(OSError):
                run.model.unlink(missing_ok=True)
                run.exported.unlink(missing_ok=True)


def _record(
    request: EnsembleRequest,
    members: Sequence[Member],
    test: LabelledImages,
    train: LabelledImages,
    model: Any,
) -> dict[str, Any]:
    """The record of an ensemble that is not measured yet, with the keys of a training's."""
    card = members[0].run.card()
    learned_from = [name for member in members for name in member.run.learned_from]
    return {
        "format_version": run_folder.FORMAT_VERSION,
        "status": run_folder.RUNNING,
        "created": run_folder.now(),
        "command": _command(request, members, test.name),
        "settings": {
            "architecture": ARCHITECTURE,
            "dataset": test.name,
            "export": request.export,
        },
        "members": [member.to_json(test) for member in members],
        "learned_from": list(dict.fromkeys(learned_from)),
        "dataset": {
            "class_names": list(card.class_names),
            "preparation": card.preparation,
            "sha256": train.checksum(),
        },
        "packages": {package: version(package) for package in PACKAGES},
        "layers": [asdict(layer) for layer in keras_classifier.layer_table(model)],
        "history": [],
        "metrics": None,
    }


def _command(request: EnsembleRequest, members: Sequence[Member], dataset: str) -> str:
    """The command that makes it again, from any folder."""
    places = [member.place for member in members]
    export = [] if request.export else ["--no-export"]
    return shlex.join(["mnistkit", "ensemble", *places, "--dataset", dataset, *export])


def _measure(
    classifier: Classifier, test: LabelledImages, held_out: Examples | None
) -> dict[str, Any]:
    """Measure the test split, its only use, and what every member held out."""
    metrics.check_classes(classifier, test)
    parts = {} if held_out is None else {"validation": held_out}
    return {**final_metrics(classifier, parts, test), "temperature": None}


def _export(run: Run, model: Any, test: LabelledImages) -> None:
    """Export; the run is finished even if that fails its proof."""
    try:
        exporting.export_run(run, model, test.images)
    except (VerificationError, ModelError):
        run.save(status=run_folder.FINISHED)
        raise
