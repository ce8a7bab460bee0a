"""Make the pictures in mnistkit/assets/examples: photos of digits of the bundled sample.

    PYTHONPATH=tests python tests/assets/make_examples.py

The seeds are fixed, so that the pictures are the same on the same machine.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pages import make_page
from PIL import Image

from mnistkit.data.loading import LabelledImages, load_split
from mnistkit.fetching.store import Store

FOLDER = Path(__file__).parents[2] / "mnistkit" / "assets" / "examples"
SEVEN, PAGE = (7, 6), (2, 9)
PAGE_LAYOUT = ((3, 3, 4), (5,), (4, 2), (3, 1, 2))
PAGE_SIDE, PAGE_QUALITY = 1000, 80
# Left, top, right and bottom around the digit, and the side of the picture.
SEVEN_BOX, SEVEN_SIDE = (270, 620, 750, 1100), 160


def main() -> None:
    """Write both."""
    sample = load_split("mnist-sample", "test", Store())
    FOLDER.mkdir(exist_ok=True)
    seven = Image.fromarray(photo_of_a_seven(sample)).crop(SEVEN_BOX)
    seven.resize((SEVEN_SIDE, SEVEN_SIDE)).save(FOLDER / "seven.png", optimize=True)
    page = Image.fromarray(
        make_page(sample.images, sample.class_indices, PAGE, PAGE_LAYOUT).picture
    )
    page.thumbnail((PAGE_SIDE, PAGE_SIDE))
    page.save(FOLDER / "page.jpg", quality=PAGE_QUALITY, optimize=True)


def photo_of_a_seven(sample: LabelledImages) -> NDArray[np.uint8]:
    sevens = sample.class_indices == 7
    layout = ((1,),)
    return make_page(sample.images[sevens], sample.class_indices[sevens], SEVEN, layout).picture


if __name__ == "__main__":
    main()
