"""Descriptions of published files: where they are, their sizes and checksums."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Publication:
    """The places of a dataset's files.

    Args:
        folder: Name of their folder in a data folder and in the cache.
        mirrors: Base addresses, each ending with a slash, in the order to try.
        installed: The folder in which a package of the operating system installs them.
        direct: Whether they may also be in the data folder itself; not for names that several
            datasets use.
    """

    folder: str
    mirrors: tuple[str, ...]
    installed: Path | None = None
    direct: bool = False


@dataclass(frozen=True)
class RemoteFile:
    """A published file; its suffix says how it is compressed.

    Args:
        publication: Its places.
        name: Its published name.
        published: Checksum of the published file, `md5:` or `sha256:` and hexadecimal
            digits; None for a file in an archive.
        content: Checksum of the decompressed content, in the same form; None if unknown.
        size: Bytes of the published file; None if unknown.
        archive: The published zip archive that contains it; None if it is published itself.
        instead: Another form of the same data, which is used if only that one is stored.
    """

    publication: Publication
    name: str
    published: str | None
    content: str | None = None
    size: int | None = None
    archive: RemoteFile | None = None
    instead: RemoteFile | None = None

    @property
    def to_fetch(self) -> RemoteFile:
        """The file to download: the archive that contains it, or itself."""
        return self.archive or self
