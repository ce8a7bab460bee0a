"""Reading a page: from its picture to lines of digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.reading import text_lines
from mnistkit.reading.acceptance import is_writing, trusted
from mnistkit.reading.digit_height import SURE, usual_height
from mnistkit.reading.joining import join_pieces
from mnistkit.reading.marks import Box, Mark, find_blots, look, strength
from mnistkit.reading.page_ink import PageInk, cropped, find_ink, find_level, without_ruling
from mnistkit.reading.paper_light import may_have_shadow
from mnistkit.reading.separation import find_marks
from mnistkit.reading.splitting import cut_touching
from mnistkit.reading.views import View, views

# Of the copy that is looked at first.
FIRST_SMOOTHING = 0.8
# Smaller is dust, in pixels.
FIRST_DUST = 7
# Larger is no digit, as a share of the picture's side.
MAX_SHARE = 0.95
# What is straight for longer is a printed line, as a share of the longer side.
FIRST_LINE = 0.15
FIRST_MARKS = 350

# Then they are read in a copy in which a usual digit is so high, in pixels.
READ_HEIGHT = 44
READ_SMOOTHING = 1.0
MAX_GROWTH = 2.0
MAX_PIXELS = 6_000_000
# Of many marks of the usual height so many are surely digits, where there is writing.
MANY_ALIKE, MIN_SHARE = 60, 0.3
# So few digits may be scraps: other ways to look at the picture are tried.
FEW_DIGITS = 3
# Digits on the whole picture for one on what seems the sheet, if its dark part is no table;
# of such that no grain of wood looks like, by their width to height.
CLEARLY_MORE = 1.2
BROAD_DIGIT = 0.35
# Of a side of the picture.
SPANNING = 0.97
# No digit can be told in a narrower picture.
MIN_SIDE = 8
# After so many images no further way to look at the picture is tried: it is noise.
MAX_LOOKS = 1000
# Around what is surely written, in heights of a usual digit.
REACH = 6.0
# Of the usual height: marks that tell the usual strength of ink.
ALIKE = 1.4


@dataclass(frozen=True)
class Digit:
    """A digit on a page.

    Args:
        label: Which.
        confidence: The probability of the label.
        box: x, y, width and height in pixels of the picture.
    """

    label: str
    confidence: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Line:
    """A line of digits from left to right, and its text with spaces."""

    text: str
    digits: tuple[Digit, ...]


@dataclass(frozen=True)
class FirstLook:
    """The largest marks of a picture, taken for digits, in the copy they were found in."""

    view: View
    page: PageInk
    marks: list[Mark]


def read_page(
    classifier: Classifier, picture: GreyPicture, seen: FirstLook | None = None
) -> list[Line]:
    """Read the digits on a page, upright.

    Args:
        classifier: Tells the digits, and what is none.
        picture: uint8 (height, width).
        seen: What `first_look` found in its likeliest view, if that was taken already.

    Returns:
        Lines from top to bottom; none where there are no digits.
    """
    best: list[Line] = []
    if min(picture.shape) < MIN_SIDE:
        return best
    looks = _Looks(classifier)
    classifier = looks.classifier
    for view in views(picture):
        if looks.count > MAX_LOOKS:
            break
        found = _read(classifier, seen or first_look(classifier, view))
        seen = None
        if sum(len(line.digits) for line in found) > FEW_DIGITS:
            if may_have_shadow(view):
                whole = first_look(classifier, replace(view, whole=True))
                return _fuller(found, _read(classifier, whole))
            return found
        # Scraps of a large digit look like small ones.
        if _size(found) > _size(best):
            best = found
    return best


class _Looks:
    """Counts the images a classifier is asked about."""

    def __init__(self, classifier: Classifier) -> None:
        self.count = 0
        self._infer = classifier.infer
        self.classifier = replace(classifier, infer=self._counted)

    def _counted(self, images: Images) -> Probabilities:
        self.count += len(images)
        return self._infer(images)


def _fuller(sheet: list[Line], whole: list[Line]) -> list[Line]:
    """Take what is read on the whole picture where it is clearly more: no table has digits."""
    return whole if _broad(whole) > CLEARLY_MORE * _broad(sheet) + 1 else sheet


def _broad(found: Sequence[Line]) -> int:
    """How many sure digits there are that no grain of wood looks like."""
    digits = (digit for line in found for digit in line.digits)
    return sum(
        digit.confidence >= SURE and digit.box[2] > BROAD_DIGIT * digit.box[3] for digit in digits
    )


def _size(found: Sequence[Line]) -> float:
    """How high digits are in all, in pixels, the surer counting more."""
    return sum(digit.confidence * digit.box[3] for line in found for digit in line.digits)


def _read(classifier: Classifier, seen: FirstLook) -> list[Line]:
    """Read a page in one way."""
    view, first, marks = seen.view, seen.page, seen.marks
    height = usual_height(marks)
    if height is None:
        return []
    alike = [mark for mark in marks if height / ALIKE <= mark.height <= height * ALIKE]
    usual = [mark for mark in alike if mark.confidence >= SURE]
    if len(alike) > MANY_ALIKE and len(usual) < MIN_SHARE * len(alike):
        return []
    usual_strength = float(np.median([strength(first, mark) for mark in usual]))
    page = _read_copy(view, first, usual, height)
    height *= page.scale / first.scale
    marks = find_marks(classifier, page, height, usual_strength)
    marks = join_pieces(classifier, page, marks, height)
    marks = cut_touching(classifier, page, marks, height)
    digits = trusted(page, marks, height, close_up=view.close_up)
    if not is_writing(marks, digits, height):
        return []
    size = view.picture.shape[1], view.picture.shape[0]
    if view.close_up:
        digits = [mark for mark in digits if not _spans(_in_picture(mark.box, page, size), size)]
    return [
        _line(classifier, line, page, height, size) for line in text_lines.group(digits, height)
    ]


def first_look(classifier: Classifier, view: View) -> FirstLook:
    """Look at the largest marks, knowing nothing of their size."""
    page = find_ink(view, view.first_scale, FIRST_SMOOTHING)
    level = find_level(page)
    if not view.close_up:
        page = without_ruling(page, level, FIRST_LINE * max(page.ink.shape))
    blots = find_blots(page.smooth >= level, FIRST_DUST)
    tall, wide = (MAX_SHARE * side for side in page.ink.shape)
    fitting = [blot for blot in blots if blot.box[2] <= wide and blot.box[3] <= tall]
    return FirstLook(view, page, look(classifier, page, fitting[:FIRST_MARKS]))


def _read_copy(view: View, first: PageInk, usual: Sequence[Mark], height: float) -> PageInk:
    """The written part of a page, at a size that suits its digits."""
    scale = min(READ_HEIGHT / height * first.scale, MAX_GROWTH)
    scale = min(scale, (MAX_PIXELS / view.picture.size) ** 0.5)
    page = find_ink(view, scale, READ_SMOOTHING)
    boxes = np.array([mark.box for mark in usual])
    boxes[:, :2] += first.corner
    low = boxes[:, :2].min(axis=0) - REACH * height
    high = (boxes[:, :2] + boxes[:, 2:]).max(axis=0) + REACH * height
    grown = scale / first.scale
    limits = np.rint(grown * np.array([low, high]) - page.corner).astype(int)
    (left, top), (right, bottom) = limits.tolist()
    return cropped(page, left, top, right, bottom)


def _line(
    classifier: Classifier,
    marks: Sequence[Mark],
    page: PageInk,
    height: float,
    size: tuple[int, int],
) -> Line:
    """Make a line of its marks; `size` is the picture's, width and height."""
    labels = [classifier.class_names[int(mark.probabilities.argmax())] for mark in marks]
    digits = [
        Digit(label, mark.confidence, _in_picture(mark.box, page, size))
        for label, mark in zip(labels, marks, strict=True)
    ]
    return Line(text_lines.text(marks, labels, height), tuple(digits))


def _spans(box: Box, size: tuple[int, int]) -> bool:
    """Whether something goes from border to border with room beside it: a shade, an edge."""
    width, height = box[2:]
    return (height >= SPANNING * size[1] and width < size[0] / 2) or (
        width >= SPANNING * size[0] and height < size[1] / 2
    )


def _in_picture(box: Box, page: PageInk, size: tuple[int, int]) -> Box:
    """A box of the page's copy in pixels of the picture, at least one wide and high."""
    near, length = np.array(box[:2]) + page.corner, np.array(box[2:])
    low, high = np.rint(near / page.scale), np.rint((near + length) / page.scale)
    low = np.clip(low, 0, np.array(size) - 1)
    high = np.clip(high, low + 1, size)
    x, y, width, tall = (int(value) for value in (*low, *(high - low)))
    return x, y, width, tall
