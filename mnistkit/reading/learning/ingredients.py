"""The digits and typefaces that pages are made from, for training and for validation."""

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

# One in so many training digits, the last ones, is used for validation only.
HELD_OUT = 12
VALIDATION_CROPS = 160
# Seeds of the validation crops and pages; no training has them.
CROPS, PAGES = 2**32, 2**32 + 1


@dataclass(frozen=True)
class Ingredients:
    """Digits and typefaces, in the form that is sent to worker processes.

    Args:
        images: uint8 (n, 28, 28), digits.
        labels: int64 (n,).
        folders: Folders with typefaces, besides Matplotlib's own.
        held_out: Whether to use the typefaces for validation.
    """

    images: Images
    labels: ClassIndices
    folders: tuple[Path, ...]
    held_out: bool = False

    def __call__(self) -> CropMaker:
        """Return a function that makes crops of these digits and typefaces."""
        digits = self._digits()

        def make(source: np.random.Generator, side: int) -> MadePage:
            return make_crop(source, digits, side)

        return make

    def typefaces(self) -> Typefaces:
        """Return the typefaces."""
        return find_typefaces(self.folders, held_out=self.held_out)

    def _digits(self) -> Digits:
        return Digits(self.images, self.labels, self.typefaces())

    def crops(self, side: int) -> list[MadePage]:
        """Return the validation crops, the same each time."""
        make = self()
        sources = (np.random.default_rng((CROPS, place)) for place in range(VALIDATION_CROPS))
        return [make(source, side) for source in sources]

    def pages(self, each: int) -> dict[str, list[MadePage]]:
        """Return `each` whole pages of each kind, the same each time."""
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
    """Return the ingredients of training pages, and those of validation pages."""
    first = len(images) - len(images) // HELD_OUT
    learned = Ingredients(images[:first], labels[:first], tuple(folders))
    kept = Ingredients(images[first:], labels[first:], tuple(folders), held_out=True)
    return learned, kept
