"""The store of datasets, with a bar for what it downloads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnistkit.cli import output

if TYPE_CHECKING:
    from mnistkit.datasets.store import Store


def make_store(data_dir: Path | None) -> Store:
    """Return the store a command loads datasets from."""
    from mnistkit.datasets.store import Store

    if not output.may_animate():
        return Store(data_dir)
    from mnistkit.cli.progress import DownloadBar

    return Store(data_dir, DownloadBar)
