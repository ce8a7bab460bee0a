"""The pages of a PDF as pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image

from mnistkit.core.preprocessing.outside.decoder import Decoder, start
from mnistkit.errors import PictureError

# PDFium's codes.
NO_ERROR, WRONG_PASSWORD = 0, 4


class Pdf:
    """A PDF whose pages are drawn one after the other.

    Args:
        decoder: Draws them.
        first: The number of the page it begins with.

    Raises:
        PictureError: It is damaged, has no pages, or asks for a password.
    """

    def __init__(self, decoder: Decoder, first: int) -> None:
        self._decoder = decoder
        facts, _ = decoder.answer()
        error = facts.get("error", NO_ERROR)
        if error == WRONG_PASSWORD:
            raise PictureError(
                "expected a PDF that opens without a password, received a protected one; save it "
                "without protection"
            )
        if error != NO_ERROR:
            raise PictureError("expected a whole PDF, received a damaged one; save it again")
        self.count = int(facts.get("pages", 0))
        """How many pages it has."""
        if not self.count:
            raise PictureError("expected a PDF with pages, received one without; save it again")
        self._following = first

    @property
    def following(self) -> int | None:
        """The number of the page that is drawn next; None behind the last."""
        ended = self._decoder.ended or self._following > self.count
        return None if ended else self._following

    def draw(self) -> Image.Image:
        """Return the next page in RGB.

        Raises:
            PictureError: It can't be drawn.
        """
        self._following += 1
        try:
            facts, pixels = self._decoder.answer()
        except PictureError as error:
            raise PictureError(f"{error}{self._unread()}") from error
        if "error" in facts:
            raise PictureError(
                f"expected a page that can be drawn, received a damaged one ({facts['error']}); "
                "save the PDF again"
            )
        size = int(facts["width"]), int(facts["height"])
        return Image.frombytes("RGB", size, pixels, "raw", "RGB", int(facts["row"]))

    def _unread(self) -> str:
        """What to say of the pages behind one that ended the program."""
        left = self.count - self._following + 1
        if left > 1:
            return f"; the {left} pages behind it are not read"
        return "; the page behind it is not read" if left else ""


@contextmanager
def open_pdf(file: BinaryIO, first: int) -> Iterator[Pdf]:
    """Open a PDF, and close it behind.

    Args:
        file: On the disk, at its start.
        first: The page to begin with, from 1.

    Raises:
        PictureError: It can't be read.
    """
    with start("pdf", file, first) as decoder:
        yield Pdf(decoder, first)
