"""Writing a matplotlib figure to a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from mnistkit.core.files import replacing


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
