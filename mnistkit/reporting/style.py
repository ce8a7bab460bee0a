"""The style of every plot: colours that colour-blind people tell apart, also when printed in grey.

Reference:
    M. Okabe, K. Ito: Color universal design, 2008 (the colours).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from mnistkit.reporting.names import drawable

INK, MUTED, LINE = "#1b1c1f", "#605f5a", "#dedbd4"
FIRST, SECOND, THIRD = "#0072b2", "#d55e00", "#e69f00"

SERIES = (
    (FIRST, "o", "-"),
    (SECOND, "s", "--"),
    ("#1b1c1f", "^", "-."),
    (THIRD, "D", ":"),
    ("#009e73", "v", (0, (5, 1))),
    ("#cc79a7", "P", (0, (3, 1, 1, 1))),
)
"""Colour, marker and line style of the curves in one plot, which repeat after the last."""

HEAT = "Oranges"
"""The colour map of counts of mistakes; the more, the darker."""

DOTS_PER_INCH = 120

# Characters of a name in a title; a dataset's name may be a long path.
LONGEST_NAME = 50

SETTINGS: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.titlesize": "large",
    "font.size": 10,
    "grid.color": LINE,
    "legend.frameon": False,
    "lines.markersize": 4,
    "savefig.dpi": DOTS_PER_INCH,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


def styled(**more: Any) -> AbstractContextManager[None]:
    """Return the context in which plots of this style are drawn and saved."""
    import matplotlib as mpl

    return mpl.rc_context(SETTINGS | more)


def series(number: int) -> dict[str, Any]:
    """Return the look of the curve of a number, counted from 0."""
    colour, marker, line = SERIES[number % len(SERIES)]
    return {"color": colour, "marker": marker, "linestyle": line}


def title(subject: str, dataset: str) -> str:
    """Return the title of a plot, with the end of each name that is too long."""
    return f"{brief(subject)} on {brief(dataset)}"


def brief(name: str, most: int = LONGEST_NAME) -> str:
    """Return a name, or the end of one that is longer than `most` characters."""
    shown = drawable(name)
    return shown if len(shown) <= most else f"…{shown[1 - most :]}"


def use_whole_numbers(axis: Any) -> None:
    """Put the ticks of an axis at whole numbers only."""
    axis.get_major_locator().set_params(integer=True, min_n_ticks=1)
