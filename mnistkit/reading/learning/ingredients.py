"""What pages are made from: digits and typefaces to learn from, and others that validate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnistkit.core.arrays import ClassIndices, Images
from mnistkit.reading.learning.batches import CropMaker
from mnistkit.reading.learning.digits import Digits
from mnistkit.reading.learning.made_page import KINDS, MadePage, make_crop, make_page
from mnistkit.reading.learning.typefaces import Typefaces, find_typefaces

# Of the training digits, one in so many: the last ones, which are on validation pages alone.
HELD_OUT = 12
VALIDATION_CROPS = 160
# Of the sources of chance: crops, and pages of each kind, that no seed trains on.
CROPS, PAGES = 2**32, 2**32 + 1


@dataclass(frozen=True)
class Ingredients:
    """What pages are made from, as it is sent to the processes that make them.

    Args:
        images: uint8 (n, 28, 28), digits.
        labels: int64 (n,).
        folders: Where typefaces are looked for, beside Matplotlib's own.
        held_out: Whether the typefaces are those kept for test pages.
    """

    images: Images
    labels: ClassIndices
    folders: tuple[Path, ...]
    held_out: bool = False

    def __call__(self) -> CropMaker:
        """Make digits and typefaces ready; return what makes crops of them."""
        digits = self._digits()

        def make(source: np.random.Generator, side: int) -> MadePage:
            return make_crop(source, digits, side)

        return make

    def typefaces(self) -> Typefaces:
        """Find the typefaces."""
        return find_typefaces(self.folders, held_out=self.held_out)

    def _digits(self) -> Digits:
        return Digits(self.images, self.labels, self.typefaces())

    def crops(self, side: int) -> list[MadePage]:
        """Return the crops that validate, the same each time."""
        make = self()
        sources = (np.random.default_rng((CROPS, place)) for place in range(VALIDATION_CROPS))
        return [make(source, side) for source in sources]

    def pages(self, each: int) -> dict[str, list[MadePage]]:
        """Return so many whole pages of each kind, the same each time."""
        digits = self._digits()
        return {
            kind: [
                make_page(kind, np.random.default_rng((PAGES, number, place)), digits)
                for place in range(each)
            ]
            for number, kind in enumerate(KINDS)
        }


def divided(
    images: Images, labels: ClassIndices, folders: Sequence[Path]
) -> tuple[Ingredients, Ingredients]:
    """Return what training pages, and what validation pages, are made from."""
    first = len(images) - len(images) // HELD_OUT
    learned = Ingredients(images[:first], labels[:first], tuple(folders))
    kept = Ingredients(images[first:], labels[first:], tuple(folders), held_out=True)
    return learned, kept
