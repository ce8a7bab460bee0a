"""Which images a model has learned, as far as the datasets tell where theirs are from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mnistkit import plugins
from mnistkit.core.arrays import Split
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import PluginError
from mnistkit.plugin_types import Dataset, DatasetFamily


@dataclass(frozen=True)
class _Source:
    """One dataset's split, the dataset and the split that its images are from, and its origin."""

    name: str
    split: Split
    root: tuple[str, Split]
    origin: str | None

    def shares(self, other: _Source) -> bool:
        """Whether both have images in common."""
        if self.name == other.name:
            return self.split == other.split
        return self.root == other.root

    def may_share(self, other: _Source) -> bool:
        """Whether nothing is known against it: they are of one collection, taken separately."""
        apart = self.root[0] != other.root[0]
        return apart and self.origin is not None and self.origin == other.origin


def leaves(name: str, dataset: Dataset) -> tuple[str, ...]:
    """The names of the datasets that one is made of; its own where it is of no others."""
    return dataset.parts or (name,)


def overlapping(learned_from: Iterable[str], images: LabelledImages) -> list[str]:
    """Those of some datasets whose training split has some of these images.

    Args:
        learned_from: Names of datasets, such as a card's.
        images: The split to look for in them.
    """
    held = list(_sources(images.name, images.dataset, images.split))
    return [name for name in learned_from if _any_shares(_learned(name), held)]


def related(learned_from: Iterable[str], images: LabelledImages) -> list[str]:
    """Those whose training split may have some, for all that is known; see `overlapping`."""
    held = list(_sources(images.name, images.dataset, images.split))
    return [
        name
        for name in learned_from
        if any(one.may_share(other) for one in _learned(name) for other in held)
    ]


def leaks(name: str, dataset: Dataset, other_name: str, other: Dataset) -> bool:
    """Whether the test split of a dataset has images of another one's training split."""
    return _any_shares(_sources(name, dataset, "test"), list(_sources(other_name, other, "train")))


def _any_shares(sources: Iterable[_Source], others: list[_Source]) -> bool:
    return any(one.shares(other) for one in sources for other in others)


def _learned(name: str) -> Iterator[_Source]:
    return _sources(name, _known(name), "train")


def _sources(name: str, dataset: Dataset | None, split: Split) -> Iterator[_Source]:
    """Where the images of a split are from, part by part."""
    if dataset is None:
        yield _Source(name, split, (name, split), None)
    elif dataset.parts:
        for part in dataset.parts:
            yield from _sources(part, _known(part), split)
    elif dataset.drawn_from is not None:
        yield _Source(name, split, (dataset.drawn_from, "train"), dataset.origin)
    else:
        yield _Source(name, split, (dataset.parallel_to or name, split), dataset.origin)


def _known(name: str) -> Dataset | None:
    """A dataset, where something is known of where its images are from."""
    try:
        plugin = plugins.load("dataset", name.partition(":")[0], Dataset, DatasetFamily)
    except PluginError:
        # Not installed here.
        return None
    return plugin if isinstance(plugin, Dataset) else None
