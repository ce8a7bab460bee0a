"""Making a 28x28 image from the grey pixels of a picture, as MNIST's and EMNIST's were made.

Reference:
    Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits. "The original
    black and white images were size normalized to fit in a 20x20 pixel box while
    preserving their aspect ratio ... centered in a 28x28 image by computing the
    center of mass of the pixels."
    G. Cohen, S. Afshar, J. Tapson, A. van Schaik: EMNIST: an extension of MNIST to handwritten
    letters. IJCNN 2017. The character's box is centred in a square with a border of 2 pixels,
    its aspect ratio kept, and the square is scaled to 28x28.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.preprocessing.components import Region
from mnistkit.core.preprocessing.grey import WHITE, GreyPicture
from mnistkit.core.preprocessing.image_form import (
    CENTRE,
    CHARACTER,
    DIGIT,
    Form,
    centre_of_mass,
    image_of,
)
from mnistkit.core.preprocessing.ink import find_paper, ink_of
from mnistkit.core.preprocessing.isolation import extent, isolate, strongest
from mnistkit.core.preprocessing.light import reduced
from mnistkit.core.preprocessing.objects import prepare_object

# Largest distance of an MNIST image's centre of mass from its middle, in pixels.
MAX_OFFSET = 0.55

# A picture of less contrast, in grey levels, has no ink.
MIN_CONTRAST = 24
MIN_INK = 0.6 * MIN_CONTRAST
WORKING_SIDE = 160
# A digit smaller than this, in pixels of the reduced picture, is cropped and prepared again.
MIN_DETAIL = 40


@dataclass(frozen=True)
class Prepared:
    """What a preparation made of a picture.

    Args:
        image: uint8 (28, 28), bright ink on black; None if there is no ink.
        several: Whether the picture holds another digit beside this one.
    """

    image: NDArray[np.uint8] | None
    several: bool = False


def prepare_digit(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Return the image of one digit: its ink scaled to a 20x20 box and centred by its mass.

    An MNIST image is returned unchanged, an inverted one only inverted.

    Args:
        picture: uint8 (height, width), of any size; dark on light or light on dark.

    Returns:
        An image, uint8 (28, 28), bright ink on black; None if there is no ink.
    """
    return _prepare_in(picture, DIGIT).image


def prepare_character(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Return the image of one character: its ink scaled to a 24x24 box, and the box centred.

    An EMNIST image is returned unchanged, an inverted one only inverted. See `prepare_digit`.
    """
    return _prepare_in(picture, CHARACTER).image


PREPARATIONS: dict[str, Callable[[GreyPicture], NDArray[np.uint8] | None]] = {
    "digit": prepare_digit,
    "character": prepare_character,
    "object": prepare_object,
}
"""Functions from a picture to an image, by the name that datasets and model cards use."""


def prepare(picture: GreyPicture, preparation: str) -> Prepared:
    """Return the image that a preparation makes, and whether the picture holds several digits."""
    if preparation == "digit":
        return _prepare_in(picture, DIGIT)
    return Prepared(PREPARATIONS[preparation](picture))


def _prepare_in(picture: GreyPicture, form: Form) -> Prepared:
    small = reduced(picture, WORKING_SIDE)
    if int(small.max()) - int(small.min()) < MIN_CONTRAST:
        return Prepared(None)
    # An image has no ink in its corners.
    bright = np.subtract(WHITE, small) if small[0, 0] == WHITE else small
    if _is_image(bright, form):
        return Prepared(bright)
    ink = ink_of(small, find_paper(small))
    if strongest(ink) < MIN_INK:
        return Prepared(None)
    found = isolate(ink, far_pieces=form.far_pieces)
    if found.canvas is not None:
        inside = _prepare_in(_part(picture, found.canvas, small.shape), form)
        if inside.image is not None:
            return inside
    if small is not picture and max(found.ink.shape) < MIN_DETAIL:
        nearer = _part(picture, _widened(found.box), small.shape)
        if nearer.size <= picture.size / 2:
            return replace(_prepare_in(nearer, form), several=found.has_neighbours)
    return Prepared(image_of(found.ink, form), found.has_neighbours)


def _widened(box: Region) -> Region:
    """Return a box with its longer side as a margin, without an end in the picture."""
    side = max(place.stop - place.start for place in box)
    rows, columns = (slice(max(place.start - side, 0), place.stop + side) for place in box)
    return rows, columns


def _part(picture: GreyPicture, region: Region, shape: tuple[int, ...]) -> GreyPicture:
    """Return the part of a picture in a region of its reduced copy."""
    factor = -(-picture.shape[0] // shape[0])
    rows, columns = (slice(place.start * factor, place.stop * factor) for place in region)
    return picture[rows, columns]


def _is_image(ink: NDArray[np.uint8], form: Form) -> bool:
    if ink.shape != IMAGE_SHAPE:
        return False
    box = extent(ink > 0)
    shortest, longest = form.sides
    if not shortest <= max(place.stop - place.start for place in box) <= longest:
        return False
    if form.by_mass:
        return bool(np.abs(centre_of_mass(ink) - CENTRE).max() <= MAX_OFFSET)
    return _is_centred(box)


def _is_centred(box: Region) -> bool:
    """Return whether opposite margins of a box in an image differ by at most one pixel."""
    margins = ((place.start, IMAGE_SHAPE[0] - place.stop) for place in box)
    return all(abs(before - after) <= 1 for before, after in margins)
