"""Where the files of datasets are found, and the one place that fetches.

Order: the folder the user named, the per-user cache, the mirrors.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from mnistkit.errors import DatasetError, DatasetUnavailableError, VerificationError

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
ATTEMPTS_AFTER_A_FAILURE = 1


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


class _PoochProgress:
    """Passes on what pooch tells; pooch resets at the end only, and closes only after success."""

    def __init__(self, begin: Callable[[], DownloadProgress]) -> None:
        self._begin = begin
        self._told: DownloadProgress | None = None

    @property
    def total(self) -> int:
        return self._told.total if self._told else 0

    @total.setter
    def total(self, value: int) -> None:
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


@dataclass(frozen=True)
class RemoteFile:
    """A gzipped file that is published on mirrors.

    Args:
        name: With the suffix `.gz`, as published.
        md5: Of the published, compressed file.
        sha256: Of the decompressed content.
    """

    name: str
    md5: str
    sha256: str

    def verify(self, content: bytes) -> None:
        """Raise `VerificationError` where the decompressed content is not the real one."""
        received = hashlib.sha256(content).hexdigest()
        if received != self.sha256:
            raise VerificationError(
                f"{self.name}: expected content with the SHA-256 {self.sha256}, received "
                f"{received}; delete the file and get it anew"
            )


@dataclass(frozen=True)
class Store:
    """Finds and fetches files.

    Args:
        data_dir: A folder of the user's to look into first; it exists.
        progress: Called with the name of each file that is fetched.
    """

    data_dir: Path | None = None
    progress: Callable[[str], DownloadProgress] | None = None

    def read(self, folder: str, file: RemoteFile, mirrors: Sequence[str]) -> bytes:
        """Return the decompressed content, not yet verified.

        Args:
            folder: The dataset's folder, in the data folder as in the cache.
            file: The file, stored compressed or plain.
            mirrors: Base addresses, each ending with a slash, in the order to try.

        Raises:
            DatasetUnavailableError: Neither here nor to be had from any mirror.
            DatasetError: Found, but not to be decompressed.
        """
        found = self._find(folder, file)
        path = found or self._fetch(folder, file, mirrors)
        try:
            content = path.read_bytes()
            return gzip.decompress(content) if path.suffix == ".gz" else content
        except (OSError, EOFError, zlib.error) as error:
            raise DatasetError(
                f"{path}: expected a whole gzip file that can be read, received: {error}; "
                "get the file anew"
            ) from error

    def _find(self, folder: str, file: RemoteFile) -> Path | None:
        if self.data_dir is None:
            return None
        for place in (self.data_dir / folder, self.data_dir):
            for name in (file.name, file.name.removesuffix(".gz")):
                if (place / name).is_file():
                    return place / name
        logger.info("no %s in %s; looking in the cache", file.name, self.data_dir / folder)
        return None

    def _fetch(self, folder: str, file: RemoteFile, mirrors: Sequence[str]) -> Path:
        """Download into the per-user cache, unless the file is there already."""
        import pooch
        from requests.exceptions import RequestException

        pooch.get_logger().setLevel(logging.CRITICAL)
        progress = _PoochProgress(partial(self.progress, file.name)) if self.progress else None
        downloader = pooch.HTTPDownloader(
            # pooch takes any object with tqdm's interface, or False for none.
            progressbar=progress or False,
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
        )
        reasons = []
        try:
            for mirror in mirrors:
                cache = pooch.create(
                    path=pooch.os_cache("mnistkit") / folder,
                    base_url=mirror,
                    registry={file.name: f"md5:{file.md5}"},
                    retry_if_failed=ATTEMPTS_AFTER_A_FAILURE,
                )
                try:
                    # Written beside and renamed: two processes that fetch at once both succeed.
                    return Path(cache.fetch(file.name, downloader=downloader))
                except (RequestException, ValueError) as error:
                    logger.debug("%s%s", mirror, file.name, exc_info=True)
                    reasons.append(f"{mirror.split('/')[2]}: {_reason(error)}")
        # RequestException is an OSError as well, but caught above.
        except OSError as error:
            raise DatasetUnavailableError(
                f"{file.name} could not be kept in the cache {cache.abspath}: {error}; name "
                "another place with XDG_CACHE_HOME, or a folder that has the file with --data-dir"
            ) from error
        finally:
            if progress:
                progress.end()
        raise DatasetUnavailableError(
            f"{file.name} is neither in a data folder nor in the cache, and could not be fetched "
            f"({'; '.join(reasons)}); connect to the network, or name a folder that has it with "
            "--data-dir or MNISTKIT_DATA"
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
