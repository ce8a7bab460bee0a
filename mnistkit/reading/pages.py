"""Reading a stream of pages: each upright, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mnistkit.core.preprocessing.decoding import UPRIGHT, Photo, turned_upright
from mnistkit.core.preprocessing.grey import ColourPicture, GreyPicture
from mnistkit.errors import PictureError
from mnistkit.prediction.sources import PictureSource
from mnistkit.reading.labels import handwritten
from mnistkit.reading.looks import Look, first_looks, marks_of
from mnistkit.reading.orientation import find_turn, turned
from mnistkit.reading.page import Line, lines_of
from mnistkit.reading.reader import Reader
from mnistkit.reading.turn import Turn

# How far clockwise EXIF's orientations turn; some are mirrored before.
DEGREES_OF = {1: 0, 2: 0, 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}


@dataclass(frozen=True)
class PageAnswer:
    """What was read on a page.

    Args:
        source: Its name.
        picture: uint8 (height, width), upright; None with an error.
        lines: From top to bottom.
        error: Why it could not be read.
        rotated: By how many degrees clockwise the stored picture was turned.
        colours: uint8 (height, width, 3), upright; None where they were not asked for.
    """

    source: str
    picture: GreyPicture | None = None
    lines: tuple[Line, ...] = ()
    error: str | None = None
    rotated: int = 0
    colours: ColourPicture | None = None


def read_pages(
    reader: Reader, sources: Iterable[PictureSource], turn: Turn
) -> Iterator[PageAnswer]:
    """Yield what is read on each page, in their order."""
    for source in sources:
        try:
            yield _answer(reader, source.name, source.read(), turn)
        except PictureError as error:
            yield PageAnswer(source.name, error=str(error))


def handwritten_only(answer: PageAnswer) -> PageAnswer:
    """Return an answer without printed marks."""
    return replace(answer, lines=handwritten(answer.lines))


def _answer(reader: Reader, name: str, photo: Photo, turn: Turn) -> PageAnswer:
    upright = turn_upright(reader, photo, turn)
    return PageAnswer(
        name,
        upright.picture,
        tuple(lines_of(marks_of(reader, upright.picture, upright.looks))),
        rotated=(DEGREES_OF[upright.orientation] + upright.degrees) % 360,
        colours=None if photo.colours is None else upright.turn(photo.colours),
    )


@dataclass(frozen=True)
class UprightPage:
    """A page that was turned upright, and how.

    Args:
        picture: uint8 (height, width), upright.
        orientation: EXIF's, which was obeyed first.
        degrees: By how many degrees clockwise it was turned then.
        looks: What the reader saw on it.
    """

    picture: GreyPicture
    orientation: int
    degrees: int
    looks: Sequence[Look]

    def turn(self, colours: ColourPicture) -> ColourPicture:
        """Return the stored colours, uint8 (height, width, 3), turned in the same way."""
        return turned(turned_upright(colours, self.orientation), self.degrees)


def turn_upright(reader: Reader, photo: Photo, turn: Turn) -> UprightPage:
    """Turn a photo clockwise: as told, else as EXIF says unless its digits clearly say other."""
    if turn != "auto":
        picture = turned(photo.pixels, int(turn))
        return UprightPage(picture, UPRIGHT, int(turn), first_looks(reader, picture))
    picture, orientation = photo.upright(), photo.orientation or UPRIGHT
    degrees, looks = find_turn(reader, picture, first_looks(reader, picture))
    return UprightPage(turned(picture, degrees), orientation, degrees, looks)
