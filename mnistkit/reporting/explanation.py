"""Drawing what an answer rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.core.preprocessing.light import reduced
from mnistkit.evaluation.explanation import NEAREST, SAMPLE, SAMPLE_SPLIT, Explanation, Neighbour
from mnistkit.reporting import style
from mnistkit.reporting.figures import save_figure
from mnistkit.reporting.names import legible
from mnistkit.reporting.occlusion_map import overlay, scale_of

MOST_BARS = 10
LONGEST_NAME, LONGEST_SOURCE = 20, 80
# Pixels of a picture's longer side; more would not be seen.
SIDE = 400
COLUMNS = 2 * NEAREST


def draw(
    explanation: Explanation,
    picture: GreyPicture,
    source: str,
    path: Path,
    *,
    overwrite: bool = True,
) -> None:
    """Draw the picture, the image, the probabilities, the occlusion map and the nearest images.

    Args:
        explanation: What the answer rests on.
        picture: The picture, uint8 (height, width).
        source: Its name.
        path: The file to write; its suffix decides the format (PNG, PDF, SVG).
        overwrite: Whether an existing file is replaced.
    """
    from matplotlib.figure import Figure

    # Without a layout that is computed, which would take longer than all else.
    with style.styled(**{"figure.constrained_layout.use": False, "axes.grid": False}):
        figure = Figure(figsize=(11, 6))
        figure.suptitle(_title(explanation, source), parse_math=False)
        upper = figure.add_gridspec(1, 4, left=0.03, right=0.97, bottom=0.45, top=0.85, wspace=0.3)
        first, second, third, fourth = (figure.add_subplot(upper[place]) for place in range(4))
        _show(first, reduced(picture, SIDE), "picture")
        _show(second, explanation.image, "image, as the model sees it")
        _show(third, overlay(explanation), _occlusion_title(explanation))
        _draw_bars(fourth, explanation)
        _draw_nearest(figure, explanation.nearest)
        save_figure(figure, path, overwrite=overwrite)


def _title(explanation: Explanation, source: str) -> str:
    confidence = float(explanation.probabilities.max())
    best = legible(explanation.ranked[0], LONGEST_NAME)
    return f"{legible(source, LONGEST_SOURCE)}: {best}, {confidence:.2%}"


def _occlusion_title(explanation: Explanation) -> str:
    occlusion = explanation.occlusion
    side, scale = occlusion.window.side, scale_of(occlusion.drops)
    return (
        f"occlusion, {side}x{side} pixels, stride {occlusion.window.stride}\n"
        f"mean change of {legible(occlusion.label, LONGEST_NAME)} at a pixel,\n"
        f"at most {scale:.2f} (orange: falls, blue: rises)"
    )


def _draw_bars(axes: Any, explanation: Explanation) -> None:
    shares = np.sort(explanation.probabilities)[::-1][:MOST_BARS]
    labels = [legible(label, LONGEST_NAME) for label in explanation.ranked[:MOST_BARS]]
    places = range(len(labels))
    axes.barh(places, shares, color=style.FIRST)
    # matplotlib would typeset text between dollar signs as mathematics.
    axes.set_yticks(places, labels, parse_math=False)
    axes.set(xlim=(0, 1), xlabel="probability")
    axes.invert_yaxis()
    axes.set_title("the most probable labels", fontsize=9)


def _draw_nearest(figure: Any, nearest: Sequence[Neighbour] | None) -> None:
    if nearest is None:
        figure.text(0.5, 0.2, f"{SAMPLE} has no such images", ha="center")
        return
    figure.text(0.5, 0.36, f"nearest images in {SAMPLE}, {SAMPLE_SPLIT} split", ha="center")
    lower = figure.add_gridspec(1, COLUMNS, left=0.03, right=0.97, bottom=0.03, top=0.28)
    for place, found in enumerate(nearest):
        title = f"{found.label}: number {found.index}\ndistance {found.distance:.2f}"
        _show(figure.add_subplot(lower[place]), found.image, title)


def _show(axes: Any, pixels: NDArray[np.uint8], title: str) -> None:
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=255)
    axes.set_title(title, fontsize=9, parse_math=False)
    axes.axis("off")
