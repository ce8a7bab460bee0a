"""Samples of a dataset as text: a grid with one image per class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from mnistkit.cli.predict.formats import SHADES
from mnistkit.core.arrays import Images
from mnistkit.data.loading import LabelledImages
from mnistkit.reporting.samples import samples

# Five images fit in 80 columns; a character is twice as high as wide.
ACROSS, WIDTH, HEIGHT = 5, 15, 8
MOST_SAMPLES = 4 * ACROSS


def sample_lines(loaded: LabelledImages) -> Iterator[str]:
    """Yield the lines of one image for each of the first classes, five in a row."""
    names = loaded.dataset.class_names
    tiles = [
        _tile(name, samples(loaded, index, 1)) for index, name in enumerate(names[:MOST_SAMPLES])
    ]
    for start in range(0, len(tiles), ACROSS):
        if start:
            yield ""
        for cells in zip(*tiles[start : start + ACROSS], strict=True):
            yield " ".join(cells).rstrip()
    if len(names) > MOST_SAMPLES:
        yield f"{len(names) - MOST_SAMPLES:,} more classes; --plot FILE draws more of them"


def _tile(name: str, images: Images) -> list[str]:
    """Return the lines of a class name and its image, all of the same width."""
    title = f"{name if len(name) <= WIDTH else name[: WIDTH - 2] + '..':<{WIDTH}}"
    if not len(images):
        return [title, *([" " * WIDTH] * HEIGHT)]
    small = np.asarray(Image.fromarray(images[0]).resize((WIDTH, HEIGHT), Image.Resampling.BOX))
    # Thin strokes become pale at this size.
    levels = small.astype(int) * (len(SHADES) - 1) // max(int(small.max()), 1)
    return [title, *("".join(SHADES[level] for level in row) for row in levels.tolist())]
