"""Pictures as Python programs hold them: paths, bytes, files, Pillow images, arrays."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistkit.core.preprocessing.decoding import Photo, photo_of_image, read_photo
from mnistkit.core.preprocessing.examples import is_example, path_of_example
from mnistkit.core.preprocessing.pages import check_page, pages_of
from mnistkit.errors import PictureError, UsageError

Picture: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryIO
    | Image.Image
    | NDArray[np.uint8]
)
"""A path or `example:NAME`, bytes, a file opened in binary mode, a Pillow image, or pixels."""

GREY, COLOUR = 2, 3
CHANNELS = (1, 3, 4)


def photo_of(picture: Picture) -> Photo:
    """Return a picture as stored, from any accepted type; see `read_picture`.

    Raises:
        PictureError: It can't be read or decoded.
        UsageError: It is of another type, or an array of another shape or dtype.
    """
    if isinstance(picture, Image.Image):
        return photo_of_image(picture)
    if isinstance(picture, np.ndarray):
        return _photo_of_pixels(picture)
    place = _place_of(picture)
    with _named(picture):
        return read_photo(place)


def page_of(picture: Picture, number: int) -> Photo:
    """Decode a page of a PDF or of a TIFF file, or the one picture that all else is.

    Args:
        picture: Whatever it is given as.
        number: Of the page, from 1.

    Raises:
        PictureError: It can't be read or decoded, or has no such page.
        UsageError: It is no picture.
    """
    if isinstance(picture, Image.Image | np.ndarray):
        check_page(number, 1)
        return photo_of(picture)
    place = _place_of(picture)
    with _named(picture), closing(pages_of(place, first=number)) as pages:
        return next(pages).read()


@contextmanager
def _named(picture: Picture) -> Iterator[None]:
    """Put the name of a file before what is wrong with it."""
    try:
        yield
    except PictureError as error:
        if isinstance(picture, str | os.PathLike):
            raise PictureError(f"{picture}: {error}") from error
        raise


def _place_of(picture: Picture) -> Path | BinaryIO:
    """Where a file's bytes are."""
    if isinstance(picture, str):
        return path_of_example(picture) if is_example(picture) else Path(picture)
    if isinstance(picture, os.PathLike):
        return Path(picture)
    if isinstance(picture, bytes | bytearray | memoryview):
        return io.BytesIO(picture)
    if hasattr(picture, "read") and not isinstance(picture, io.TextIOBase):
        return cast(BinaryIO, picture)
    raise UsageError(
        "expected a path, bytes, a file opened in binary mode, a Pillow image or pixels, received "
        f"{type(picture).__name__}; open a file with mode 'rb'"
    )


def _photo_of_pixels(pixels: NDArray[Any]) -> Photo:
    is_colour = pixels.ndim == COLOUR and pixels.shape[2] in CHANNELS
    if pixels.dtype != np.uint8 or not (pixels.ndim == GREY or is_colour) or not pixels.size:
        raise UsageError(
            "expected pixels as uint8 (height, width), (height, width, 3) or (height, width, 4), "
            f"received {pixels.dtype} of shape {pixels.shape}; convert floats from 0 to 1 "
            "with (255 * pixels).astype('uint8')"
        )
    if pixels.ndim == GREY or pixels.shape[2] == 1:
        return Photo(pixels.reshape(pixels.shape[:2]), None)
    return photo_of_image(Image.fromarray(pixels))
