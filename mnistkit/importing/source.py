"""What an import is made from: the request, the opened file, and images of its classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mnistkit.core import class_names
from mnistkit.core.models import keras_file
from mnistkit.core.models.foreign_file import open_foreign
from mnistkit.data.loading import FALLBACK, LabelledImages, load_splits
from mnistkit.errors import UsageError
from mnistkit.fetching.store import Store
from mnistkit.importing.form import Outputs, outputs_of
from mnistkit.importing.network import Network, network_of
from mnistkit.importing.trial import ANYTHING, Asked


@dataclass(frozen=True)
class ImportRequest:
    """The import that a user requests.

    Args:
        file: A `.keras` or `.h5` file with a whole model.
        classes: The label of each output; None for those of `dataset`, or the ten digits.
        dataset: What it is measured on; None for no measurement.
        asked: What the user states of the pixels that the model takes.
        output: The run folder; None for one below `./runs` with the file's name.
        export: Whether the model is exported, too.
        command_line: The command as it was typed, for the record.
    """

    file: Path
    classes: tuple[str, ...] | None = None
    dataset: str | None = None
    asked: Asked = ANYTHING
    output: Path | None = None
    export: bool = True
    command_line: str | None = None


@dataclass(frozen=True)
class Source:
    """An opened file and its classes; `train` has images of them, `test` any images."""

    file: Path
    sha256: str
    network: Network
    outputs: Outputs
    class_names: tuple[str, ...]
    train: LabelledImages | None
    test: LabelledImages


def open_source(request: ImportRequest, store: Store) -> Source:
    """Open the file, and load images of its classes, else the sample's to compare with."""
    checksum = keras_file.checksum(request.file)
    network = network_of(request.file, open_foreign(request.file))
    train, test = load_splits(request.dataset or FALLBACK, ("train", "test"), store)
    own = train.dataset.class_names
    names = request.classes or (own if request.dataset else class_names.DIGITS)
    _check_classes(request, network, names)
    if request.dataset and names != own:
        raise UsageError(
            f"expected --classes as {train.name} has them ({class_names.named(own)}), received "
            f"{class_names.named(names)}; leave --classes out, or name another --dataset"
        )
    outputs = outputs_of(network)
    return Source(
        request.file, checksum, network, outputs, names, train if names == own else None, test
    )


def _check_classes(request: ImportRequest, network: Network, names: tuple[str, ...]) -> None:
    if len(names) != network.classes:
        raise UsageError(
            f"expected {network.classes:,} class names, as many as {request.file} has outputs, "
            f"received {len(names):,} ({class_names.named(names)}); name them with --classes, in "
            "the order of the outputs"
        )
