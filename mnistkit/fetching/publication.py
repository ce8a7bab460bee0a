"""What is published, and where: the facts a dataset states of its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Publication:
    """Where files that belong together are published, and where they are looked for.

    Args:
        folder: Their folder, in a data folder as in the cache.
        mirrors: Base addresses, each ending with a slash, in the order to try.
        installed: Where a package of the operating system lays them.
        direct: Whether they may lie in a data folder itself, too. Files that are called as
            another dataset's may not: they would be taken for these.
    """

    folder: str
    mirrors: tuple[str, ...]
    installed: Path | None = None
    direct: bool = False


@dataclass(frozen=True)
class RemoteFile:
    """A file of a publication; its suffix says how it is compressed.

    Args:
        publication: Where it is to be had.
        name: As published.
        published: Checksum of the published file, `md5:` or `sha256:` and hexadecimal
            digits; None for a file in an archive.
        content: Checksum of the decompressed content, the same way; None where none is known.
        size: Bytes of the published file; None where that is not known.
        archive: The zip archive that is published with this file inside.
        instead: What is taken where it is found and this file is not: the same in another form.
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
        """What is downloaded for this file: itself, or the archive it is in."""
        return self.archive or self
