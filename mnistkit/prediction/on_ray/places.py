"""Files and folders by path or URL, such as `s3://bucket/digits`, through pyarrow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from glob import has_magic, iglob
from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyarrow import fs

from mnistkit.core.files import is_there
from mnistkit.errors import InputError, UsageError, reason_of
from mnistkit.prediction.sources import STDIN

SCHEME = "://"


def is_url(text: str) -> bool:
    """Return whether a text is a URL, not a path."""
    return SCHEME in text


def open_place(text: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a path or URL, and the path in it.

    Raises:
        UsageError: It is no URL of a known kind.
    """
    if not is_url(text):
        return fs.LocalFileSystem(), str(Path(text).absolute())
    try:
        system, path = fs.FileSystem.from_uri(text)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UsageError(
            f"expected a URL such as s3://BUCKET/FOLDER or gs://BUCKET/FOLDER, received {text}: "
            f"{reason(error)}"
        ) from error
    return system, path


def expand(pattern: str) -> list[str]:
    """Return the paths that a path with `*`, `?` or `[]` stands for, else the path alone."""
    if not has_magic(pattern) or is_there(Path(pattern)):
        return [pattern]
    # pathlib has no pattern with a folder of its own before it.
    found = sorted(iglob(pattern, recursive=True))  # noqa: PTH207
    if not found:
        raise InputError(f"{pattern}: expected files of such names, received none")
    return found


def list_url(url: str, suffixes: frozenset[str]) -> Iterator[str]:
    """Yield the path of each file that a URL stands for, in sorted order.

    Args:
        url: Of a file, a folder, or with `*` and `[]` of several.
        suffixes: Those of the files to take from folders.

    Raises:
        UsageError: It is no URL of a known kind.
        InputError: It can't be listed, or there are no such files.
    """
    place, pattern = _without_wildcards(url)
    system, path = open_place(place)
    try:
        (info,) = system.get_file_info([path])
        if info.type == fs.FileType.File:
            yield info.path
            return
        selected = fs.FileSelector(path, recursive=True)
        listed = [info.path for info in system.get_file_info(selected) if info.is_file]
    except OSError as error:
        raise InputError(f"{url}: expected to list its files, received: {reason(error)}") from error
    fitting = [name for name in sorted(listed) if _fits(name, pattern, suffixes)]
    if not fitting:
        raise InputError(f"{url}: expected pictures there, received none; name another place")
    yield from fitting


def check_sources(output: str, sources: Iterable[str]) -> None:
    """Raise `UsageError` if answers would be written among the sources, or one is stdin."""
    for source in sources:
        if source == STDIN:
            raise UsageError("expected paths or URLs with --ray, received - for stdin; save it")
        if not is_url(source) and not is_url(output):
            place = Path(source)
            inside = Path(output).resolve().is_relative_to(place.resolve()) and place.is_dir()
        else:
            inside = f"{_bare(output)}/".startswith(f"{_bare(source)}/")
        if inside:
            raise UsageError(
                f"expected an --output outside of the sources, received {output}, which is in "
                f"{source}; choose another folder"
            )


def digest(sources: Iterable[str]) -> str:
    """Return the SHA-256 of sources as the user wrote them, in hexadecimal."""
    return hashlib.sha256("\0".join(sources).encode(errors="surrogateescape")).hexdigest()


def reason(error: Exception) -> str:
    """Return in one line why a place could not be read or written."""
    return " ".join(reason_of(error).split())


def store_of(url: str) -> str:
    """Return a URL of the same store, without wildcards."""
    return _without_wildcards(url)[0]


def _bare(url: str) -> str:
    return url.partition("?")[0].rstrip("/")


def _without_wildcards(url: str) -> tuple[str, str | None]:
    """Return the URL of the folder before the first wildcard, and the pattern of the paths."""
    place, mark, query = url.partition("?")
    if not has_magic(place):
        return url, None
    scheme, _, path = place.partition(SCHEME)
    parts = PurePosixPath(path).parts
    fixed = next(number for number, part in enumerate(parts) if has_magic(part))
    if not fixed:
        raise UsageError(f"expected the name of a bucket before the first wildcard, received {url}")
    return f"{scheme}{SCHEME}{PurePosixPath(*parts[:fixed])}{mark}{query}", path


def _fits(name: str, pattern: str | None, suffixes: frozenset[str]) -> bool:
    path = PurePosixPath(name)
    if pattern is None:
        return path.suffix.lower() in suffixes
    return len(path.parts) == len(PurePosixPath(pattern).parts) and path.match(pattern)
