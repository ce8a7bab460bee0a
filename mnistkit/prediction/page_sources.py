"""What `read` is asked about: the pages of files, of those in folders, and of stdin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from mnistkit.core.preprocessing.decoding import SUFFIXES, Photo
from mnistkit.core.preprocessing.pages import PDF_SUFFIX, pages_of
from mnistkit.errors import PictureError
from mnistkit.prediction.sources import STDIN, PictureFile, PictureSource, find_files

OF_SEVERAL = frozenset((PDF_SUFFIX, ".tif", ".tiff"))
"""The suffixes of files of several pages."""


def pages_from_paths(paths: Iterable[str], *, colour: bool = False) -> Iterator[PictureSource]:
    """Yield a source for each page of each file that `find_files` finds, PDFs among them.

    Args:
        paths: As the user wrote them.
        colour: Whether the pages keep their colours.
    """
    return pages_of_files(find_files(paths, SUFFIXES | {PDF_SUFFIX}), colour=colour)


def count_pages(paths: Iterable[str]) -> int | None:
    """Return how many pages the files have; None if one may have several, or is on stdin."""
    names = [file.name for file in find_files(paths, SUFFIXES | {PDF_SUFFIX})]
    unknown = any(name == STDIN or Path(name).suffix.lower() in OF_SEVERAL for name in names)
    return None if unknown else len(names)


def pages_of_files(
    files: Iterable[PictureFile], *, colour: bool = False
) -> Iterator[PictureSource]:
    """Yield a source for each page of each file.

    The third page of `exam.pdf` is called `exam.pdf#3`; a file of one page keeps its name. A file
    is opened when its first page is asked for.
    """
    for file in files:
        try:
            for page in pages_of(file.locate(), colour=colour):
                name = f"{file.name}#{page.number}" if page.count > 1 else file.name
                yield PictureSource(name, page.read)
        except PictureError as error:
            yield PictureSource(file.name, partial(_fail, error))


def _fail(error: PictureError) -> Photo:
    raise error
