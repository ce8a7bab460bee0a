"""Converting a picture of any mode to grey pixels, in bands of rows, and to RGB.

Bands save memory: a large picture is never held twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GreyPicture = NDArray[np.uint8]
"""uint8 (height, width), luminance: white is 255."""
ColourPicture = NDArray[np.uint8]
"""uint8 (height, width, 3), RGB."""

WHITE, WHITE_16 = 255, 65535
# Grey levels between white paper and ink that is not seen on it.
FAINT = 24
BAND_PIXELS = 2**20


def grey_of(image: Image.Image) -> GreyPicture:
    """Return the luminance of a picture, on white where it is transparent, or on black.

    White ink on a transparent picture is seen on black only.

    Args:
        image: Of any mode; 16-bit, 32-bit and float pixels are scaled to 0..255.

    Returns:
        uint8 (height, width).
    """
    # Loading may turn a TIFF, which changes its size.
    image.load()
    levels = _levels(image)
    grey = _converted(image, levels)
    if levels is _on_white and int(grey.min()) >= WHITE - FAINT and _is_mostly_clear(image):
        return _converted(image, _on_black)
    return grey


def colour_of(image: Image.Image) -> ColourPicture:
    """Return a picture in RGB, on white where it is transparent.

    A picture of a grey mode, or of the mode LAB, has the levels of `grey_of`.
    """
    image.load()
    if image.mode[0] in "IFL":
        return np.repeat(grey_of(image)[..., np.newaxis], 3, axis=2)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        image = paper
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _converted(image: Image.Image, levels: Callable[[Image.Image], GreyPicture]) -> GreyPicture:
    grey = np.empty((image.height, image.width), np.uint8)
    for top, band in _bands(image):
        grey[top : top + band.height] = levels(band)
    return grey


def _is_mostly_clear(image: Image.Image) -> bool:
    opacity = _converted(image, lambda band: np.asarray(_with_alpha(band).getchannel("A")))
    return bool(opacity.mean() < WHITE / 2)


def _levels(image: Image.Image) -> Callable[[Image.Image], NDArray[np.uint8]]:
    """Return the function that converts a band of the picture to grey levels."""
    if image.mode[0] in "IF":
        return _scaled(image)
    if image.mode == "LAB":
        return lambda band: np.asarray(band.getchannel("L"))
    return _on_white if image.has_transparency_data else _luminance


def _bands(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """Yield the first row of each band, and the band."""
    rows = max(BAND_PIXELS // max(image.width, 1), 1)
    if rows >= image.height:
        yield 0, image
        return
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _luminance(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("L"))


def _on_white(image: Image.Image) -> NDArray[np.uint8]:
    return _on(image, WHITE)


def _on_black(image: Image.Image) -> NDArray[np.uint8]:
    return _on(image, 0)


def _on(image: Image.Image, level: int) -> NDArray[np.uint8]:
    image = _with_alpha(image)
    paper = Image.new("L", image.size, level)
    paper.paste(image, mask=image)
    return np.asarray(paper)


def _with_alpha(image: Image.Image) -> Image.Image:
    # Pillow converts the premultiplied "La" to "LA" only.
    return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")


def _scaled(image: Image.Image) -> Callable[[Image.Image], NDArray[np.uint8]]:
    """Return the function that scales 16-bit, 32-bit and float pixels; Pillow would clip them."""
    transparent = image.info.get("transparency")

    def numbers(band: Image.Image) -> NDArray[Any]:
        values = np.array(band)
        if transparent is not None:
            values[values == transparent] = WHITE_16
        if values.dtype.newbyteorder("=") == np.uint16:
            return values
        return np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)

    extremes = [
        (values.min(), values.max()) for values in (numbers(band) for _, band in _bands(image))
    ]
    low, high = min(low for low, _ in extremes), max(high for _, high in extremes)
    scale = _scale_of(image.mode, low, high)
    return lambda band: scale(numbers(band)).astype(np.uint8)


def _scale_of(mode: str, low: Any, high: Any) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return the function that scales numbers in [low, high] to 0..255."""
    if mode.startswith("I;16"):
        # Programs store 8 bits in 16, cameras and scanners 10 to 12.
        unused = max(int(high).bit_length() - 8, 0) if high < 2**12 else 8
        return lambda values: values >> unused
    if low >= 0 and high <= WHITE:
        # Floats in [0, 1] have 1 as white.
        factor = WHITE if mode == "F" and high <= 1 else 1.0
        return lambda values: np.rint(values * factor)
    if low >= 0 and high <= WHITE_16:
        return lambda values: values * (WHITE / WHITE_16)
    return lambda values: (values - low) * (WHITE / ((high - low) or 1))
