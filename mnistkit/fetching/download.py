"""Downloading files from mirrors into the per-user cache."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import closing
from itertools import product
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from mnistkit.__about__ import __version__
from mnistkit.core.files import replacing
from mnistkit.core.holding import clear_leftovers
from mnistkit.errors import DatasetUnavailableError, OutputError
from mnistkit.fetching.compression import file_checksum
from mnistkit.fetching.publication import RemoteFile

if TYPE_CHECKING:
    from requests import Response

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
ATTEMPTS = 2
RETRY_PAUSE = 1.0
CHUNK_BYTES = 2**16
# A download slower than this on average, in bytes per second, is given up after this many seconds.
MIN_SPEED = 4096
PATIENCE = 60.0


Parts = Generator[bytes, None, None]
Track = Callable[[Parts, int | None, str], Parts]
"""Takes the parts of a download, their bytes in all (None if unknown) and the file's name; yields
the parts as they come, and may show progress."""


class _MirrorError(Exception):
    """A mirror did not deliver the file; the message says why."""


def cached(file: RemoteFile) -> Path | None:
    """Return the path of a file in the cache, fetched or not; None without a home folder."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_cache_dir("mnistkit"))
    except RuntimeError:
        return None
    # Older releases of platformdirs return a `~` without a home folder.
    is_known = not str(folder).startswith("~")
    return folder / file.publication.folder / file.name if is_known else None


def fetch(file: RemoteFile, track: Track | None) -> Path:
    """Return the path of a file in the cache, downloaded unless it is there already.

    Args:
        file: The file, not one in an archive.
        track: Shows the progress of each attempt to download it; None for no display.

    Raises:
        DatasetUnavailableError: No mirror delivers it, or it can't be stored.
    """
    place = cached(file)
    if place is None:
        raise DatasetUnavailableError(
            f"{file.name} is not in a data folder, and there is no home folder for the cache; "
            "set XDG_CACHE_HOME, or name a folder that has the file with --data-dir"
        )
    if place.is_file() and _is_published(file, place):
        return place
    clear_leftovers(place.parent)
    try:
        _fetch_from_mirrors(file, place, track)
    except OutputError as error:
        raise DatasetUnavailableError(
            f"{error} with XDG_CACHE_HOME, or name a folder that has the file with --data-dir"
        ) from error
    return place


def _is_published(file: RemoteFile, path: Path) -> bool:
    """Return whether a file has the published checksum, or none is known; False if unreadable."""
    try:
        return file.published is None or file_checksum(file.published, path) == file.published
    except OSError:
        return False


def _fetch_from_mirrors(file: RemoteFile, place: Path, track: Track | None) -> None:
    """Download a file from the first mirror that delivers it with the right checksum."""
    reasons = {}
    for mirror, attempt in product(file.publication.mirrors, range(ATTEMPTS)):
        if attempt:
            sleep(RETRY_PAUSE)
        try:
            # Two processes that fetch at once both succeed.
            with replacing(place) as temporary:
                _download(file, mirror, temporary, track)
            return
        except _MirrorError as error:
            logger.debug("%s%s", mirror, file.name, exc_info=True)
            reasons[mirror] = f"{mirror.split('/')[2]}: {error}"
    raise DatasetUnavailableError(
        f"{file.name} is neither in a data folder nor in the cache, and could not be fetched "
        f"({'; '.join(reasons.values())}); connect to the network, or name a folder that has it "
        f"in {file.publication.folder}/ with --data-dir or MNISTKIT_DATA"
    )


def _download(file: RemoteFile, mirror: str, path: Path, track: Track | None) -> None:
    """Write what a mirror gives; raise `_MirrorError` unless it is the published file."""
    import requests
    import urllib3

    try:
        with requests.get(
            mirror + file.name,
            stream=True,
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            # Some servers refuse the default of Python's libraries.
            headers={"User-Agent": f"mnistkit/{__version__}"},
        ) as response:
            response.raise_for_status()
            chunks = _chunks(response)
            if track is not None:
                length = response.headers.get("Content-Length", "")
                chunks = track(chunks, int(length) if length.isdecimal() else None, file.name)
            # Closed at once if the file can't be written, so that no bar is left below the error.
            with closing(chunks), path.open("wb") as written:
                written.writelines(chunks)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _MirrorError(_reason(error)) from error
    if not _is_published(file, path):
        raise _MirrorError("the checksum differs")


def _chunks(response: Response) -> Parts:
    """Yield the bytes as they arrive; raise `_MirrorError` if they arrive too slowly."""
    started = monotonic()
    # Unlike `iter_content`, read1 does not wait for a whole chunk.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
        yield chunk
        seconds = monotonic() - started
        if seconds > PATIENCE and response.raw.tell() < MIN_SPEED * seconds:
            raise _MirrorError("too slow")


def _reason(error: Exception) -> str:
    from requests.exceptions import ConnectionError as NoConnectionError
    from requests.exceptions import HTTPError, Timeout
    from urllib3.exceptions import ProtocolError, ReadTimeoutError

    if isinstance(error, Timeout | ReadTimeoutError):
        return "no answer in time"
    if isinstance(error, HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, NoConnectionError):
        return "no connection"
    if isinstance(error, ProtocolError):
        return "connection lost"
    return str(error)
