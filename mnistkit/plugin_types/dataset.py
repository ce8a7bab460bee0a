"""What an entry point of a dataset, or of a family of them, loads to."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mnistkit.core.arrays import ClassIndices, Images, Split
from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.fetching.publication import RemoteFile
from mnistkit.plugin_types.fields import are_texts, mistyped

if TYPE_CHECKING:
    from mnistkit.fetching.store import Store

DATASET_TYPES: dict[str, Any] = {
    **dict.fromkeys(("summary", "licence", "preparation"), str),
    **dict.fromkeys(("class_names", "splits", "parts", "files"), tuple),
    "collections": Mapping,
    "counts": Mapping | None,
}


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
        return mistyped(self, DATASET_TYPES) or self._misnamed() or self._misstated()

    def _misnamed(self) -> str | None:
        names = self.class_names
        if not all(isinstance(label, str) and label for label in names):
            return f"expected class names of one character or more, received {reprlib.repr(names)}"
        if len(set(names)) < len(names):
            return "expected class names that differ, received one twice"
        if not are_texts(self.parts):
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
        if not all(map(are_texts, self.collections.values())):
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
        return mistyped(self, {"summary": str, "parameter": str})
