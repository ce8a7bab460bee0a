"""The store of datasets, with a bar for what it downloads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnistkit.cli import output
from mnistkit.errors import UsageError

if TYPE_CHECKING:
    from mnistkit.fetching.store import Store


def make_store(data_dir: Path | None) -> Store:
    """Return the store a command loads datasets from.

    Raises:
        UsageError: The folder is not there.
    """
    from mnistkit.fetching.store import Store

    if data_dir is not None and not data_dir.is_dir():
        raise UsageError(
            f"expected --data-dir or MNISTKIT_DATA to name a folder, received {data_dir}; name "
            "an existing one"
        )
    if not output.may_animate():
        return Store(data_dir)
    from mnistkit.cli.progress import downloaded

    return Store(data_dir, downloaded)
