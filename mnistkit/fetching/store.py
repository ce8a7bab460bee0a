"""Finding the files of datasets.

They are looked for in the user's data folder, in the folder of an operating system's package, in
the per-user cache and on the mirrors, in this order.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from mnistkit.core.files import Stamp, stamp
from mnistkit.errors import VerificationError
from mnistkit.fetching.compression import MAX_BYTES, OPENERS, checksum, file_checksum, read
from mnistkit.fetching.download import Track, cached, fetch
from mnistkit.fetching.publication import Publication, RemoteFile

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredFile:
    """A file that was found or fetched.

    Args:
        file: Its description.
        path: Where it, or its archive, is stored.
        content: Its bytes, decompressed.
        fetched: Whether it was fetched, and so verified already.
    """

    file: RemoteFile
    path: Path
    content: bytes
    fetched: bool

    def verify(self) -> None:
        """Raise `VerificationError` if the checksum differs; log it if none is known."""
        if self.file.content is not None:
            received = checksum(self.file.content, self.content)
            if received != self.file.content:
                raise VerificationError(
                    f"{self.path}: expected content with the checksum {self.file.content}, "
                    f"received {received}; delete the file and get it again"
                )
        elif not self.fetched and not self._is_the_published_file():
            logger.info(
                "%s: not the published file, and no checksum of its content is known; only its "
                "shape and labels were checked",
                self.path,
            )

    def _is_the_published_file(self) -> bool:
        published = self.file.to_fetch.published
        if published is None or self.path.name != self.file.to_fetch.name:
            return False
        return _file_checksum(published, self.path, stamp(self.path)) == published


@cache
def _file_checksum(like: str, path: Path, _stamp: Stamp) -> str:
    """Return `file_checksum`, cached, since an archive has many files."""
    return file_checksum(like, path)


@dataclass(frozen=True)
class Store:
    """Finds and fetches files.

    Args:
        data_dir: The user's data folder, which exists; None for none.
        track: Shows the progress of each download; None for no display.
    """

    data_dir: Path | None = None
    track: Track | None = None

    def read(self, file: RemoteFile, most: int = MAX_BYTES) -> StoredFile:
        """Return a file, decompressed but not yet verified.

        Args:
            file: The file.
            most: Largest accepted size, decompressed, in bytes.

        Raises:
            DatasetUnavailableError: It is not stored here, and no mirror delivers it.
            DatasetError: It is damaged or too large.
        """
        path = self._find(file)
        if path is None and file.instead is not None and self._find(file.instead):
            return self.read(file.instead, most)
        if path is None and self.data_dir is not None:
            place = self.data_dir / file.publication.folder
            logger.info("no %s in %s; looking in the cache", file.name, place)
        fetched = path is None
        path = path or fetch(file.to_fetch, self.track)
        inside = file.name if file.archive and path.suffix == ".zip" else None
        return StoredFile(file, path, read(path, inside, most), fetched)

    def locate(self, file: RemoteFile) -> Path | None:
        """Return the path of a file or its archive, cache included; None if it must be fetched."""
        found = self._find(file) or (self._find(file.instead) if file.instead else None)
        fetched = cached(file.to_fetch)
        return found or (fetched if fetched and fetched.is_file() else None)

    def _find(self, file: RemoteFile) -> Path | None:
        """Return the path of a file or its archive, compressed or not, outside the cache."""
        suffix = Path(file.name).suffix
        names = [file.name, file.name.removesuffix(suffix)] if suffix in OPENERS else [file.name]
        folders = [""]
        if file.archive is not None:
            # The folder of an unpacked archive.
            folders.append(Path(file.archive.name).stem)
        places = list(self._places(file.publication))
        candidates = (Path(*parts) for parts in product(places, folders, names))
        found = next((path for path in candidates if path.is_file()), None)
        return found or (self._find(file.archive) if file.archive else None)

    def _places(self, publication: Publication) -> Iterator[Path]:
        if self.data_dir is not None:
            yield self.data_dir / publication.folder
            if publication.direct or self.data_dir.resolve().name == publication.folder:
                yield self.data_dir
        if publication.installed is not None:
            yield publication.installed
