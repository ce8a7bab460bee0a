"""Images in a terminal: coloured half blocks, or characters of some shades."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.text import Text

from mnistkit.cli import terminal, wrapping
from mnistkit.cli.escaping import escaped
from mnistkit.cli.predict.formats import SHADES
from mnistkit.core.arrays import IMAGE_SHAPE, Images
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.evaluation.explanation import Explanation
from mnistkit.reporting.occlusion_map import overlay, scale_of

SIDE, WHITE = IMAGE_SHAPE[0], 255
# Its foreground is the upper pixel, its background the lower one.
HALF_BLOCK = "\N{UPPER HALF BLOCK}"
GAP = "    "

Block = list[Text]
"""Lines of one width, to stand beside others."""


def of_picture(picture: GreyPicture) -> Block:
    """Return a picture of any size, within the size of an image, on black."""
    shown = Image.fromarray(picture)
    # It enlarges small pictures, too.
    factor = SIDE / max(shown.size)
    size = [max(round(side * factor), 1) for side in shown.size]
    canvas = Image.new("L", (SIDE, SIDE))
    canvas.paste(shown.resize(size, Image.Resampling.BOX))
    return of_image(np.asarray(canvas))


def of_image(image: Images) -> Block:
    """Return a grey image."""
    if terminal.has_shades():
        return _half_blocks(np.repeat(image[..., np.newaxis], 3, axis=2))
    return _characters(image / WHITE)


def of_occlusion(explanation: Explanation) -> Block:
    """Return the occlusion map: over its image, or without colours where the probability falls."""
    if terminal.has_shades():
        return _half_blocks(overlay(explanation))
    drops = explanation.occlusion.drops
    return _characters(drops.clip(0) / scale_of(drops))


def of_text(lines: Sequence[str]) -> Block:
    """Return lines of text, wrapped to the room beside an image."""
    room = wrapping.WIDTH - SIDE - len(GAP)
    return [Text(part) for each in lines for part in textwrap.wrap(escaped(each), room) or [""]]


def beside(left: tuple[str, Block], right: tuple[str, Block]) -> Iterator[Text]:
    """Yield the lines of two titled blocks, side by side."""
    columns = ([Text(title), *block] for title, block in (left, right))
    for first, second in zip_longest(*columns, fillvalue=Text()):
        line = first.copy()
        line.pad_right(SIDE - line.cell_len)
        yield line.append(GAP).append_text(second)


def _half_blocks(colours: NDArray[np.uint8]) -> Block:
    return [
        Text.assemble(*(_cell(*pixels) for pixels in zip(upper, lower, strict=True)))
        for upper, lower in zip(colours[::2].tolist(), colours[1::2].tolist(), strict=True)
    ]


def _cell(upper: list[int], lower: list[int]) -> tuple[str, str]:
    foreground, background = (f"rgb({','.join(map(str, colour))})" for colour in (upper, lower))
    return HALF_BLOCK, f"{foreground} on {background}"


def _characters(values: NDArray[np.float64]) -> Block:
    """Return values from 0 to 1 as characters, each for two pixels above one another."""
    halved = values.reshape(SIDE // 2, 2, SIDE).mean(axis=1)
    levels = np.rint(halved * (len(SHADES) - 1)).astype(int)
    return [Text("".join(SHADES[level] for level in row)) for row in levels.tolist()]
