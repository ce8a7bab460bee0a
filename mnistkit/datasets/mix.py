"""`mix:NAME+NAME`: several datasets as one, such as MNIST and a user's own digits."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, permutations, product
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
Part = tuple[str, Dataset]
"""A dataset with its name."""


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
    splits = tuple(split for split in SPLITS if _having(split, parts))
    return replace(
        parts[0][1],
        summary=f"the images of {' and '.join(name for name, _ in parts)}",
        licence="; ".join(dict.fromkeys(part.licence for _, part in parts)),
        load=partial(_load, parts),
        splits=splits,
        collections={split: _collections(split, parts) for split in splits},
        parts=tuple(name for name, _ in parts),
        counts=None,
        files=tuple(file for _, part in parts for file in part.files),
    )


def _load(parts: Sequence[Part], split: Split, store: Store) -> tuple[Images, ClassIndices]:
    """Return the shuffled images of all parts that have the split, by the first one's classes.

    Raises:
        DatasetError: A part is unavailable, or breaks the contract of a dataset.
    """
    positions = {label: index for index, label in enumerate(parts[0][1].class_names)}
    images, class_indices = [], []
    with_it = _having(split, parts)
    if len(with_it) < len(parts):
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


def _collections(split: Split, parts: Sequence[Part]) -> tuple[str, ...]:
    found = (overlap.collections_of(*part, split) for part in _having(split, parts))
    return tuple(chain.from_iterable(found))


def _having(split: Split, parts: Sequence[Part]) -> list[Part]:
    return [(name, part) for name, part in parts if split in part.splits]


def _check_fit(part: Part, first: Part) -> None:
    """Raise `DatasetError` for labels that the first part has not, or another preparation."""
    (name, other), (first_name, wanted) = part, first
    strangers = [label for label in other.class_names if label not in wanted.class_names]
    if strangers:
        raise DatasetError(
            f"{name}: expected only the labels of {first_name}, also received {strangers[0]!r}; "
            "rename the class, or leave the dataset out"
        )
    if other.preparation != wanted.preparation:
        raise DatasetError(
            f"{name}: expected the preparation {wanted.preparation!r}, as of {first_name}, "
            f"received {other.preparation!r}; leave the dataset out"
        )


def _check_apart(parts: Sequence[Part]) -> None:
    """Raise `DatasetError` if a part's test images are training images of another part."""
    for part, other in permutations(parts, 2):
        tested = overlap.collections_of(*part, "test")
        trained = overlap.collections_of(*other, "train")
        if any(overlap.share(*pair) for pair in product(tested, trained)):
            raise DatasetError(
                f"{part[0]}: expected test images that are in no training split of the mix, "
                f"received some that are training images of {other[0]}; leave one of the two out"
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
