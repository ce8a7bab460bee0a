"""The store of datasets, with a bar for what it downloads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnistkit.cli import terminal
from mnistkit.errors import UsageError

if TYPE_CHECKING:
    from mnistkit.cli.progress.display import Display
    from mnistkit.fetching.store import Store


def make_store(data_dir: Path | None, display: Display | None = None) -> Store:
    """Return the store a command loads datasets from.

    Args:
        data_dir: The user's data folder.
        display: The command's display, which also shows downloads; None for one of their own.

    Raises:
        UsageError: The folder is not there.
    """
    from mnistkit.fetching.store import Store

    if data_dir is not None and not data_dir.is_dir():
        raise UsageError(
            f"expected --data-dir or MNISTKIT_DATA to name a folder, received {data_dir}; name "
            "an existing one"
        )
    if not terminal.may_animate():
        return Store(data_dir)
    from mnistkit.cli.progress.counting import downloads

    return Store(data_dir, downloads(display))
