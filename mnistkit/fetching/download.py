"""Fetching from mirrors into the per-user cache, in one place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol

from mnistkit.__about__ import __version__
from mnistkit.errors import DatasetUnavailableError, reason_of
from mnistkit.fetching.publication import RemoteFile

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
ATTEMPTS_AFTER_A_FAILURE = 1
# A mirror that has sent less than this on average, in bytes a second, is given up after so many
# seconds.
MIN_SPEED = 4096
PATIENCE = 60.0


class DownloadProgress(Protocol):
    """Is told how a download goes."""

    total: int
    """The bytes expected; set before `reset`."""

    def reset(self) -> None:
        """A download begins, or begins anew."""

    def update(self, n: int) -> None:
        """`n` more bytes have come."""

    def close(self) -> None:
        """The download has ended, well or not."""


class _Watch:
    """Gives up an answer whose bytes come too slowly, however few come at a time.

    Every byte begins the read timeout anew, and pooch tells of whole kilobytes only.
    """

    def __init__(self) -> None:
        self.gave_up = False
        self._ended = Event()

    def begin(self, response: Any, **_options: Any) -> None:
        """Watch an answer whose header has come; requests calls it."""
        self.end()
        self.gave_up, self._ended = False, Event()
        Thread(target=self._watch, args=(response.raw, self._ended), daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def _watch(self, raw: Any, ended: Event) -> None:
        started = time.monotonic()
        # When too little has come, unless more comes until then.
        due = PATIENCE
        while not ended.wait(due - (time.monotonic() - started)):
            due = raw.tell() / MIN_SPEED
            if due < time.monotonic() - started:
                self.gave_up = True
                # Where it is all read by now, there is nothing to end.
                with suppress(OSError, RuntimeError, ValueError):
                    raw.shutdown()
                return


class _PoochProgress:
    """Passes on what pooch tells, which resets at the end only, and closes only after success."""

    def __init__(self, begin: Callable[[], DownloadProgress] | None) -> None:
        self._begin = begin
        self._told: DownloadProgress | None = None
        self._total = 0

    @property
    def total(self) -> int:
        return self._total

    @total.setter
    def total(self, value: int) -> None:
        self._total = value
        if self._begin is not None:
            self._told = self._told or self._begin()
            self._told.total = value
            self._told.reset()

    def reset(self) -> None:
        if self._told:
            self._told.reset()

    def update(self, n: int) -> None:
        if self._told:
            self._told.update(n)

    def close(self) -> None:
        pass

    def end(self) -> None:
        if self._told:
            self._told.close()


def cached(file: RemoteFile) -> Path | None:
    """Where a file lies in the cache, once it was fetched; None for a user without a home."""
    import pooch

    try:
        folder = Path(pooch.os_cache("mnistkit"))
    except RuntimeError:
        return None
    # So older releases of what pooch asks return it.
    is_known = not str(folder).startswith("~")
    return folder / file.publication.folder / file.name if is_known else None


def fetch(file: RemoteFile, begin: Callable[[str], DownloadProgress] | None) -> Path:
    """Download into the per-user cache, unless the file is there already.

    Args:
        file: Which; no file in an archive.
        begin: Called with its name where it is fetched.

    Raises:
        DatasetUnavailableError: Not to be had from any mirror, or not to be kept.
    """
    import pooch
    from requests.exceptions import RequestException

    pooch.get_logger().setLevel(logging.CRITICAL)
    progress = _PoochProgress(partial(begin, file.name) if begin else None)
    place = cached(file)
    if place is None:
        raise DatasetUnavailableError(
            f"{file.name} is in no data folder, and this user has no home folder to keep it in; "
            "set XDG_CACHE_HOME, or name a folder that has the file with --data-dir"
        )
    folder = place.parent
    reasons = []
    try:
        for mirror in file.publication.mirrors:
            watch = _Watch()
            cache = pooch.create(
                path=folder,
                base_url=mirror,
                registry={file.name: file.published},
                retry_if_failed=ATTEMPTS_AFTER_A_FAILURE,
            )
            try:
                # Written beside and renamed: two processes that fetch at once both succeed.
                return Path(cache.fetch(file.name, downloader=_downloader(progress, watch)))
            except (RequestException, ValueError) as error:
                logger.debug("%s%s", mirror, file.name, exc_info=True)
                reason = "too slow" if watch.gave_up else _reason(error)
                reasons.append(f"{mirror.split('/')[2]}: {reason}")
            finally:
                watch.end()
    # RequestException is an OSError as well, but caught above.
    except OSError as error:
        raise DatasetUnavailableError(
            f"{file.name} could not be kept in the cache {folder}: "
            f"{reason_of(error, folder=True)}; name another place with XDG_CACHE_HOME, or a folder "
            "that has the file with --data-dir"
        ) from error
    finally:
        progress.end()
    raise DatasetUnavailableError(
        f"{file.name} is neither in a data folder nor in the cache, and could not be fetched "
        f"({'; '.join(reasons)}); connect to the network, or name a folder that has it in "
        f"{file.publication.folder}/ with --data-dir or MNISTKIT_DATA"
    )


def _downloader(progress: _PoochProgress, watch: _Watch) -> Any:
    import pooch

    return pooch.HTTPDownloader(
        # pooch takes any object with tqdm's interface.
        progressbar=progress,
        timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
        # Some servers turn the default of Python's libraries away.
        headers={"User-Agent": f"mnistkit/{__version__}"},
        hooks={"response": watch.begin},
    )


def _reason(error: Exception) -> str:
    from requests.exceptions import ConnectionError as NoConnectionError
    from requests.exceptions import HTTPError, Timeout

    if isinstance(error, Timeout):
        return "no answer in time"
    if isinstance(error, HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, NoConnectionError):
        return "no connection"
    if isinstance(error, ValueError):
        return "wrong bytes"
    return str(error)
