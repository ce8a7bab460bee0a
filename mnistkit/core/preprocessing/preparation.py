"""From the grey pixels of a picture to an image as MNIST has them.

Reference:
    LeCun, Cortes, Burges: The MNIST database of handwritten digits. "The original
    black and white images were size normalized to fit in a 20x20 pixel box while
    preserving their aspect ratio ... centered in a 28x28 image by computing the
    center of mass of the pixels."
    Cohen, Afshar, Tapson, van Schaik: EMNIST: an extension of MNIST to handwritten letters.
    IJCNN 2017. The character's box is centered in a square with a border of 2 pixels, its
    aspect ratio preserved, and that brought to 28x28.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.core.preprocessing.image_form import (
    CENTRE,
    CHARACTER,
    DIGIT,
    Form,
    _centre_of_mass,
    image_of,
)
from mnistkit.core.preprocessing.ink import find_paper, ink_of, reduced
from mnistkit.core.preprocessing.isolation import Region, extent, isolate, strongest
from mnistkit.core.preprocessing.objects import prepare_object

MAX_OFFSET = 0.55

# Fewer grey levels than this between the lightest and the darkest pixel is paper, not ink.
MIN_CONTRAST = 24
MIN_INK = 0.6 * MIN_CONTRAST
WORKING_SIDE = 160
# A digit smaller than this in a reduced picture is looked at again from nearer, with as much
# paper around it.
MIN_DETAIL = 40


def prepare_digit(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Isolate the ink of one digit, fit it in a 20x20 box, centre it by its mass.

    A picture that is an MNIST image already, or one inverted, comes through unchanged.

    Args:
        picture: uint8 (height, width), of any size; dark on light or light on dark.

    Returns:
        An image, uint8 (28, 28), bright ink on black; None where there is no ink.
    """
    return _prepare(picture, DIGIT)


def prepare_character(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Isolate the ink of one character, fit it in a 24x24 box, and centre that.

    As for `prepare_digit` otherwise, with EMNIST's images in MNIST's place.
    """
    return _prepare(picture, CHARACTER)


PREPARATIONS: dict[str, Callable[[GreyPicture], NDArray[np.uint8] | None]] = {
    "digit": prepare_digit,
    "character": prepare_character,
    "object": prepare_object,
}
"""How a picture becomes an image, by the name a dataset and a model's card give it."""


def _prepare(picture: GreyPicture, form: Form) -> NDArray[np.uint8] | None:
    small = reduced(picture, WORKING_SIDE)
    if int(small.max()) - int(small.min()) < MIN_CONTRAST:
        return None
    paper = find_paper(small)
    bright = np.subtract(255, small) if paper.dark_ink else small
    if _is_image(bright, form):
        return bright
    ink = ink_of(small, paper)
    if strongest(ink) < MIN_INK:
        return None
    digit, box = isolate(ink, far_pieces=form.far_pieces)
    if small is not picture and max(digit.shape) < MIN_DETAIL:
        nearer = _around(picture, box, small.shape)
        if nearer.size <= picture.size / 2:
            return _prepare(nearer, form)
    return image_of(digit, form)


def _around(picture: GreyPicture, box: Region, shape: tuple[int, ...]) -> GreyPicture:
    """The part of a picture around a box in its reduced copy of this shape."""
    factor = -(-picture.shape[0] // shape[0])
    side = max(place.stop - place.start for place in box)
    rows, columns = (
        slice(max(place.start - side, 0) * factor, (place.stop + side) * factor) for place in box
    )
    return picture[rows, columns]


def _is_image(ink: NDArray[np.uint8], form: Form) -> bool:
    if ink.shape != IMAGE_SHAPE:
        return False
    box = extent(ink > 0)
    shortest, longest = form.sides
    if not shortest <= max(place.stop - place.start for place in box) <= longest:
        return False
    if form.by_mass:
        return bool(np.abs(_centre_of_mass(ink) - CENTRE).max() <= MAX_OFFSET)
    return _is_centred(box)


def _is_centred(box: Region) -> bool:
    """Whether the margins on both sides of a box in an image differ by a pixel at most."""
    margins = ((place.start, IMAGE_SHAPE[0] - place.stop) for place in box)
    return all(abs(before - after) <= 1 for before, after in margins)
