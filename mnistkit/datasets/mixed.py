"""`mix:NAME+NAME`: several datasets as one, such as MNIST and digits of one's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from mnistkit import plugins
from mnistkit.contracts import ClassIndices, Dataset, DatasetFamily, Images, Split
from mnistkit.core import lineage
from mnistkit.core.data import find_dataset
from mnistkit.datasets.store import Store
from mnistkit.errors import DatasetError, UsageError

FEWEST = 2


@dataclass(frozen=True)
class _Mixed:
    """Datasets whose labels are among those of the first."""

    parts: tuple[Dataset, ...]

    def load(self, split: Split, store: Store) -> tuple[Images, ClassIndices]:
        """Return the images of all, mixed, under the class names of the first."""
        names = self.parts[0].class_names
        images, class_indices = [], []
        for part in self.parts:
            found, indices = part.load(split, store)
            images.append(found)
            class_indices.append(
                np.array([names.index(name) for name in part.class_names])[indices]
            )
        # So that the first ones, as of `--limit`, are of every part.
        order = np.random.default_rng(0).permutation(sum(map(len, images)))
        return np.concatenate(images)[order], np.concatenate(class_indices)[order]


def resolve(text: str) -> str:
    """What is recorded for `NAME+NAME`: names that lead back from everywhere.

    Raises:
        UsageError: One name alone.
        MnistkitError: One of them is no dataset.
    """
    names = _divided(text)
    if len(names) < FEWEST:
        raise UsageError(
            f"expected mix:NAME+NAME, received mix:{text}; name the other dataset after a +"
        )
    return "+".join(find_dataset(name)[0] for name in names)


def make(text: str) -> Dataset:
    """Return the dataset of `NAME+NAME`.

    Raises:
        DatasetError: One has labels that the first has not, or another preparation, or
            images in its test split that another has in its training split.
    """
    names = _divided(text)
    first, *others = (find_dataset(name)[1] for name in names)
    for name, other in zip(names[1:], others, strict=True):
        strangers = [label for label in other.class_names if label not in first.class_names]
        if strangers:
            raise DatasetError(
                f"{name}: expected only labels of {names[0]}, also received {strangers[0]!r}; "
                "rename the class, or leave the dataset out"
            )
        if other.preparation != first.preparation:
            raise DatasetError(
                f"{name}: expected pictures prepared by {first.preparation!r}, as for {names[0]}, "
                f"received {other.preparation!r}; leave it out"
            )
    parts = (first, *others)
    _check_apart(names, parts)
    return replace(
        first,
        summary=f"the images of {' and '.join(names)}",
        licence="; ".join(dict.fromkeys(part.licence for part in parts)),
        load=_Mixed(parts).load,
        drawn_from=None,
        parallel_to=None,
        origin=None,
        parts=tuple(
            leaf
            for name, part in zip(names, parts, strict=True)
            for leaf in lineage.leaves(name, part)
        ),
        counts=None,
        files=tuple(file for part in parts for file in part.files),
    )


def _check_apart(names: Sequence[str], parts: Sequence[Dataset]) -> None:
    """Raise `DatasetError` where one part's test images are another's training images."""
    for (name, part), (other, learned) in permutations(zip(names, parts, strict=True), 2):
        if lineage.leaks(name, part, other, learned):
            raise DatasetError(
                f"{name}: expected test images that are in no training split beside it, received "
                f"some of {other}'s; leave one of the two out"
            )


def _divided(text: str) -> list[str]:
    """The names in a text; a + in a path divides only in front of a dataset's name."""
    known = "|".join(map(re.escape, plugins.names("dataset")))
    return re.split(rf"\+(?=(?:{known})(?:[:+]|$))", text)


FAMILY = DatasetFamily(
    summary="several datasets as one, by the class names of the first",
    parameter="NAME+NAME",
    resolve=resolve,
    make=make,
)
