"""Plots as SVG in a page, in whose colours and letters they are drawn."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np

from mnistkit.evaluation.metrics import Evaluation
from mnistkit.reporting import style

# matplotlib's colours, and the page's that stand for them by day and by night.
COLOURS = {
    style.INK: "var(--ink)",
    style.MUTED: "var(--muted)",
    style.LINE: "var(--line)",
    style.FIRST: "var(--accent)",
    style.SECOND: "var(--heat)",
}
# Words are in the page's letters; older versions of matplotlib write size and family in one.
FONT, FAMILY = re.compile(r"font: ([\d.]+px)[^;\"]*"), re.compile(r"font-family: [^;\"]*;? ?")
# The style sheet in an SVG would hold for the whole page, and its metadata name other hosts.
DROPPED = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL
)
SIZE = re.compile(r' (?:width|height)="[\d.]+pt"')


def draw_reliability(evaluation: Evaluation, name: str) -> str:
    """Return the reliability diagram: the accuracy of each bin of confidence, and its images."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    bins = evaluation.calibration
    confidence = np.array([each.confidence for each in bins])
    accuracy = np.array([each.accuracy for each in bins])
    low, high = np.array([each.accuracy_interval for each in bins]).T
    with style.styled(**_settings(name)):
        figure = Figure(figsize=(5, 5))
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        above.plot([0, 1], [0, 1], "--", color=style.MUTED, linewidth=1)
        errors = np.maximum(0, [accuracy - low, high - accuracy])
        above.errorbar(confidence, accuracy, errors, fmt="o", color=style.FIRST, capsize=2)
        above.set(ylabel="accuracy", xlim=(0, 1.02), ylim=(0, 1.02))
        left, width = [each.low for each in bins], [each.high - each.low for each in bins]
        counts = [each.count for each in bins]
        below.bar(left, counts, width, align="edge", color=style.FIRST, edgecolor="none")
        below.set(xlabel="confidence", ylabel="images", yscale="log", ylim=(0.7, None))
        below.yaxis.set_major_formatter("{x:,.0f}")
        below.minorticks_off()
        for axis in (above.yaxis, below.xaxis):
            axis.set_major_formatter(PercentFormatter(1))
        return _to_svg(figure, name)


def draw_heat_map(evaluation: Evaluation, name: str) -> str:
    """Return the confusion matrix of many classes as a map of its mistakes."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    mistakes = evaluation.confusion_matrix.astype(float)
    np.fill_diagonal(mistakes, 0)
    # Seen on a light and on a dark page.
    colours = LinearSegmentedColormap.from_list("heat", [style.SECOND + "00", style.SECOND + "ff"])
    with style.styled(**_settings(name) | {"axes.grid": False}):
        figure = Figure(figsize=(5.5, 5))
        axes = figure.subplots()
        shown = axes.imshow(np.log1p(mistakes), cmap=colours, interpolation="nearest")
        axes.set(xlabel="predicted (number of the class)", ylabel="label (number of the class)")
        axes.spines[:].set_visible(True)
        shown.set_clim(0, max(1.0, float(np.log1p(mistakes.max()))))
        return _to_svg(figure, name)


def _settings(name: str) -> dict[str, Any]:
    """Return the settings of an SVG whose inner names no other one in the page has."""
    return {"svg.fonttype": "none", "svg.hashsalt": name, "savefig.transparent": True}


def _to_svg(figure: Any, name: str) -> str:
    """Return a figure as an `svg` element; `name` makes its ids unique in the page."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = DROPPED.sub("", drawn.getvalue()).strip()
    text = SIZE.sub("", text, count=2)
    text = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = FAMILY.sub("", FONT.sub(r"font-size: \1", text))
    for colour, meaning in COLOURS.items():
        text = text.replace(colour, meaning)
    return text.replace("<svg", '<svg aria-hidden="true"', 1)
