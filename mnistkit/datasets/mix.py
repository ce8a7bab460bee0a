"""`mix:NAME+NAME`: several datasets as one, such as MNIST and a user's own digits."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import get_args

import numpy as np

from mnistkit import plugins
from mnistkit.core.arrays import ClassIndices, Images, Split
from mnistkit.data import overlap
from mnistkit.data.loading import find_dataset, load_part
from mnistkit.errors import DatasetError, UsageError
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Dataset, DatasetFamily

logger = logging.getLogger(__name__)

FEWEST_PARTS = 2
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class _Mixed:
    """Datasets with their names; the first one has the labels of all."""

    parts: tuple[tuple[str, Dataset], ...]

    @property
    def splits(self) -> tuple[Split, ...]:
        """The splits that any part has."""
        return tuple(split for split in SPLITS if self._with(split))

    def load(self, split: Split, store: Store) -> tuple[Images, ClassIndices]:
        """Return the shuffled images of all parts that have the split, by the first one's classes.

        Raises:
            DatasetError: A part is unavailable, or breaks the contract of a dataset.
        """
        _, first = self.parts[0]
        positions = {label: index for index, label in enumerate(first.class_names)}
        images, class_indices = [], []
        with_it = self._with(split)
        if len(with_it) < len(self.parts):
            names = " and ".join(name for name, _ in with_it)
            logger.info("the %s images are from %s only", split, names)
        for name, part in with_it:
            found = load_part(name, part, split, store)
            images.append(found.images)
            indices = np.array([positions[label] for label in part.class_names])
            class_indices.append(indices[found.class_indices])
        # So that the first images, as with `--limit`, are from every part.
        order = np.random.default_rng(0).permutation(sum(map(len, images)))
        return np.concatenate(images)[order], np.concatenate(class_indices)[order]

    def _with(self, split: Split) -> list[tuple[str, Dataset]]:
        return [(name, part) for name, part in self.parts if split in part.splits]


def resolve(text: str) -> str:
    """Return the recorded form of `NAME+NAME`, with absolute paths.

    Raises:
        UsageError: There is only one name.
        MnistkitError: A name is not a dataset's.
    """
    names = _divided(text)
    if len(names) < FEWEST_PARTS:
        raise UsageError(
            f"expected mix:NAME+NAME, received mix:{text}; name the other dataset after a +"
        )
    return "+".join(find_dataset(name)[0] for name in names)


def make(text: str) -> Dataset:
    """Return the dataset of `NAME+NAME`.

    Raises:
        DatasetError: A part has labels that the first one has not, or another preparation, or
            test images that are training images of another part.
    """
    names = _divided(text)
    first, *others = (find_dataset(name)[1] for name in names)
    for name, other in zip(names[1:], others, strict=True):
        strangers = [label for label in other.class_names if label not in first.class_names]
        if strangers:
            raise DatasetError(
                f"{name}: expected only the labels of {names[0]}, also received {strangers[0]!r}; "
                "rename the class, or leave the dataset out"
            )
        if other.preparation != first.preparation:
            raise DatasetError(
                f"{name}: expected the preparation {first.preparation!r}, as of {names[0]}, "
                f"received {other.preparation!r}; leave the dataset out"
            )
    parts = (first, *others)
    _check_apart(names, parts)
    mixed = _Mixed(tuple(zip(names, parts, strict=True)))
    return replace(
        first,
        summary=f"the images of {' and '.join(names)}",
        licence="; ".join(dict.fromkeys(part.licence for part in parts)),
        load=mixed.load,
        splits=mixed.splits,
        drawn_from=None,
        parallel_to=None,
        origin=None,
        parts=tuple(
            leaf
            for name, part in zip(names, parts, strict=True)
            for leaf in overlap.leaves(name, part)
        ),
        counts=None,
        files=tuple(file for part in parts for file in part.files),
    )


def _check_apart(names: Sequence[str], parts: Sequence[Dataset]) -> None:
    """Raise `DatasetError` if a part's test images are training images of another part."""
    for (name, part), (other, learned) in permutations(zip(names, parts, strict=True), 2):
        if overlap.leaks(name, part, other, learned):
            raise DatasetError(
                f"{name}: expected test images that are in no training split of the mix, received "
                f"some that are training images of {other}; leave one of the two out"
            )


def _divided(text: str) -> list[str]:
    """Return the names in a text; a + within a path separates only before a dataset's name."""
    known = "|".join(map(re.escape, plugins.names("dataset")))
    return re.split(rf"\+(?=(?:{known})(?:[:+]|$))", text)


FAMILY = DatasetFamily(
    summary="several datasets as one, by the class names of the first",
    parameter="NAME+NAME",
    resolve=resolve,
    make=make,
)
