"""The pages of a file, each as a picture of its own: of a PDF, of a TIFF, or the one picture."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mnistkit.core.preprocessing.decoding import (
    PICTURE,
    Photo,
    decode_photo,
    photo_of_image,
    read_content,
)
from mnistkit.core.preprocessing.kinds import PDF_WITHIN, is_pdf
from mnistkit.core.preprocessing.tiff import find_pages, is_tiff, with_first_page
from mnistkit.errors import PictureError

if TYPE_CHECKING:
    from mnistkit.core.preprocessing.outside.pdf import Pdf

PDF_SUFFIX = ".pdf"
PICTURE_OR_PDF = f"PDF or a {PICTURE}"


@dataclass(frozen=True)
class Page:
    """A page of a file.

    Args:
        number: From 1.
        count: How many pages the file has.
        read: Decodes it. Raises `PictureError`.
    """

    number: int
    count: int
    read: Callable[[], Photo]


def pages_of(place: Path | BinaryIO, *, first: int = 1, colour: bool = False) -> Generator[Page]:
    """Yield the pages of a file in their order; most files are one.

    Args:
        place: A file, or an open stream.
        first: The page to begin with.
        colour: Whether colours are kept.

    Raises:
        PictureError: The file can't be read, or has no such page.
    """
    if isinstance(place, Path) and is_pdf(_start_of(place)):
        with place.open("rb") as file:
            yield from _pages_of_pdf(file, first, colour=colour)
        return
    with ExitStack() as turn:
        content = read_content(place, turn)
    if is_pdf(content):
        # Few files need this import.
        from mnistkit.core.preprocessing.outside.decoder import on_disk

        with on_disk(content) as file:
            yield from _pages_of_pdf(file, first, colour=colour)
    else:
        yield from _pages_of_content(content, first, colour=colour)


def check_page(number: int, count: int) -> None:
    """Raise `PictureError` where there is no page of this number."""
    if not 1 <= number <= count:
        raise PictureError(f"expected a page from 1 to {count}, received {number}")


def _start_of(path: Path) -> bytes:
    """The first bytes of a regular file; nothing of a pipe, where they would be lost."""
    # Reading it tells what is wrong with it.
    with suppress(OSError, ValueError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(PDF_WITHIN)
    return b""


def _pages_of_content(content: bytes, first: int, *, colour: bool) -> Iterator[Page]:
    places = find_pages(content) if is_tiff(content) else []
    if len(places) <= 1:
        places = [0]
    check_page(first, len(places))
    for number, place in enumerate(places[first - 1 :], first):
        read = partial(_read_page, content, place, colour=colour)
        yield Page(number, len(places), read)


def _read_page(content: bytes, place: int, *, colour: bool) -> Photo:
    """Decode a file's page, by where its directory stands; 0 of a file without several."""
    page = with_first_page(content, place) if place else content
    return decode_photo(page, colour=colour, expected=PICTURE_OR_PDF)


def _pages_of_pdf(file: BinaryIO, first: int, *, colour: bool) -> Iterator[Page]:
    # Few files need this import.
    from mnistkit.core.preprocessing.outside.pdf import open_pdf

    with open_pdf(file, first) as pdf:
        check_page(first, pdf.count)
        while (number := pdf.following) is not None:
            yield Page(number, pdf.count, _drawn(pdf, colour=colour))


def _drawn(pdf: Pdf, *, colour: bool) -> Callable[[], Photo]:
    """Return what gives the next page of a PDF, which is drawn now, or says what it lacks."""
    try:
        photo = photo_of_image(pdf.draw(), colour=colour)
    except PictureError as error:
        return partial(_fail, error)
    return lambda: photo


def _fail(error: PictureError) -> Photo:
    raise error
