"""What an entry point of each kind loads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnistkit.core.arrays import ClassIndices, Images, Split
from mnistkit.core.models.card import Card
from mnistkit.core.plugin_options import Declared, check_declared
from mnistkit.core.recipe import Options, Recipe

if TYPE_CHECKING:
    from mnistkit.core.models.classifier import Classifier
    from mnistkit.fetching.publication import RemoteFile
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
            and resizing are its first layers. With a layer
            `Rescaling(1.0, name="temperature")` before its softmax it is calibrated after
            the last epoch, on the images held out.
        options: What can be chosen about the network, by name: the values worth trying,
            of one type (text, int, float or bool), the default first.

    Raises:
        TypeError: An option without a value, or with one of another type.
    """

    summary: str
    recipe: Recipe
    build: Callable[..., Any]
    options: Declared = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_declared(self.options)


@dataclass(frozen=True)
class Dataset:
    """A named source of labelled images.

    Args:
        summary: One line for people who choose.
        class_names: The label of each class index; from 2 to 1,000. None where the images
            have no labels: they are for `predict` alone, and each class index is
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


@dataclass(frozen=True)
class DatasetFamily:
    """Datasets that a text behind the name decides, as in `folder:PATH`.

    Args:
        summary: One line for people who choose.
        parameter: What stands behind the colon, as help has it, such as `PATH`.
        resolve: Called with the text as the user wrote it. Returns the one that is
            recorded, which means the same from everywhere. Raises `MnistkitError`.
        make: Called with what `resolve` returned; returns the dataset. What it takes to
            load is done once, by the first `load`. Raises `DatasetError`.
    """

    summary: str
    parameter: str
    resolve: Callable[[str], str]
    make: Callable[[str], Dataset]


@dataclass(frozen=True)
class Exporter:
    """A deployable format, and the runtime that proves it.

    Args:
        summary: One line for people who choose.
        suffix: Of its files, with the dot.
        write: Called as `write(model, card, path, options)` with a Keras model and a
            value for each of `options`; writes one file with the card inside. Returns
            what it wants to report, such as `{"opset": 18}`. Raises `UsageError` for a
            value that it does not take.
        open: Called as `open(path)`. Returns the classifier in the format's own
            runtime, with the card it was written with. Raises `ModelError`.
        options: What can be chosen about the file, by name: the values worth trying, of
            one type (text, int, float or bool), the default first.

    Raises:
        TypeError: An option without a value, or with one of another type.
    """

    summary: str
    suffix: str
    write: Callable[[Any, Card, Path, Options], Mapping[str, Any]]
    open: Callable[[Path], Classifier]
    options: Declared = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_declared(self.options)


TYPES: dict[str, tuple[type[Any], ...]] = {
    "command": (),
    "architecture": (Architecture,),
    "dataset": (Dataset, DatasetFamily),
    "exporter": (Exporter,),
}
"""Of which types an entry point of each kind is; that of a command is a function."""
