"""What an entry point of each kind loads to.

`flaw` of each says what breaks its contract. It is asked when a plugin is loaded, and of each
dataset that a family makes.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnistkit.core import plugin_options
from mnistkit.core.arrays import ClassIndices, Images, Split
from mnistkit.core.plugin_options import Declared
from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.core.recipe import Options, Recipe
from mnistkit.fetching.publication import RemoteFile

if TYPE_CHECKING:
    from mnistkit.core.models.classifier import Classifier
    from mnistkit.core.models.tracked_run import TrackedRun, Tracking
    from mnistkit.fetching.store import Store


@dataclass(frozen=True)
class Architecture:
    """A network and how to train it.

    Args:
        summary: One line for people who choose.
        recipe: What it trains best with.
        build: Called as `build(classes, dropout, **options)`, with a value for each of
            `options`. Returns an uncompiled functional Keras model of built-in layers
            only, from uint8 (n, 28, 28) to float32 (n, classes) probabilities: scaling
            and resizing are its first layers. A layer `Rescaling(1.0, name="temperature")`
            before its softmax is calibrated after the last epoch, on the validation set.
        options: What can be chosen about the network, by name: the values worth trying,
            all text, int, float or bool, the default first.
    """

    summary: str
    recipe: Recipe
    build: Callable[..., Any]
    options: Declared = field(default_factory=dict)

    def flaw(self) -> str | None:
        """Say what breaks the contract; None where nothing does."""
        types = {"summary": str, "recipe": Recipe, "options": Mapping}
        return _mistyped(self, types) or plugin_options.flaw(self.options)


@dataclass(frozen=True)
class Dataset:
    """A named source of labelled images.

    Args:
        summary: One line for people who choose.
        class_names: The label of each class index; from 2 to 1,000. Empty where the
            images have no labels: they are for `predict` alone, and each class index is
            `UNLABELLED`.
        licence: Licence and whom to name.
        preparation: How a picture becomes one of its images, a key of
            `mnistkit.core.preprocessing.preparation.PREPARATIONS`.
        load: Called as `load(split, store)` with one of `splits`. Returns uint8
            (n, 28, 28) images, bright ink on black, and int64 (n,) class indices, in
            an order that never changes. Raises `DatasetError`.
        splits: Which it has: `train` and `test`, `test` alone without labels. With
            `validation`, these images validate a training, and none of `train` do.
        collections: What the images of a split are, where another dataset may have the same
            ones: paths such as `COLLECTION > NAME/train`. Splits share images if they have a
            path in common, or one is within another's (`NAME/train > OTHER/test`); datasets
            within one collection may share some.
        parts: The names of the datasets it joins, split by split, if it is made of others.
        counts: Images of each split, where that is known before they are loaded.
        files: What it is made of; none where all of it comes with its package.
    """

    summary: str
    class_names: tuple[str, ...] = field(repr=False)
    licence: str
    preparation: str
    load: Callable[[Split, Store], tuple[Images, ClassIndices]]
    splits: tuple[Split, ...] = ("train", "test")
    collections: Mapping[Split, tuple[str, ...]] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    counts: Mapping[Split, int] | None = None
    files: tuple[RemoteFile, ...] = field(default=(), repr=False)

    def flaw(self) -> str | None:
        """Say what breaks the contract; None where nothing does."""
        return _mistyped(self, DATASET_TYPES) or self._misnamed() or self._misstated()

    def _misnamed(self) -> str | None:
        names = self.class_names
        if not all(isinstance(label, str) and label for label in names):
            return f"expected class names of one character or more, received {reprlib.repr(names)}"
        if len(set(names)) < len(names):
            return "expected class names that differ, received one twice"
        if not _are_texts(self.parts):
            return f"expected the names of its parts, received {reprlib.repr(self.parts)}"
        return None

    def _misstated(self) -> str | None:
        if self.preparation not in PREPARATIONS:
            known = ", ".join(PREPARATIONS)
            return f"expected a preparation of {known}, received {reprlib.repr(self.preparation)}"
        if self.class_names and not {"train", "test"} <= {*self.splits}:
            return f"expected the splits train and test, received {reprlib.repr(self.splits)}"
        if not all(isinstance(file, RemoteFile) for file in self.files):
            return f"expected a RemoteFile for each of its files, received {self.files!r:.60}"
        if not all(map(_are_texts, self.collections.values())):
            return f"expected texts as its collections, received {self.collections!r:.60}"
        return None


@dataclass(frozen=True)
class DatasetFamily:
    """Datasets that the text after a colon selects, as in `folder:PATH`.

    Args:
        summary: One line for people who choose.
        parameter: What stands after the colon, as help names it, such as `PATH`.
        resolve: Called with the text as the user wrote it. Returns the text that is
            recorded, which means the same in every folder. Raises `MnistkitError`.
        make: Called with what `resolve` returned; returns the dataset. Work that takes
            long is left to the first `load`. Raises `DatasetError`.
    """

    summary: str
    parameter: str
    resolve: Callable[[str], str]
    make: Callable[[str], Dataset]

    def flaw(self) -> str | None:
        """Say what breaks the contract; None where nothing does."""
        return _mistyped(self, {"summary": str, "parameter": str})


def _never(_: Options) -> bool:
    """Return False: most formats keep the precision of the numbers."""
    return False


@dataclass(frozen=True)
class Exporter:
    """A deployable format, and the runtime that proves it.

    What it writes is a file or a folder. mnistkit opens a file by its suffix and a folder by
    its card, which names this exporter.

    Args:
        summary: One line for people who choose.
        suffix: The ending of its files, such as `.onnx`; empty where it writes folders.
        write: Called as `write(model, card, path, options)` with a Keras model and a
            value for each of `options`. Writes a file at `path` with the card inside, or
            into the empty folder `path`, to which mnistkit adds the card. Returns what it
            wants to report, such as `{"opset": 18}`. Raises `UsageError` for a value that
            it does not take.
        open: Called as `open(path)`. Returns the classifier in the format's own
            runtime, with the card it was written with; `read_card` reads a folder's.
            Raises `ModelError`.
        options: What can be chosen about the artifact, by name: the values worth trying,
            all text, int, float or bool, the default first.
        tolerance: The largest difference from Keras's probabilities that proves an artifact,
            above 0.
        batch_sizes: The sizes of the batches it is proved in; `(1,)` for a format without
            batches.
        quantises: Called as `quantises(options)`: whether these options lower the precision
            of the numbers. Then `write` receives training images as a fifth argument,
            uint8 (n, 28, 28), to calibrate on, and instead of `tolerance` the accuracy on
            the whole test split proves the artifact: it may lose 0.1 point at most.
        prove: Called as `open` is, to prove an artifact in the runtime that it is for; None
            where `open` returns that runtime.
    """

    summary: str
    suffix: str
    write: Callable[..., Mapping[str, Any]]
    open: Callable[[Path], Classifier]
    options: Declared = field(default_factory=dict)
    tolerance: float = 1e-5
    batch_sizes: tuple[int, ...] = (1, 7, 256)
    quantises: Callable[[Options], bool] = _never
    prove: Callable[[Path], Classifier] | None = None

    def flaw(self) -> str | None:
        """Say what breaks the contract; None where nothing does."""
        types = {"summary": str, "suffix": str, "options": Mapping, "batch_sizes": tuple}
        return (
            _mistyped(self, types)
            or self._misended()
            or self._misproved()
            or plugin_options.flaw(self.options)
        )

    def _misproved(self) -> str | None:
        if not (isinstance(self.tolerance, float) and self.tolerance > 0):
            return f"expected a tolerance above 0, received {reprlib.repr(self.tolerance)}"
        sizes = self.batch_sizes
        if not sizes or not all(isinstance(size, int) and size > 0 for size in sizes):
            return f"expected batch sizes of 1 or more, received {reprlib.repr(sizes)}"
        return None

    def _misended(self) -> str | None:
        if self.suffix in {"", Path(f"model{self.suffix}").suffix}:
            return None
        return f"expected a suffix such as .onnx, received {reprlib.repr(self.suffix)}"


def _need_nothing() -> None:
    """Raise no error."""


@dataclass(frozen=True)
class Tracker:
    """A place that receives the progress of trainings.

    Args:
        summary: One line for people who choose.
        open: Called as `open(run)` before the epochs that are left. Returns what receives
            them. Epochs in `run.history` that the place lacks are written, and none twice.
        check: Called before a training is set up. Raises `MissingError` if what the tracker
            needs is not installed.
    """

    summary: str
    open: Callable[[TrackedRun], Tracking]
    check: Callable[[], None] = _need_nothing

    def flaw(self) -> str | None:
        """Say what breaks the contract; None where nothing does."""
        return _mistyped(self, {"summary": str})


TYPES: dict[str, tuple[type[Any], ...]] = {
    "command": (),
    "architecture": (Architecture,),
    "dataset": (Dataset, DatasetFamily),
    "exporter": (Exporter,),
    "tracker": (Tracker,),
}
"""Of which types an entry point of each kind is; that of a command is a function."""

DATASET_TYPES: dict[str, Any] = {
    "summary": str,
    "licence": str,
    "preparation": str,
    "class_names": tuple,
    "splits": tuple,
    "collections": Mapping,
    "parts": tuple,
    "counts": Mapping | None,
    "files": tuple,
}

WORDS: dict[Any, str] = {str: "text", tuple: "a tuple", Mapping: "a dictionary"}


def _are_texts(values: Any) -> bool:
    return isinstance(values, tuple) and all(isinstance(value, str) for value in values)


def _mistyped(plugin: Any, types: Mapping[str, Any]) -> str | None:
    """Say which field is of another type than these; None where none is."""
    for name, expected in types.items():
        value = getattr(plugin, name)
        if not isinstance(value, expected):
            wanted = WORDS.get(expected) or getattr(expected, "__name__", expected)
            return f"expected {wanted} as its {name}, received {type(value).__name__}"
    return None
