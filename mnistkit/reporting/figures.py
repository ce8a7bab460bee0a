"""Writing a matplotlib figure to a file."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from mnistkit.core.claims import claim_output
from mnistkit.core.files import replacing
from mnistkit.core.packages import PLOTS, require
from mnistkit.errors import UsageError

SUFFIXES = (".png", ".pdf", ".svg")


def claim_figure(path: Path, *, force: bool) -> AbstractContextManager[None]:
    """Keep other processes from writing a figure, as `claim_output` does.

    Raises:
        MissingError: Matplotlib is not installed.
        UsageError: It is not PNG, PDF or SVG, by its suffix.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"expected a file that ends with {', '.join(SUFFIXES)}, received {path}; choose one"
        )
    require("a plot", PLOTS)
    return claim_output(path, force=force)


def save_figure(figure: Any, path: Path, *, overwrite: bool = True, **options: Any) -> None:
    """Write a figure; the file's suffix decides the format (PNG, PDF, SVG).

    Raises:
        OutputError: It can't be written.
        OutputExistsError: It exists, and `overwrite` is False.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.removeprefix(".").lower(), **options)
    with replacing(path, overwrite=overwrite) as temporary:
        # Encoded in memory, because Pillow does not notice that a disk is full.
        temporary.write_bytes(drawn.getbuffer())
