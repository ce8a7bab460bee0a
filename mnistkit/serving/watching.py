"""Saying once that the model on the disk is no longer the one that is served."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from mnistkit.core.files import Stamp, stamp

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 2.0


def watch(path: Path | None) -> None:
    """Watch a model's file in a thread that ends with the process."""
    if path is not None:
        threading.Thread(target=_watch, args=(path, stamp(path)), daemon=True).start()


def _watch(path: Path, opened: Stamp) -> None:
    while (now := stamp(path)) == opened:
        time.sleep(INTERVAL_SECONDS)
    logger.warning(
        "%s was %s; the one that was opened is served on, start the server again for another",
        path,
        "deleted" if now is None else "replaced",
    )
