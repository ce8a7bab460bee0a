"""`mix:NAME+NAME`: several datasets as one, such as MNIST and a user's own digits."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import permutations, product
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
    """Datasets whose labels are among those of the first, with their names."""

    parts: tuple[tuple[str, Dataset], ...]

    @property
    def splits(self) -> tuple[Split, ...]:
        """Those that any part has."""
        return tuple(split for split in SPLITS if self._with(split))

    def load(self, split: Split, store: Store) -> tuple[Images, ClassIndices]:
        """Return the images of all that have the split, mixed, under the class names of the first.

        Raises:
            DatasetError: One of them can't be had, or breaks its contract.
        """
        _, first = self.parts[0]
        positions = {label: index for index, label in enumerate(first.class_names)}
        images, class_indices = [], []
        with_it = self._with(split)
        if len(with_it) < len(self.parts):
            names = " and ".join(name for name, _ in with_it)
            logger.info("the %s images are those of %s alone", split, names)
        for name, part in with_it:
            found = load_part(name, part, split, store)
            images.append(found.images)
            indices = np.array([positions[label] for label in part.class_names])
            class_indices.append(indices[found.class_indices])
        # So that the first ones, as of `--limit`, are of every part.
        order = np.random.default_rng(0).permutation(sum(map(len, images)))
        return np.concatenate(images)[order], np.concatenate(class_indices)[order]

    def collections(self, split: Split) -> tuple[str, ...]:
        """Return those of all that have the split."""
        found = [overlap.collections_of(*part, split) for part in self._with(split)]
        return tuple(collection for each in found for collection in each)

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
    parts = [(name, find_dataset(name)[1]) for name in _divided(text)]
    for part in parts[1:]:
        _check_fit(part, parts[0])
    _check_apart(parts)
    return replace(
        first,
        summary=f"the images of {' and '.join(names)}",
        licence="; ".join(dict.fromkeys(part.licence for part in parts)),
        load=mixed.load,
        splits=mixed.splits,
        collections={split: mixed.collections(split) for split in mixed.splits},
        parts=tuple(names),
        counts=None,
        files=tuple(file for _, part in parts for file in part.files),
    )


def _check_apart(names: Sequence[str], parts: Sequence[Dataset]) -> None:
    """Raise `DatasetError` where one part's test images are another's training images."""
    for (name, part), (other, learned) in permutations(zip(names, parts, strict=True), 2):
        tested = overlap.collections_of(name, part, "test")
        trained = overlap.collections_of(other, learned, "train")
        if any(overlap.share(*pair) for pair in product(tested, trained)):
            raise DatasetError(
                f"{part[0]}: expected test images that are in no training split of the mix, "
                f"received some of {other[0]}'s; leave one of the two out"
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
